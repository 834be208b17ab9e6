#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <numeric>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/hex.h"
#include "libs/base/money.h"
#include "libs/base/split.h"
#include "libs/base/zone.h"

namespace plaza {
namespace {

TEST(SplitProperty, PartsSumToTheWholeAndAreWithinOneUnitOfTheirShare) {
  EXPECT_TRUE(rc::check([] {
    const auto total = *rc::gen::inRange<std::int64_t>(-1'000'000'000, 1'000'000'000);
    const auto weights = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 10'000)));
    const auto parts = SplitByLargestRemainder(total, weights);
    RC_ASSERT(std::accumulate(parts.begin(), parts.end(), std::int64_t{0}) == total);
    const auto sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    for (std::size_t i = 0; sum > 0 && i < parts.size(); ++i) {
      const std::int64_t error = parts[i] * sum - total * weights[i];
      RC_ASSERT(error < sum);
      RC_ASSERT(error > -sum);
    }
  }));
}

TEST(MoneyProperty, ADecimalGoesThereAndBack) {
  EXPECT_TRUE(rc::check([](std::int64_t minor) {
    RC_PRE(minor != std::numeric_limits<std::int64_t>::min());
    for (const char* code : {"MXN", "CLP", "KWD"}) {
      const Currency currency = Currency::Parse(code).value();
      const Money money(minor, currency);
      RC_ASSERT(Money::Parse(money.ToDecimal(), currency).value() == money);
    }
  }));
}

TEST(MomentProperty, FormatAndParseAreInverse) {
  EXPECT_TRUE(rc::check([] {
    const Instant instant{
        *rc::gen::inRange<std::int64_t>(-60'000'000'000'000, 200'000'000'000'000)};
    const auto offset = *rc::gen::inRange<std::int32_t>(-14 * 60, 14 * 60) * 60;
    const auto parsed = ParseMoment(FormatMoment(instant, offset));
    RC_ASSERT(parsed.ok());
    RC_ASSERT(parsed->instant == instant);
    RC_ASSERT(parsed->offset_seconds == offset);
  }));
}

TEST(DayProperty, EveryMomentLiesInItsDay) {
  EXPECT_TRUE(rc::check([] {
    const ZoneRules zone =
        ZoneRules::Make("Test/Summer", "test", -21600,
                        {{Instant{1617523200000}, -18000}, {Instant{1635663600000}, -21600}})
            .value();
    const Instant instant{*rc::gen::inRange<std::int64_t>(1'609'459'200'000, 1'640'995'200'000)};
    const TimeOfDay start{*rc::gen::inRange<std::int32_t>(0, 86'400)};
    const Date day = DayOf(instant, zone, start);
    RC_ASSERT(DayBegin(day, zone, start) <= instant);
    RC_ASSERT(instant < DayBegin(day + 1, zone, start));
  }));
}

}  // namespace
}  // namespace plaza
