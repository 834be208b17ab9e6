#include "libs/base/civil.h"

#include <array>
#include <cstdio>

#include "libs/base/errors.h"

namespace plaza {
namespace {

constexpr std::int64_t kMsPerDay = 86'400'000;

struct Civil {
  int year;
  int month;
  int day;
};

// Days to civil and back by 400-year eras that begin on 1 March, so that the leap day is last.
std::int32_t DaysFromCivil(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int year_of_era = y - era * 400;
  const int month_from_march = (month + 9) % 12;
  const int day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

Civil CivilFromDays(std::int32_t days) {
  const int z = days + 719'468;
  const int era = (z >= 0 ? z : z - 146'096) / 146'097;
  const int day_of_era = z - era * 146'097;
  const int year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int month_from_march = (5 * day_of_year + 2) / 153;
  const int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const int year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return {year, month, day_of_year - (153 * month_from_march + 2) / 5 + 1};
}

bool IsLeap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int DaysInMonth(int year, int month) {
  static constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

// The number that `text[from, from+count)` spells, or -1.
int Digits(std::string_view text, std::size_t from, std::size_t count) {
  if (from + count > text.size()) return -1;
  int value = 0;
  for (char c : text.substr(from, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string Quoted(std::string_view text) { return "'" + std::string(text.substr(0, 40)) + "'"; }

template <class... Args>
std::string Print(const char* format, Args... args) {
  std::array<char, 64> buffer;
  const int length = std::snprintf(buffer.data(), buffer.size(), format, args...);
  return std::string(buffer.data(), static_cast<std::size_t>(length));
}

std::string FormatLocal(const LocalTime& local) {
  std::string text = local.date.ToText() + "T" + local.time.ToText();
  if (local.millis != 0) text += Print(".%03d", local.millis);
  return text;
}

}  // namespace

Result<Date> Date::FromCivil(int year, int month, int day) {
  const bool valid = year >= 0 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
                     day <= DaysInMonth(year, month);
  if (!valid) return Error(kBadDate, Print("%d-%d-%d is not in the calendar", year, month, day));
  return Date{DaysFromCivil(year, month, day)};
}

Result<Date> Date::Parse(std::string_view text) {
  const int year = Digits(text, 0, 4), month = Digits(text, 5, 2), day = Digits(text, 8, 2);
  const bool shaped =
      text.size() == 10 && text[4] == '-' && text[7] == '-' && year >= 0 && month >= 0 && day >= 0;
  if (!shaped) return Error(kBadDate, Quoted(text) + " is not a date");
  return FromCivil(year, month, day);
}

Result<Date> Date::ParseCompact(std::string_view text) {
  const int year = Digits(text, 0, 4), month = Digits(text, 4, 2), day = Digits(text, 6, 2);
  if (text.size() != 8 || year < 0 || month < 0 || day < 0) {
    return Error(kBadDate, Quoted(text) + " is not a date as YYYYMMDD");
  }
  return FromCivil(year, month, day);
}

int Date::year() const { return CivilFromDays(days_since_epoch).year; }
int Date::month() const { return CivilFromDays(days_since_epoch).month; }
int Date::day() const { return CivilFromDays(days_since_epoch).day; }
int Date::weekday() const { return ((days_since_epoch % 7) + 7 + 3) % 7; }  // 1970-01-01: Thursday

std::string Date::ToText() const {
  const Civil civil = CivilFromDays(days_since_epoch);
  return Print("%04d-%02d-%02d", civil.year, civil.month, civil.day);
}

Result<TimeOfDay> TimeOfDay::Parse(std::string_view text) {
  const int hours = Digits(text, 0, 2), minutes = Digits(text, 3, 2);
  const int seconds = text.size() == 5 ? 0 : Digits(text, 6, 2);
  const bool shaped = (text.size() == 5 || (text.size() == 8 && text[5] == ':')) && text[2] == ':';
  if (!shaped || hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 ||
      seconds > 59) {
    return Error(kBadTime, Quoted(text) + " is not a time of day");
  }
  return TimeOfDay{hours * 3600 + minutes * 60 + seconds};
}

std::string TimeOfDay::ToText() const {
  return Print("%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

LocalTime ToLocal(Instant instant, std::int32_t offset_seconds) {
  const std::int64_t ms = instant.unix_ms + std::int64_t{offset_seconds} * 1000;
  std::int64_t days = ms / kMsPerDay;
  std::int64_t rest = ms % kMsPerDay;
  if (rest < 0) {
    rest += kMsPerDay;
    --days;
  }
  return {Date{static_cast<std::int32_t>(days)}, TimeOfDay{static_cast<std::int32_t>(rest / 1000)},
          static_cast<std::int32_t>(rest % 1000), offset_seconds};
}

Instant ToInstant(Date date, TimeOfDay time, std::int32_t offset_seconds) {
  return {std::int64_t{date.days_since_epoch} * kMsPerDay +
          (std::int64_t{time.seconds} - offset_seconds) * 1000};
}

Result<Moment> ParseMoment(std::string_view text) {
  const auto bad = [&](const char* why) { return Error(kBadMoment, Quoted(text) + " " + why); };
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't')) return bad("is not a moment");
  auto date = Date::Parse(text.substr(0, 10));
  auto time = TimeOfDay::Parse(text.substr(11, 8));
  if (!date.ok() || !time.ok()) return bad("has no such date or time");
  std::size_t at = 19;
  int millis = 0;
  if (text[at] == '.') {
    int scale = 100;
    const std::size_t first = ++at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      millis += (text[at] - '0') * scale;  // digits past the third are cut
      scale /= 10;
      ++at;
    }
    if (at == first) return bad("has no digits after its point");
  }
  const std::string_view zone = text.substr(at);
  std::int32_t offset = 0;
  if (zone != "Z" && zone != "z") {
    const int hours = Digits(zone, 1, 2), minutes = Digits(zone, 4, 2);
    const bool shaped = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':';
    if (!shaped || hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
      return bad("has no offset");
    offset = (hours * 3600 + minutes * 60) * (zone[0] == '-' ? -1 : 1);
  }
  Instant instant = ToInstant(*date, *time, offset);
  instant.unix_ms += millis;
  return Moment{instant, offset};
}

std::string FormatMoment(Instant instant, std::int32_t offset_seconds) {
  const std::int32_t magnitude = offset_seconds < 0 ? -offset_seconds : offset_seconds;
  return FormatLocal(ToLocal(instant, offset_seconds)) +
         Print("%c%02d:%02d", offset_seconds < 0 ? '-' : '+', magnitude / 3600,
               magnitude / 60 % 60);
}

std::string FormatUtc(Instant instant) { return FormatLocal(ToLocal(instant, 0)) + "Z"; }

}  // namespace plaza
