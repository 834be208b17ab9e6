#include "libs/rpc/rate_limit.h"

#include <gtest/gtest.h>

#include "libs/rpc/errors.h"
#include "libs/rpc/limits.h"

namespace plaza::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

const Bucket::Time kStart = Bucket::Time() + std::chrono::hours(1);

// At `ms`, what Take() answers, in ms; or a charge of `charged` calls made since `since_ms`.
struct Step {
  int ms;
  int wait_ms;
  std::int64_t charged = 0;
  int since_ms = 0;
};

void Play(const std::string& name, const RateLimit& limit, const std::vector<Step>& steps) {
  Bucket bucket;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    const Bucket::Time now = kStart + milliseconds(step.ms);
    if (step.charged > 0) {
      bucket.Charge(limit, step.charged, kStart + milliseconds(step.since_ms), now);
    } else {
      EXPECT_EQ(bucket.Take(limit, now), milliseconds(step.wait_ms)) << name << ", step " << i;
    }
  }
}

TEST(BucketTest, GivesABurstThenTheRate) {
  Play("ten a second, three at once", {10, 3},
       {{0, 0}, {0, 0}, {0, 0}, {0, 100}, {60, 40}, {100, 0}, {100, 100}, {250, 0}, {250, 50}});
  Play("a refused call costs nothing", {10, 1}, {{0, 0}, {50, 50}, {99, 1}, {100, 0}});
  Play("a pause gives one burst, not more", {10, 2},
       {{0, 0}, {0, 0}, {3'600'000, 0}, {3'600'000, 0}, {3'600'000, 100}});
  Play("the largest", {kRateMax, kRateMax}, {{0, 0}, {0, 0}});
}

TEST(BucketTest, PaysForCallsMadeElsewhere) {
  Play("just now", {10, 3}, {{0, 0, 2, 0}, {0, 0}, {0, 100}});
  // Three calls in the last 300 ms have been made up for since.
  Play("a while ago", {10, 3}, {{0, 0}, {300, 0, 3, 0}, {300, 0}, {300, 0}, {300, 100}});
  Play("a debt is at most a burst", {10, 3}, {{0, 0, 1'000'000'000'000, 0}, {0, 400}, {400, 0}});
  Play("also when it is old", {10, 3},
       {{3'600'000, 0, 9'000'000'000'000'000'000, 0}, {3'600'000, 400}});
  Play("none of it left", {10, 3}, {{3'600'000, 0, 36'003, 0}, {3'600'000, 100}});
}

TEST(RateRulesTest, ReadsRulesAndFindsTheNearest) {
  const auto parsed = RateRules::Parse(
      " support=20/40, validator=200/500,\nsupport@plaza.fare.v1.Fare/ExplainFare = 2/5 ,");
  ASSERT_TRUE(parsed.ok()) << parsed.error().ToString();
  EXPECT_EQ(parsed->all().size(), 3U);
  const struct {
    const char* role;
    const char* method;
    std::int64_t per_second;  // 0: no rule
    std::int64_t burst;
  } table[] = {
      {"support", "plaza.fare.v1.Fare/ExplainFare", 2, 5},
      {"support", "plaza.fare.v1.Fare/GetStatement", 20, 40},
      {"validator", "plaza.fare.v1.Fare/ExplainFare", 200, 500},
      {"admin", "plaza.fare.v1.Fare/ExplainFare", 0, 0},
      {"", "", 0, 0},
  };
  for (const auto& row : table) {
    const RateRule* rule = parsed->Find(row.role, row.method);
    ASSERT_EQ(rule != nullptr, row.per_second > 0) << row.role << " " << row.method;
    if (rule == nullptr) continue;
    EXPECT_EQ(rule->limit.per_second, row.per_second) << row.role << " " << row.method;
    EXPECT_EQ(rule->limit.burst, row.burst) << row.role << " " << row.method;
  }
  EXPECT_TRUE(RateRules::Parse("  ")->all().empty());
}

TEST(RateRulesTest, RefusesWhatIsNone) {
  for (const char* text : {"support",
                           "support=",
                           "support=20",
                           "support=20/",
                           "support=/20",
                           "=20/40",
                           "@a/b=1/1",
                           "support=0/1",
                           "support=1/0",
                           "support=-1/1",
                           "support=1/1000001",
                           "support=1.5/2",
                           "support=1/1/1",
                           "support=99999999999999999999/1",
                           "support@=1/1",
                           "support@Fare=1/1",
                           "support@/Fare=1/1",
                           "support@Fare/=1/1",
                           "support=1/1,,admin=1/1",
                           "support=1/1,support=2/2",
                           "support@a/b=1/1,support@a/b=1/1"}) {
    const auto refused = RateRules::Parse(text);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_TRUE(refused.error().Is(kBadRateLimit)) << text;
  }
  std::string many;
  for (std::size_t i = 0; i <= kRateRulesMax; ++i) many += "r" + std::to_string(i) + "=1/1,";
  EXPECT_TRUE(RateRules::Parse(many).error().Is(kBadRateLimit));
}

}  // namespace
}  // namespace plaza::rpc
