// How long a city keeps its facts: data/<city>/policy/retention.json (docs/formats/policy.md).
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/result.h"

namespace plaza {

// Days that are kept before the latest archived one.
struct Retention {
  Date from;                          // in force from this day on
  int log_days = 0;                   // of topics that are not named
  std::map<std::string, int> topics;  // in the log; a topic's dead letters go with it
  int archive_days = 0;               // never less than any topic's days in the log
  int LogDays(std::string_view topic) const;
};

// By day; not empty. BAD_RETENTION.
Result<std::vector<Retention>> ParseRetention(std::string_view json, std::string_view where);
Result<std::vector<Retention>> ReadRetention(const std::filesystem::path& file);
// The entry in force on a day; BAD_RETENTION if the first begins later.
Result<Retention> RetentionOn(const std::vector<Retention>& entries, Date day);

}  // namespace plaza
