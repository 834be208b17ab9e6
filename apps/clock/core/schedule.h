// Which cut-offs fall due, and what a simulation may do with its clock. Pure.
//
// Business day D lasts from the cut-off time on D up to, not including, the cut-off time on D+1 by
// the local clock, so the cut-off that ends D is at the cut-off time on D+1: 23 to 25 hours after
// the one before where clocks change.
#pragma once
#include <optional>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/result.h"
#include "libs/base/zone.h"

namespace plaza::clock {

struct Schedule {
  ZoneRules zone;
  TimeOfDay cut_off;
};

struct DueCutOff {
  Date business_day;  // the day that ends
  Instant at;
  bool operator==(const DueCutOff&) const = default;
};

// Of business day `day`.
DueCutOff CutOffOf(Date day, const Schedule& schedule);

// Those at moments in (after, until], in order, at most `max`.
std::vector<DueCutOff> CutOffsBetween(Instant after, Instant until, const Schedule& schedule,
                                      int max);

// What the clock has said so far. Days cut off are first_day to last_day without a gap.
struct ClockState {
  Instant now;  // of the last tick or cut-off
  std::optional<Date> first_day;
  std::optional<Date> last_day;
  bool operator==(const ClockState&) const = default;
};

// CLOCK_BACKWARDS, CLOCK_TOO_FAR. The same moment again is allowed.
Result<ClockState> Advance(const ClockState& state, Instant now);

struct CutOffDecision {
  DueCutOff cut_off;
  bool is_new = false;  // false: this day was cut off before, nothing is to be written
  ClockState state;     // afterwards; the clock is not before the cut-off
};
// The first cut-off ever may be of any day; then day follows day. DAY_SKIPPED, DAY_PAST.
Result<CutOffDecision> DecideCutOff(const ClockState& state, Date day, const Schedule& schedule);

struct WallDecision {
  std::vector<DueCutOff> cut_offs;
  bool tick = false;
  bool more = false;  // cut-offs are left: ask again at once
  ClockState state;   // afterwards
};
// What real time `now` makes due. A clock that starts for the first time owes nothing of the past:
// `state` is nothing then. Real time that stepped back makes nothing due.
WallDecision DecideWall(const std::optional<ClockState>& state, Instant now,
                        const Schedule& schedule, int max);

}  // namespace plaza::clock
