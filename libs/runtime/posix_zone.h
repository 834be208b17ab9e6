// A POSIX TZ rule ("CET-1CEST,M3.5.0,M10.5.0/3") as a list of offset changes. Internal to
// libs/runtime.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace plaza::runtime {

struct OffsetChange {
  std::int64_t from_s;  // seconds since 1970-01-01T00:00:00Z
  std::int32_t offset_s;
};

// What holds at `from_s`, then every change before `until_s`. Throws std::runtime_error for a rule
// that it cannot read.
std::vector<OffsetChange> PosixChanges(const std::string& rule, std::int64_t from_s,
                                       std::int64_t until_s);

}  // namespace plaza::runtime
