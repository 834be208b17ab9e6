// Events as they once were written: in each dated folder of tests/vectors/events a .hex of the
// octets and a .json of what they say, beside it (docs/formats/events.md).
#pragma once
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <google/protobuf/util/json_util.h>

#include "plaza/events/v1/events.pb.h"

namespace plaza::landed_events {

namespace fs = std::filesystem;

// Paths without their ending, in order.
inline std::vector<fs::path> All() {
  std::vector<fs::path> all;
  for (const auto& entry :
       fs::recursive_directory_iterator(PLAZA_SOURCE_DIR "/tests/vectors/events")) {
    if (entry.path().extension() == ".json")
      all.push_back(fs::path(entry.path()).replace_extension());
  }
  std::sort(all.begin(), all.end());
  return all;
}

inline std::string ReadFile(const fs::path& stem, const char* ending) {
  std::ifstream file(fs::path(stem).concat(ending), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// For people: one field a line.
inline std::string ToJson(const events::v1::Event& event) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string json;
  const auto printed = google::protobuf::util::MessageToJsonString(event, &json, options);
  return printed.ok() ? json : printed.ToString();
}

}  // namespace plaza::landed_events
