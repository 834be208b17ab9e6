// A feed of three lines, written into a folder: two with stations, one of buses.
#pragma once
#include <filesystem>
#include <fstream>
#include <string>

namespace plaza::testing {

inline void WriteText(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string WriteSmallFeed(const std::filesystem::path& folder) {
  WriteText(folder / "agency.txt", "agency_id,agency_name\nSITEUR,Tren\nTVA,Atemajac\n");
  WriteText(folder / "routes.txt",
            "route_id,agency_id,route_short_name,route_type\n"
            "MT-L4,SITEUR,L4,1\nMM-CAL,SITEUR,MMC,3\nC01,TVA,C01,3\n");
  WriteText(folder / "route_networks.txt",
            "network_id,route_id\nmi_tren_l4,MT-L4\nmi_macro_calzada,MM-CAL\nrutas,C01\n");
  WriteText(folder / "stops.txt",
            "stop_id,stop_name,location_type,parent_station\n"
            "l4_a,A,1,\nl4_a:1,A,0,l4_a\nl4_b,B,1,\nl4_b:1,B,0,l4_b\n"
            "mmc_a,A,1,\nmmc_a:1,A,0,mmc_a\nc_1,Uno,0,\nc_2,Dos,0,\n");
  WriteText(
      folder / "trips.txt",
      "route_id,service_id,trip_id\nMT-L4,w,L4-1\nMM-CAL,w,MMC-1\nC01,w,C01-1\nC01,w,C01-2\n");
  WriteText(folder / "stop_times.txt",
            "trip_id,stop_id,stop_sequence\nL4-1,l4_a:1,1\nL4-1,l4_b:1,2\nMMC-1,mmc_a:1,1\n"
            "C01-1,c_1,1\nC01-1,c_2,2\nC01-2,c_2,1\n");
  return folder.string();
}

}  // namespace plaza::testing
