// What a gate's process needs beside a city on this machine: settings, certificate and keys of its
// own, in <data>/gates/<id>/. For development: they follow from the city's development keys.
#pragma once
#include <filesystem>
#include <string>

#include "apps/citysim/doors.h"
#include "apps/plaza/city.h"
#include "apps/plaza/server_process.h"

namespace plaza {

struct GateSetup {
  citysim::ValidatorPlace place;  // of a fixed gate
  std::string route_id;
  std::string tap_ingest;          // host:port of its doors, or several, with commas
  std::filesystem::path ca_keys;   // of the cards' authorities
  std::filesystem::path programs;  // folder of plaza-validator
};

// Makes the folder with all that it holds, and says how to start the process.
Result<ServerProcess::Options> SetUpGate(const CityPaths& paths, const GateSetup& gate);

}  // namespace plaza
