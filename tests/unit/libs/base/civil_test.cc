#include "libs/base/civil.h"

#include <gtest/gtest.h>

namespace plaza {
namespace {

TEST(Date, GoesThereAndBackForEveryDayOfFourCenturies) {
  const Date first = Date::Parse("1900-01-01").value();
  int year = 1900, month = 1, day = 1;
  for (Date date = first; date.year() < 2301; date = date + 1) {
    ASSERT_EQ(date.year(), year);
    ASSERT_EQ(date.month(), month);
    ASSERT_EQ(date.day(), day);
    ASSERT_EQ(Date::FromCivil(year, month, day).value(), date);
    ++day;  // the next day, by asking which ones the calendar has
    if (!Date::FromCivil(year, month, day).ok()) {
      day = 1;
      if (++month == 13) {
        month = 1;
        ++year;
      }
    }
  }
}

TEST(Date, KnowsItsWeekday) {
  EXPECT_EQ(Date::Parse("1970-01-01")->weekday(), 3);  // a Thursday
  EXPECT_EQ(Date::Parse("2026-11-23")->weekday(), 0);  // a Monday
  EXPECT_EQ(Date::Parse("1969-12-28")->weekday(), 6);  // a Sunday
}

TEST(Date, RefusesWhatIsNotInTheCalendar) {
  for (const char* text : {"2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "20260101", "",
                           "2026-04-31", "1900-02-29", "abcd-ef-gh"}) {
    EXPECT_FALSE(Date::Parse(text).ok()) << text;
  }
  EXPECT_TRUE(Date::Parse("2000-02-29").ok());
  EXPECT_EQ(Date::ParseCompact("20260401")->ToText(), "2026-04-01");
  EXPECT_FALSE(Date::ParseCompact("2026-04-01").ok());
}

TEST(Moment, ParsesRfc3339) {
  const struct {
    const char* text;
    std::int64_t unix_ms;
    std::int32_t offset;
  } table[] = {{"1970-01-01T00:00:00Z", 0, 0},
               {"2026-11-23T08:00:00-06:00", 1795442400000, -21600},
               {"2026-11-23T08:00:00.25-06:00", 1795442400250, -21600},
               {"1969-12-31T23:59:59.999Z", -1, 0},
               {"2026-11-23T14:00:00+05:30", 1795422600000, 19800}};
  for (const auto& row : table) {
    const auto moment = ParseMoment(row.text);
    ASSERT_TRUE(moment.ok()) << row.text << ": " << moment.error().ToString();
    EXPECT_EQ(moment->instant.unix_ms, row.unix_ms) << row.text;
    EXPECT_EQ(moment->offset_seconds, row.offset) << row.text;
  }
  for (const char* text :
       {"2026-11-23", "2026-11-23T08:00:00", "2026-11-23T24:00:00Z", "2026-11-23T08:00:00-6:00",
        "2026-11-23T08:00:00.Z", "2026-02-30T00:00:00Z"}) {
    EXPECT_FALSE(ParseMoment(text).ok()) << text;
  }
}

TEST(Moment, PrintsWhatItParses) {
  for (const char* text : {"2026-11-23T08:00:00-06:00", "2026-11-23T08:00:00.007+05:30"}) {
    const Moment moment = ParseMoment(text).value();
    EXPECT_EQ(FormatMoment(moment.instant, moment.offset_seconds), text);
  }
  EXPECT_EQ(FormatUtc(Instant{-1}), "1969-12-31T23:59:59.999Z");
}

TEST(TimeOfDay, ParsesAndPrints) {
  EXPECT_EQ(TimeOfDay::Parse("03:00")->seconds, 10800);
  EXPECT_EQ(TimeOfDay::Parse("23:59:59")->ToText(), "23:59:59");
  for (const char* text : {"24:00:00", "3:00", "03:60", "03:00:60", "03-00-00", "030000"}) {
    EXPECT_FALSE(TimeOfDay::Parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace plaza
