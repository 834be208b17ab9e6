// Calendar dates, times of day and moments as values. No time zone database here: see zone.h.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/result.h"

namespace plaza {

// A moment: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
struct Instant {
  std::int64_t unix_ms = 0;
  auto operator<=>(const Instant&) const = default;
};

// A length of time in milliseconds.
struct Duration {
  std::int64_t ms = 0;
  auto operator<=>(const Duration&) const = default;
};
inline constexpr Duration Seconds(std::int64_t n) { return {n * 1000}; }
inline constexpr Instant operator+(Instant t, Duration d) { return {t.unix_ms + d.ms}; }
inline constexpr Instant operator-(Instant t, Duration d) { return {t.unix_ms - d.ms}; }
inline constexpr Duration operator-(Instant a, Instant b) { return {a.unix_ms - b.unix_ms}; }

// A date of the proleptic Gregorian calendar.
struct Date {
  std::int32_t days_since_epoch = 0;  // 1970-01-01 is 0
  auto operator<=>(const Date&) const = default;

  static Result<Date> FromCivil(int year, int month, int day);
  static Result<Date> Parse(std::string_view text);         // YYYY-MM-DD
  static Result<Date> ParseCompact(std::string_view text);  // YYYYMMDD, as GTFS has it
  int year() const;
  int month() const;           // 1 to 12
  int day() const;             // 1 to 31
  int weekday() const;         // 0 Monday to 6 Sunday
  std::string ToText() const;  // YYYY-MM-DD
};
inline constexpr Date operator+(Date d, int days) { return {d.days_since_epoch + days}; }
inline constexpr Date operator-(Date d, int days) { return {d.days_since_epoch - days}; }

// Seconds since local midnight, 0 to 86,399 (GTFS service times may be larger; those are plain
// seconds).
struct TimeOfDay {
  std::int32_t seconds = 0;
  auto operator<=>(const TimeOfDay&) const = default;
  static Result<TimeOfDay> Parse(std::string_view text);  // HH:MM:SS or HH:MM
  std::string ToText() const;                             // HH:MM:SS
};

// Wall-clock time somewhere.
struct LocalTime {
  Date date;
  TimeOfDay time;
  std::int32_t millis = 0;          // 0 to 999
  std::int32_t offset_seconds = 0;  // east of UTC
  auto operator<=>(const LocalTime&) const = default;
};

LocalTime ToLocal(Instant instant, std::int32_t offset_seconds);
Instant ToInstant(Date date, TimeOfDay time, std::int32_t offset_seconds);

// RFC 3339. The offset is kept, since a moment's own offset may decide its local date.
struct Moment {
  Instant instant;
  std::int32_t offset_seconds = 0;
};
Result<Moment> ParseMoment(std::string_view text);
std::string FormatMoment(Instant instant,
                         std::int32_t offset_seconds);  // milliseconds only if not zero
std::string FormatUtc(Instant instant);                 // …Z

}  // namespace plaza
