#include "tests/faults/plan.h"

#include <gtest/gtest.h>

#include <set>

namespace plaza::testing {
namespace {

std::string Text(const RoundPlan& plan) {
  std::string text = NameOf(plan.kind);
  for (const Strike& strike : plan.strikes) {
    text += "; " + std::to_string(strike.after.count()) + " " + Describe(strike);
  }
  return text;
}

TEST(FaultPlan, FollowsFromItsSeed) {
  std::set<std::string> texts;
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    texts.insert(Text(MakePlan(seed, KindOf(seed))));
    EXPECT_EQ(Text(MakePlan(seed, KindOf(seed))), Text(MakePlan(seed, KindOf(seed))));
  }
  EXPECT_EQ(texts.size(), 40U);
}

TEST(FaultPlan, SeedsInARowDrawEveryKind) {
  std::set<std::string> kinds;
  for (std::uint32_t seed = 1; seed <= kKinds; ++seed) {
    const Kind kind = KindOf(seed);
    EXPECT_EQ(KindNamed(NameOf(kind)), kind);
    kinds.insert(NameOf(kind));
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"processes", "links", "disk", "clock", "zombie",
                                          "brokers", "repeated", "offline", "copies"}));
  EXPECT_EQ(KindNamed("plague"), std::nullopt);
}

TEST(FaultPlan, StrikesWhatTheRoundHas) {
  const auto strikes = [](Kind kind, Act act) {
    std::set<std::string> targets;
    for (std::uint32_t seed = 1; seed <= 100; ++seed) {
      for (const Strike& strike : MakePlan(seed, kind).strikes) {
        if (strike.act == act) targets.insert(strike.target);
      }
    }
    return targets;
  };
  EXPECT_EQ(strikes(Kind::kDisk, Act::kFill), (std::set<std::string>{"kafka", "postgres"}));
  EXPECT_EQ(strikes(Kind::kLinks, Act::kInjure).size(), 15U);  // five services, three links each
  EXPECT_TRUE(strikes(Kind::kProcesses, Act::kInjure).empty());
  EXPECT_TRUE(strikes(Kind::kBrokers, Act::kKill).contains("kafka-2"));
  EXPECT_FALSE(strikes(Kind::kProcesses, Act::kKill).contains("kafka-1"));
  EXPECT_EQ(strikes(Kind::kZombie, Act::kReplace).size(), 5U);
  EXPECT_EQ(strikes(Kind::kCopies, Act::kFlush), (std::set<std::string>{"redis"}));
  EXPECT_TRUE(strikes(Kind::kCopies, Act::kKill).contains("clearing-3"));
  EXPECT_FALSE(strikes(Kind::kProcesses, Act::kKill).contains("clearing-3"));
}

}  // namespace
}  // namespace plaza::testing
