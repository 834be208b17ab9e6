#include "libs/base/zone.h"

#include <gtest/gtest.h>

namespace plaza {
namespace {

// A zone at -6 h that is at -5 h from 2021-04-04 02:00 to 2021-10-31 02:00 local, as Mexico City
// was that year.
ZoneRules Summer() {
  return ZoneRules::Make("Test/Summer", "test", -21600,
                         {{Instant{1617523200000}, -18000}, {Instant{1635663600000}, -21600}})
      .value();
}

Instant At(const char* text) { return ParseMoment(text)->instant; }

TEST(ZoneRules, KnowsTheOffsetOnBothSidesOfAChange) {
  const ZoneRules zone = Summer();
  EXPECT_EQ(zone.OffsetAt(At("2021-04-04T01:59:59-06:00")), -21600);
  EXPECT_EQ(zone.OffsetAt(At("2021-04-04T03:00:00-05:00")), -18000);
  EXPECT_EQ(zone.OffsetAt(At("2021-10-31T01:59:59-05:00")), -18000);
  EXPECT_EQ(zone.OffsetAt(At("2021-10-31T01:00:00-06:00")), -21600);
}

TEST(ZoneRules, ATimeThatComesTwiceIsTheEarlierAndASkippedOneHasTheOffsetBefore) {
  const ZoneRules zone = Summer();
  const Date spring = Date::Parse("2021-04-04").value(), autumn = Date::Parse("2021-10-31").value();
  EXPECT_EQ(zone.ToInstant(autumn, TimeOfDay{5400}), At("2021-10-31T01:30:00-05:00"));
  EXPECT_EQ(zone.ToInstant(spring, TimeOfDay{9000}), At("2021-04-04T02:30:00-06:00"));
  EXPECT_EQ(zone.ToInstant(spring, TimeOfDay{3600}), At("2021-04-04T01:00:00-06:00"));
  EXPECT_EQ(zone.ToInstant(spring, TimeOfDay{14400}), At("2021-04-04T04:00:00-05:00"));
}

TEST(Day, HasTwentyThreeToTwentyFiveHours) {
  const ZoneRules zone = Summer();
  const TimeOfDay start{10800};
  const auto hours = [&](const char* text) {
    const Date day = Date::Parse(text).value();
    return (DayBegin(day + 1, zone, start) - DayBegin(day, zone, start)).ms / 3600000;
  };
  EXPECT_EQ(hours("2021-04-03"), 23);
  EXPECT_EQ(hours("2021-10-30"), 25);
  EXPECT_EQ(hours("2021-07-01"), 24);
}

TEST(Day, BeginsInclusiveAndEndsExclusive) {
  const ZoneRules zone = Summer();
  const TimeOfDay start{10800};
  const Date day = Date::Parse("2021-07-01").value();
  EXPECT_EQ(DayOf(At("2021-07-01T03:00:00-05:00"), zone, start), day);
  EXPECT_EQ(DayOf(At("2021-07-02T02:59:59.999-05:00"), zone, start), day);
  EXPECT_EQ(DayOf(At("2021-07-01T02:59:59.999-05:00"), zone, start), day - 1);
}

TEST(ZoneRules, RefusesTransitionsOutOfOrder) {
  const auto rules = ZoneRules::Make("Test/Wrong", "test", 0, {{Instant{2}, 0}, {Instant{1}, 0}});
  ASSERT_FALSE(rules.ok());
  EXPECT_EQ(rules.error().reason(), "BAD_ZONE");
}

}  // namespace
}  // namespace plaza
