#include "apps/citysim/network.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "apps/citysim/csv.h"
#include "apps/citysim/errors.h"
#include "apps/citysim/limits.h"

namespace plaza::citysim {
namespace {

namespace fs = std::filesystem;

Result<std::optional<CsvTable>> ReadTable(const std::string& folder, const std::string& name) {
  const fs::path path = fs::path(folder) / name;
  std::error_code failed;
  if (!fs::is_regular_file(path, failed)) return std::optional<CsvTable>();
  if (fs::file_size(path, failed) > kFeedFileBytesMax || failed) {
    return Error(kBadFeed, "the file is too large to be read whole", path.string());
  }
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in && !in.eof()) return Error(kBadFeed, "the file cannot be read", path.string());
  PLAZA_ASSIGN_OR_RETURN(CsvTable table, CsvTable::Parse(text, path.string()));
  return std::optional<CsvTable>(std::move(table));
}

Result<CsvTable> NeedTable(const std::string& folder, const std::string& name) {
  PLAZA_ASSIGN_OR_RETURN(auto table, ReadTable(folder, name));
  if (!table) return Error(kBadFeed, "the file is missing", folder + "/" + name);
  return std::move(*table);
}

struct Stop {
  std::string at;  // where riders tap: the station of a platform, else the stop itself
  bool station = false;
};

Result<std::map<std::string, Stop>> ReadStops(const std::string& folder) {
  PLAZA_ASSIGN_OR_RETURN(const CsvTable table, NeedTable(folder, "stops.txt"));
  std::map<std::string, Stop> stops;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string& parent = table.At(row, "parent_station");
    const std::string& id = table.At(row, "stop_id");
    Stop stop;
    stop.at = parent.empty() ? id : parent;
    stop.station = !parent.empty() || table.At(row, "location_type") == "1";
    stops.emplace(id, std::move(stop));
  }
  return stops;
}

Result<std::map<std::string, Line>> ReadLines(const std::string& folder) {
  PLAZA_ASSIGN_OR_RETURN(const CsvTable agencies, NeedTable(folder, "agency.txt"));
  PLAZA_ASSIGN_OR_RETURN(const CsvTable routes, NeedTable(folder, "routes.txt"));
  std::set<std::string> operators;
  for (std::size_t row = 0; row < agencies.rows(); ++row) {
    operators.insert(agencies.At(row, "agency_id"));
  }
  PLAZA_ASSIGN_OR_RETURN(const auto route_networks, ReadTable(folder, "route_networks.txt"));
  std::map<std::string, std::string> network_of;
  for (std::size_t row = 0; route_networks && row < route_networks->rows(); ++row) {
    network_of[route_networks->At(row, "route_id")] = route_networks->At(row, "network_id");
  }
  std::map<std::string, Line> lines;
  for (std::size_t row = 0; row < routes.rows(); ++row) {
    Line line;
    line.route_id = routes.At(row, "route_id");
    line.short_name = routes.At(row, "route_short_name");
    if (const auto found = network_of.find(line.route_id); found != network_of.end()) {
      line.network_id = found->second;
    }
    line.operator_id = routes.At(row, "agency_id");
    if (line.operator_id.empty() && operators.size() == 1) line.operator_id = *operators.begin();
    const std::string& type = routes.At(row, "route_type");
    if (type.empty() || type.size() > 4 ||
        !std::ranges::all_of(type, [](char c) { return c >= '0' && c <= '9'; })) {
      return Error(kBadFeed, "route_type is no number: '" + type + "'", folder + "/routes.txt");
    }
    line.route_type = std::stoi(type);
    if (line.route_id.empty() || !operators.contains(line.operator_id)) {
      return Error(kBadFeed, "route '" + line.route_id + "' has an agency that is not listed",
                   folder + "/routes.txt");
    }
    lines.emplace(line.route_id, std::move(line));
  }
  return lines;
}

// Each line's stops by its longest trip.
Result<void> ReadTrips(const std::string& folder, const std::map<std::string, Stop>& stops,
                       std::map<std::string, Line>& lines) {
  PLAZA_ASSIGN_OR_RETURN(const CsvTable trips, NeedTable(folder, "trips.txt"));
  PLAZA_ASSIGN_OR_RETURN(const CsvTable times, NeedTable(folder, "stop_times.txt"));
  std::map<std::string, std::map<long, std::string>> stops_of_trip;
  for (std::size_t row = 0; row < times.rows(); ++row) {
    const std::string& sequence = times.At(row, "stop_sequence");
    const std::string& stop = times.At(row, "stop_id");
    if (sequence.empty() || sequence.size() > 9 ||
        sequence.find_first_not_of("0123456789") != std::string::npos || !stops.contains(stop)) {
      return Error(kBadFeed,
                   "a stop_sequence or stop_id that cannot be: '" + sequence + "', '" + stop + "'",
                   folder + "/stop_times.txt");
    }
    stops_of_trip[times.At(row, "trip_id")][std::stol(sequence)] = stop;
  }
  for (std::size_t row = 0; row < trips.rows(); ++row) {
    const auto line = lines.find(trips.At(row, "route_id"));
    if (line == lines.end()) {
      return Error(kBadFeed, "a trip of a route that is not listed", folder + "/trips.txt");
    }
    const std::string& trip = trips.At(row, "trip_id");
    line->second.trip_ids.push_back(trip);
    const auto& sequence = stops_of_trip[trip];
    if (sequence.size() <= line->second.stop_ids.size()) continue;
    line->second.stop_ids.clear();
    line->second.gated = true;
    for (const auto& [at, stop] : sequence) {
      line->second.stop_ids.push_back(stops.at(stop).at);
      line->second.gated = line->second.gated && stops.at(stop).station;
    }
  }
  return {};
}

}  // namespace

Result<Network> LoadNetwork(const std::string& folder) {
  PLAZA_ASSIGN_OR_RETURN(const auto stops, ReadStops(folder));
  PLAZA_ASSIGN_OR_RETURN(auto lines, ReadLines(folder));
  PLAZA_RETURN_IF_ERROR(ReadTrips(folder, stops, lines));
  Network network;
  for (auto& [route_id, line] : lines) {
    std::ranges::sort(line.trip_ids);
    network.lines.push_back(std::move(line));
  }
  if (network.lines.empty()) return Error(kBadFeed, "there is no route", folder + "/routes.txt");
  return network;
}

}  // namespace plaza::citysim
