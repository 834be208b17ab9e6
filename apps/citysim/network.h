// The city's lines and stations, read from its GTFS feed (agency.txt, routes.txt, stops.txt,
// trips.txt, stop_times.txt, and route_networks.txt where there is one): what the simulation puts
// gates and riders on. Immutable once loaded.
#pragma once
#include <string>
#include <vector>

#include "libs/base/result.h"

namespace plaza::citysim {

struct Line {
  std::string route_id;
  std::string short_name;
  std::string operator_id;
  std::string network_id;  // of route_networks.txt, where there is one
  int route_type = 3;      // GTFS: 0 to 2 rail, 3 bus, 11 trolleybus
  std::vector<std::string>
      stop_ids;  // in the order of travel; for gates, the ids that riders tap at
  std::vector<std::string> trip_ids;  // may be empty
  bool gated = false;  // all its stops are stations with gates; else riders tap in the vehicle
};

struct Network {
  std::vector<Line> lines;  // by route_id, so that nothing depends on the order of a file
};

// `folder`: of the feed. BAD_FEED with file and line.
Result<Network> LoadNetwork(const std::string& folder);

}  // namespace plaza::citysim
