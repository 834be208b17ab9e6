// The clock's decisions, as tables.
#include "apps/clock/core/schedule.h"

#include <gtest/gtest.h>

#include "apps/clock/errors.h"

namespace plaza::clock {
namespace {

Instant At(std::string_view text) { return ParseMoment(text).value().instant; }
Date Day(std::string_view text) { return Date::Parse(text).value(); }
TimeOfDay Time(std::string_view text) { return TimeOfDay::Parse(text).value(); }

// Mexico City without summer time, since 2022.
ZoneRules MexicoCity() {
  return ZoneRules::Make("America/Mexico_City", "test", -6 * 3600, {}).value();
}

// New York in 2026: summer time from 8 March 02:00 to 1 November 02:00.
ZoneRules NewYork() {
  return ZoneRules::Make("America/New_York", "test", -5 * 3600,
                         {{At("2026-03-08T02:00:00-05:00"), -4 * 3600},
                          {At("2026-11-01T02:00:00-04:00"), -5 * 3600}})
      .value();
}

TEST(CutOffOf, IsTheLocalTimeThatEndsTheDay) {
  struct Case {
    const char* name;
    ZoneRules zone;
    const char* cut_off;
    const char* day;
    const char* at;
  };
  const std::vector<Case> cases = {
      {"plain", MexicoCity(), "03:00:00", "2026-11-23", "2026-11-24T03:00:00-06:00"},
      {"midnight", MexicoCity(), "00:00:00", "2026-12-31", "2027-01-01T00:00:00-06:00"},
      {"day of 23 hours", NewYork(), "03:00:00", "2026-03-07", "2026-03-08T03:00:00-04:00"},
      {"in the gap: offset before it", NewYork(), "02:30:00", "2026-03-07",
       "2026-03-08T02:30:00-05:00"},
      {"day of 25 hours", NewYork(), "03:00:00", "2026-10-31", "2026-11-01T03:00:00-05:00"},
      {"shown twice: the earlier", NewYork(), "01:30:00", "2026-10-31",
       "2026-11-01T01:30:00-04:00"},
  };
  for (const Case& c : cases) {
    const DueCutOff due = CutOffOf(Day(c.day), {c.zone, Time(c.cut_off)});
    EXPECT_EQ(FormatUtc(due.at), FormatUtc(At(c.at))) << c.name;
    EXPECT_EQ(due.business_day, Day(c.day)) << c.name;
  }
}

TEST(CutOffsBetween, GivesThoseInAHalfOpenSpan) {
  struct Case {
    const char* name;
    ZoneRules zone;
    const char* after;
    const char* until;
    int max;
    std::vector<const char*> days;
  };
  const std::vector<Case> cases = {
      {"none", MexicoCity(), "2026-11-23T03:00:00-06:00", "2026-11-24T02:59:59-06:00", 9, {}},
      {"at its moment",
       MexicoCity(),
       "2026-11-23T03:00:00-06:00",
       "2026-11-24T03:00:00-06:00",
       9,
       {"2026-11-23"}},
      {"not again", MexicoCity(), "2026-11-24T03:00:00-06:00", "2026-11-24T23:00:00-06:00", 9, {}},
      {"missed days",
       MexicoCity(),
       "2026-11-20T12:00:00-06:00",
       "2026-11-23T12:00:00-06:00",
       9,
       {"2026-11-20", "2026-11-21", "2026-11-22"}},
      {"bounded",
       MexicoCity(),
       "2026-11-20T12:00:00-06:00",
       "2026-11-23T12:00:00-06:00",
       2,
       {"2026-11-20", "2026-11-21"}},
      {"backwards", MexicoCity(), "2026-11-23T12:00:00-06:00", "2026-11-20T12:00:00-06:00", 9, {}},
      {"over the spring change",
       NewYork(),
       "2026-03-07T03:00:00-05:00",
       "2026-03-09T03:00:00-04:00",
       9,
       {"2026-03-07", "2026-03-08"}},
      {"over the autumn change",
       NewYork(),
       "2026-10-31T03:00:00-04:00",
       "2026-11-02T02:59:00-05:00",
       9,
       {"2026-10-31"}},
  };
  for (const Case& c : cases) {
    std::vector<Date> days;
    for (const DueCutOff& due :
         CutOffsBetween(At(c.after), At(c.until), {c.zone, Time("03:00:00")}, c.max)) {
      days.push_back(due.business_day);
    }
    std::vector<Date> expected;
    for (const char* day : c.days) expected.push_back(Day(day));
    EXPECT_EQ(days, expected) << c.name;
  }
}

TEST(Advance, NeverGoesBackwards) {
  ClockState state;
  state.now = At("2026-11-23T08:00:00Z");
  EXPECT_TRUE(Advance(state, At("2026-11-23T08:00:00Z")).ok());
  EXPECT_EQ(Advance(state, At("2026-11-23T09:00:00Z")).value().now, At("2026-11-23T09:00:00Z"));
  EXPECT_TRUE(Advance(state, At("2026-11-23T07:59:59Z")).error().Is(kClockBackwards));
  EXPECT_TRUE(Advance(state, At("2100-01-01T00:00:00Z")).error().Is(kClockTooFar));
}

TEST(DecideCutOff, TakesDaysInOrderEachOnce) {
  const Schedule schedule{MexicoCity(), Time("03:00:00")};
  ClockState state;
  state.now = At("2026-11-23T23:00:00-06:00");
  const CutOffDecision first = DecideCutOff(state, Day("2026-11-23"), schedule).value();
  EXPECT_TRUE(first.is_new);
  EXPECT_EQ(first.state.now, At("2026-11-24T03:00:00-06:00"));
  const CutOffDecision second = DecideCutOff(first.state, Day("2026-11-24"), schedule).value();

  struct Case {
    const char* day;
    const ErrorKind* refused;
    bool is_new;
  };
  const std::vector<Case> cases = {
      {"2026-11-22", &kDayPast, false},    {"2026-11-23", nullptr, false},
      {"2026-11-24", nullptr, false},      {"2026-11-25", nullptr, true},
      {"2026-11-26", &kDaySkipped, false}, {"2100-01-01", &kClockTooFar, false},
  };
  for (const Case& c : cases) {
    const Result<CutOffDecision> decided = DecideCutOff(second.state, Day(c.day), schedule);
    ASSERT_EQ(decided.ok(), c.refused == nullptr) << c.day;
    if (c.refused != nullptr) {
      EXPECT_TRUE(decided.error().Is(*c.refused)) << c.day << " " << decided.error().ToString();
      continue;
    }
    EXPECT_EQ(decided->is_new, c.is_new) << c.day;
    EXPECT_EQ(decided->state == second.state, !c.is_new) << c.day;
  }
}

TEST(DecideWall, CatchesUpWhatWasMissedAndOwesNothingAtFirst) {
  const Schedule schedule{MexicoCity(), Time("03:00:00")};
  const WallDecision start = DecideWall(std::nullopt, At("2026-11-20T12:00:00-06:00"), schedule, 9);
  EXPECT_TRUE(start.tick);
  EXPECT_TRUE(start.cut_offs.empty());

  const WallDecision missed = DecideWall(start.state, At("2026-11-23T12:00:00-06:00"), schedule, 2);
  ASSERT_EQ(missed.cut_offs.size(), 2U);
  EXPECT_EQ(missed.cut_offs[0].business_day, Day("2026-11-20"));
  EXPECT_TRUE(missed.more);
  EXPECT_FALSE(missed.tick) << "ticks come after the cut-offs that are due before them";

  const WallDecision rest = DecideWall(missed.state, At("2026-11-23T12:00:00-06:00"), schedule, 2);
  ASSERT_EQ(rest.cut_offs.size(), 1U);
  EXPECT_EQ(rest.cut_offs[0].business_day, Day("2026-11-22"));
  EXPECT_TRUE(rest.tick);
  EXPECT_FALSE(rest.more);

  const WallDecision stepped_back =
      DecideWall(rest.state, At("2026-11-23T11:00:00-06:00"), schedule, 2);
  EXPECT_TRUE(stepped_back.cut_offs.empty());
  EXPECT_FALSE(stepped_back.tick);
  EXPECT_EQ(stepped_back.state, rest.state);
}

}  // namespace
}  // namespace plaza::clock
