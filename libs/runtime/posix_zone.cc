// Compiled as C++17: at C++20 date/ptz.h 3.0.1 finds both date::hh_mm_ss and std::chrono::hh_mm_ss.
#include "libs/runtime/posix_zone.h"

#include <algorithm>

#include <date/ptz.h>

namespace plaza::runtime {

std::vector<OffsetChange> PosixChanges(const std::string& rule, std::int64_t from_s,
                                       std::int64_t until_s) {
  const Posix::time_zone zone(rule);
  std::vector<OffsetChange> changes;
  std::int64_t at = from_s;
  while (at < until_s) {
    const date::sys_info info = zone.get_info(date::sys_seconds(std::chrono::seconds(at)));
    changes.push_back({at, static_cast<std::int32_t>(info.offset.count())});
    const std::int64_t end = info.end.time_since_epoch().count();
    if (end <= at) break;  // a constant offset has no end
    at = end;
  }
  return changes;
}

}  // namespace plaza::runtime
