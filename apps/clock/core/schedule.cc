#include "apps/clock/core/schedule.h"

#include <algorithm>
#include <string>

#include "apps/clock/errors.h"
#include "apps/clock/limits.h"

namespace plaza::clock {

DueCutOff CutOffOf(Date day, const Schedule& schedule) {
  return {day, DayBegin(day + 1, schedule.zone, schedule.cut_off)};
}

std::vector<DueCutOff> CutOffsBetween(Instant after, Instant until, const Schedule& schedule,
                                      int max) {
  std::vector<DueCutOff> due;
  // `after` lies in this day, or is the moment that begins it: its end is the first that can be
  // later.
  Date day = DayOf(after, schedule.zone, schedule.cut_off) - 1;
  while (static_cast<int>(due.size()) < max) {
    const DueCutOff next = CutOffOf(day, schedule);
    if (next.at > until) break;
    if (next.at > after) due.push_back(next);
    day = day + 1;
  }
  return due;
}

Result<ClockState> Advance(const ClockState& state, Instant now) {
  if (now < state.now) {
    return Error(kClockBackwards, FormatUtc(now) + " is before the clock's " + FormatUtc(state.now),
                 "now_ms");
  }
  if (now.unix_ms < 0 || now.unix_ms >= kNowMsMax) {
    return Error(kClockTooFar, std::to_string(now.unix_ms), "now_ms");
  }
  ClockState after = state;
  after.now = now;
  return after;
}

Result<CutOffDecision> DecideCutOff(const ClockState& state, Date day, const Schedule& schedule) {
  CutOffDecision decision;
  decision.cut_off = CutOffOf(day, schedule);
  decision.state = state;
  if (decision.cut_off.at.unix_ms < 0 || decision.cut_off.at.unix_ms >= kNowMsMax) {
    return Error(kClockTooFar, day.ToText(), "business_day");
  }
  if (state.last_day.has_value()) {
    if (day < *state.first_day) {
      return Error(kDayPast, day.ToText() + " is before " + state.first_day->ToText(),
                   "business_day");
    }
    if (day <= *state.last_day) return decision;
    if (day > *state.last_day + 1) {
      return Error(
          kDaySkipped,
          "the next day to cut off is " + (*state.last_day + 1).ToText() + ", not " + day.ToText(),
          "business_day");
    }
  }
  decision.is_new = true;
  if (!state.first_day.has_value()) decision.state.first_day = day;
  decision.state.last_day = day;
  decision.state.now = std::max(state.now, decision.cut_off.at);
  return decision;
}

WallDecision DecideWall(const std::optional<ClockState>& state, Instant now,
                        const Schedule& schedule, int max) {
  WallDecision decision;
  if (!state.has_value()) {
    decision.tick = true;
    decision.state.now = now;
    return decision;
  }
  decision.state = *state;
  if (now < state->now) return decision;
  // From the last cut-off, not from the last tick: what was due and not written is owed still.
  const Instant after =
      state->last_day.has_value() ? CutOffOf(*state->last_day, schedule).at : state->now;
  decision.cut_offs = CutOffsBetween(after, now, schedule, max);
  for (const DueCutOff& due : decision.cut_offs) {
    if (!decision.state.first_day.has_value()) decision.state.first_day = due.business_day;
    decision.state.last_day = due.business_day;
    decision.state.now = std::max(decision.state.now, due.at);
  }
  decision.more = static_cast<int>(decision.cut_offs.size()) == max;
  if (decision.more) return decision;
  decision.tick = true;
  decision.state.now = now;
  return decision;
}

}  // namespace plaza::clock
