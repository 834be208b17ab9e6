// A time zone's rules as a value: what pure code gets instead of a time-zone database (libs/runtime
// loads it).
#pragma once
#include <string>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/result.h"

namespace plaza {

class ZoneRules {
 public:
  struct Transition {
    Instant from;  // this offset holds from here on
    std::int32_t offset_seconds;
  };
  ZoneRules() = default;  // UTC

  // Transitions in order of time (BAD_ZONE otherwise); before the first, `first_offset_seconds`
  // holds.
  static Result<ZoneRules> Make(std::string name, std::string tzdata_version,
                                std::int32_t first_offset_seconds,
                                std::vector<Transition> transitions);

  const std::string& name() const { return name_; }
  const std::string& tzdata_version() const { return tzdata_version_; }
  std::int32_t OffsetAt(Instant instant) const;
  LocalTime ToLocal(Instant instant) const;
  // The earlier of two moments that a clock shows alike; a time that is skipped is taken with the
  // offset before the gap.
  Instant ToInstant(Date date, TimeOfDay time) const;

 private:
  std::string name_ = "UTC";
  std::string tzdata_version_;
  std::int32_t first_offset_seconds_ = 0;
  std::vector<Transition> transitions_;
};

// A day that begins at a wall-clock time: the tariff's service day, or clearing's business day.
// Day D is [start on D, start on D+1), so it has 23 to 25 hours where clocks change.
Date DayOf(Instant instant, const ZoneRules& zone, TimeOfDay start);
Instant DayBegin(Date day, const ZoneRules& zone, TimeOfDay start);

}  // namespace plaza
