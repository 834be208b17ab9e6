// Windows of time of caps and passes (docs/fares-extension.md, "Caps"). Of the fare core alone.
#pragma once
#include "services/fare/core/rating_state.h"

namespace plaza::fare {

// A calendar window: the date of the day, week or month that it begins, and for hours which part of
// the day.
struct WindowKey {
  std::int32_t date = 0;
  std::int32_t part = 0;
  auto operator<=>(const WindowKey&) const = default;
};

// Date plus whole days, weeks or months (kept in the month: 31 January plus a month is 28
// February). Not for hours.
Date AddDays(Date date, int amount, SpanUnit unit);

// Moment plus a duration: hours elapse, days, weeks and months keep the wall clock there.
Instant AddSpan(const RatingState& state, int version, Sym stop, const Moment& moment, int amount,
                SpanUnit unit);

// Begin of a day there; `time_s` -1 means the version's service-day start.
Instant DayBeginAt(const RatingState& state, int version, Sym stop, const Moment& moment, Date day,
                   int time_s);

// The day that the leg begins in, where days begin at `time_s`.
Date DayAt(const RatingState& state, const CoreLeg& leg, int time_s);

// The calendar window of a cap that the leg begins in.
WindowKey CalendarWindow(const RatingState& state, const CoreLeg& leg, const Cap& cap);

}  // namespace plaza::fare
