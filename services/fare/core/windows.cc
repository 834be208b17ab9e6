#include "services/fare/core/windows.h"

#include <algorithm>

namespace plaza::fare {
namespace {

TimeOfDay StartOf(const RatingState& state, int version, int time_s) {
  return time_s < 0 ? state.VersionOf(version).day_start : TimeOfDay{time_s};
}

Date FirstOfMonth(Date date, int months, int day) {
  const int month = date.year() * 12 + date.month() - 1 + months;
  const Result<Date> result = Date::FromCivil(month / 12, month % 12 + 1, day);
  PLAZA_CHECK(result.ok());
  return *result;
}

}  // namespace

Date AddDays(Date date, int amount, SpanUnit unit) {
  if (unit == SpanUnit::kDay) return date + amount;
  if (unit == SpanUnit::kWeek) return date + 7 * amount;
  const Date first = FirstOfMonth(date, amount, 1);
  const int length = FirstOfMonth(date, amount + 1, 1).days_since_epoch - first.days_since_epoch;
  return first + (std::min(date.day(), length) - 1);
}

Instant AddSpan(const RatingState& state, int version, Sym stop, const Moment& moment, int amount,
                SpanUnit unit) {
  if (unit == SpanUnit::kHour) return moment.instant + Seconds(std::int64_t{3600} * amount);
  const LocalTime local = state.LocalAt(version, stop, moment);
  const Date date = AddDays(local.date, amount, unit);
  const ZoneRules* zone = state.ZoneOf(version, stop);
  const Instant there = zone != nullptr ? zone->ToInstant(date, local.time)
                                        : ToInstant(date, local.time, local.offset_seconds);
  return there + Duration{local.millis};
}

Instant DayBeginAt(const RatingState& state, int version, Sym stop, const Moment& moment, Date day,
                   int time_s) {
  const TimeOfDay start = StartOf(state, version, time_s);
  const ZoneRules* zone = state.ZoneOf(version, stop);
  return zone != nullptr ? DayBegin(day, *zone, start)
                         : ToInstant(day, start, moment.offset_seconds);
}

Date DayAt(const RatingState& state, const CoreLeg& leg, int time_s) {
  const TimeOfDay start = StartOf(state, leg.version, time_s);
  const ZoneRules* zone = state.ZoneOf(leg.version, leg.from_stop);
  if (zone != nullptr) return DayOf(leg.begin.instant, *zone, start);
  const LocalTime local = ToLocal(leg.begin.instant, leg.begin.offset_seconds);
  return local.time < start ? local.date - 1 : local.date;
}

WindowKey CalendarWindow(const RatingState& state, const CoreLeg& leg, const Cap& cap) {
  const Date day = DayAt(state, leg, cap.offset_time_s);
  switch (cap.unit) {
    case SpanUnit::kHour: {
      const LocalTime local = state.LocalAt(leg.version, leg.from_stop, leg.begin);
      const int since = local.time.seconds - StartOf(state, leg.version, cap.offset_time_s).seconds;
      return {day.days_since_epoch, (since + 86'400) % 86'400 / (3600 * cap.duration)};
    }
    case SpanUnit::kDay:
      return {day.days_since_epoch, 0};
    case SpanUnit::kWeek: {
      const int first = std::max(0, cap.offset_day);
      return {(day - (day.weekday() - first + 7) % 7).days_since_epoch, 0};
    }
    case SpanUnit::kMonth: {
      const int first = std::max(1, cap.offset_day);
      return {FirstOfMonth(day, day.day() >= first ? 0 : -1, first).days_since_epoch, 0};
    }
  }
  return {};
}

}  // namespace plaza::fare
