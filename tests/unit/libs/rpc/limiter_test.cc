#include "libs/rpc/limiter.h"

#include <gmock/gmock.h>

#include "libs/rpc/limits.h"

namespace plaza::rpc {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr char kMethod[] = "plaza.fare.v1.Fare/ExplainFare";

// Counts without windows; may be away.
class FakeCounts : public SharedCounts {
 public:
  std::vector<std::optional<std::int64_t>> Add(std::span<const Addition> additions) override {
    std::vector<std::optional<std::int64_t>> sums;
    for (const Addition& addition : additions) {
      window = addition.window;
      sums.push_back(away ? std::nullopt : std::optional(all[addition.key] += addition.calls));
    }
    return sums;
  }
  std::map<std::string, std::int64_t> all;
  milliseconds window{0};
  bool away = false;
};

class LimiterTest : public ::testing::Test {
 protected:
  std::unique_ptr<Limiter> Make(const std::string& rules) {
    return std::make_unique<Limiter>(RateRules::Parse(rules).value(), metrics_,
                                     [this] { return now_; });
  }
  static Caller Of(const std::string& name, std::set<std::string, std::less<>> roles) {
    return {name, std::move(roles), {}};
  }
  // How many of `calls` may go on.
  static int Admitted(Limiter& limiter, const Caller& caller, int calls,
                      const std::string& method = kMethod) {
    int admitted = 0;
    for (int i = 0; i < calls; ++i) {
      admitted += limiter.Admit(caller, {{"support", "admin"}}, method).count() == 0;
    }
    return admitted;
  }

  Bucket::Time now_ = Bucket::Time() + std::chrono::hours(1);
  runtime::Metrics metrics_;
  const Caller helper_ = Of("helper", {"support"});
};

TEST_F(LimiterTest, EachCallerHasABucketPerRule) {
  const auto limiter = Make("support=10/5,support@plaza.fare.v1.Fare/GetStatement=10/2");
  EXPECT_EQ(Admitted(*limiter, helper_, 9), 5);
  EXPECT_EQ(Admitted(*limiter, helper_, 9, "plaza.fare.v1.Fare/Other"), 0);  // the role's bucket
  EXPECT_EQ(Admitted(*limiter, helper_, 9, "plaza.fare.v1.Fare/GetStatement"), 2);
  EXPECT_EQ(Admitted(*limiter, Of("other", {"support"}), 9), 5);
  EXPECT_EQ(limiter->Admit(helper_, {{"support"}}, kMethod), milliseconds(100));
  now_ += milliseconds(200);
  EXPECT_EQ(Admitted(*limiter, helper_, 9), 2);
  const std::string text = metrics_.Expose();
  EXPECT_THAT(text, HasSubstr("plaza_rpc_limited_total{role=\"support\"} 32\n"));
}

TEST_F(LimiterTest, TheMostGenerousRoleThatLetsTheCallerInCounts) {
  const auto limiter = Make("support=10/2,admin=10/3,validator=10/1");
  EXPECT_EQ(Admitted(*limiter, Of("both", {"admin", "support"}), 9), 5);
  // The method is not open to validators, so their limit does not matter.
  EXPECT_EQ(Admitted(*limiter, Of("gate", {"support", "validator"}), 9), 2);
  const auto free = Make("support=10/2");
  EXPECT_EQ(Admitted(*free, Of("both", {"admin", "support"}), 9), 9);
  EXPECT_EQ(Admitted(*free, Of("admin", {"admin"}), 9), 9);
}

TEST_F(LimiterTest, TheCallerThatCalledLongestAgoIsForgotten) {
  const auto limiter = Make("support=1/1");
  EXPECT_EQ(Admitted(*limiter, helper_, 2), 1);
  for (std::size_t i = 0; i < kLimitedCallersMax - 1; ++i) {
    EXPECT_EQ(Admitted(*limiter, Of(std::to_string(i), {"support"}), 1), 1);
  }
  EXPECT_EQ(Admitted(*limiter, helper_, 1), 0);  // also makes it the last to have called
  EXPECT_EQ(Admitted(*limiter, Of("one more", {"support"}), 1), 1);
  EXPECT_EQ(Admitted(*limiter, helper_, 1), 0);
  EXPECT_EQ(Admitted(*limiter, Of("0", {"support"}), 1), 1);
}

TEST_F(LimiterTest, CopiesShareABucket) {
  const auto a = Make("support=10/20");
  const auto b = Make("support=10/20");
  FakeCounts counts;
  EXPECT_EQ(Admitted(*a, helper_, 12), 12);
  a->Share(counts);
  EXPECT_EQ(counts.window, milliseconds(4000));  // twice the time of 20 calls
  EXPECT_EQ(Admitted(*b, helper_, 1), 1);
  b->Share(counts);
  EXPECT_EQ(Admitted(*b, helper_, 100), 7);  // 12 and 1 are gone
  b->Share(counts);
  EXPECT_EQ(Admitted(*a, helper_, 1), 1);  // it has not looked yet
  a->Share(counts);
  EXPECT_EQ(Admitted(*a, helper_, 100), 0);
  EXPECT_EQ(counts.all.size(), 1U);
  EXPECT_EQ(counts.all.begin()->second, 21);
  // One call more than 20 has been made: so the next may be made after two calls' time.
  now_ += milliseconds(199);
  EXPECT_EQ(Admitted(*a, helper_, 100), 0);
  now_ += milliseconds(1);
  EXPECT_EQ(Admitted(*a, helper_, 100), 1);
}

TEST_F(LimiterTest, ManyCopiesKeepTheRateInTheLongRun) {
  std::vector<std::unique_ptr<Limiter>> copies;
  for (int i = 0; i < 4; ++i) copies.push_back(Make("support=100/50"));
  FakeCounts counts;
  int admitted = 0;
  for (int round = 0; round < 600; ++round) {  // a minute, far more calls than may be made
    for (const auto& copy : copies) admitted += Admitted(*copy, helper_, 20);
    for (const auto& copy : copies) copy->Share(counts);
    now_ += milliseconds(100);
  }
  // 6,050 by one bucket; four would give 24,200. A copy gives at most a burst before it looks.
  EXPECT_GE(admitted, 5'000);
  EXPECT_LE(admitted, 6'050 + 3 * 50 + 4 * 50);
}

TEST_F(LimiterTest, WhileCountsAreAwayEachCopyCountsByItself) {
  const auto a = Make("support=10/20");
  const auto b = Make("support=10/20");
  FakeCounts counts;
  counts.away = true;
  EXPECT_EQ(Admitted(*a, helper_, 100), 20);
  a->Share(counts);
  EXPECT_EQ(Admitted(*b, helper_, 100), 20);
  b->Share(counts);
  now_ += milliseconds(500);
  EXPECT_EQ(Admitted(*a, helper_, 100), 5);
  EXPECT_EQ(Admitted(*b, helper_, 100), 5);
  // Back again: what was called meanwhile is not told afterwards.
  a->Share(counts);
  b->Share(counts);
  counts.away = false;
  now_ += std::chrono::minutes(1);
  EXPECT_EQ(Admitted(*a, helper_, 3), 3);
  a->Share(counts);
  EXPECT_EQ(counts.all.begin()->second, 3);
}

TEST_F(LimiterTest, CountsThatBeganAnewOrLieDoLittleHarm) {
  const auto limiter = Make("support=10/20");
  FakeCounts counts;
  EXPECT_EQ(Admitted(*limiter, helper_, 5), 5);
  limiter->Share(counts);
  counts.all.clear();  // its window ended, or it was emptied
  EXPECT_EQ(Admitted(*limiter, helper_, 5), 5);
  limiter->Share(counts);
  EXPECT_EQ(Admitted(*limiter, helper_, 100), 10);
  now_ += std::chrono::minutes(1);
  // A count out of nowhere costs one debt, once.
  for (auto& [key, calls] : counts.all) calls = 4'000'000'000'000'000'000;
  EXPECT_EQ(Admitted(*limiter, helper_, 1), 1);
  limiter->Share(counts);
  EXPECT_EQ(Admitted(*limiter, helper_, 1), 0);
  now_ += milliseconds(4000);  // two bursts' time
  EXPECT_EQ(Admitted(*limiter, helper_, 100), 20);
  limiter->Share(counts);
  now_ += milliseconds(1000);
  EXPECT_EQ(Admitted(*limiter, helper_, 100), 10);
  // One that answers too few, or nothing below what is possible, changes nothing.
  for (auto& [key, calls] : counts.all) calls = -1'000;
  limiter->Share(counts);
  now_ += milliseconds(1000);
  EXPECT_EQ(Admitted(*limiter, helper_, 100), 10);
}

}  // namespace
}  // namespace plaza::rpc
