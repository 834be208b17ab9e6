#include "apps/citysim/plan.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "apps/citysim/errors.h"
#include "libs/runtime/zones.h"

namespace plaza::citysim {
namespace {

class PlanTest : public ::testing::Test {
 protected:
  PlanTest() {
    const auto network = LoadNetwork(std::string(PLAZA_SOURCE_DIR) + "/data/guadalajara");
    EXPECT_TRUE(network.ok());
    network_ = *network;
    const auto zone = runtime::LoadZone("America/Mexico_City");
    EXPECT_TRUE(zone.ok());
    zone_ = *zone;
    input_.seed = 7;
    input_.riders = 8'000;
    input_.taps = 25'000;
    input_.date = *Date::Parse("2026-11-23");
    input_.network = &network_;
    input_.zone = &zone_;
  }
  Plan Make() {
    auto plan = MakePlan(input_);
    EXPECT_TRUE(plan.ok());
    return std::move(*plan);
  }
  Network network_;
  ZoneRules zone_;
  PlanInput input_;
};

TEST_F(PlanTest, HasAtLeastTheTapsAskedForAndATenthOrSoOnTheMorningAfter) {
  const Plan plan = Make();
  EXPECT_GE(plan.total_taps, 25'000U);
  EXPECT_LE(plan.total_taps, 28'000U);
  std::uint64_t count = 0;
  std::uint64_t morning = 0;
  for (const auto& taps : plan.taps) {
    count += taps.size();
    for (const PlannedTap& tap : taps) {
      const bool in_day = plan.day_begin <= tap.time && tap.time < plan.cut_off;
      const bool in_morning = plan.morning_begin <= tap.time && tap.time < plan.morning_end;
      EXPECT_TRUE(in_day || in_morning);
      morning += in_morning;
    }
  }
  EXPECT_EQ(count, plan.total_taps);
  EXPECT_NEAR(static_cast<double>(morning) / static_cast<double>(count), 0.09, 0.02);
}

TEST_F(PlanTest, PeakHourHoldsTwelveInAHundred) {
  const Plan plan = Make();
  std::map<int, int> by_hour;
  int day = 0;
  for (const auto& taps : plan.taps) {
    for (const PlannedTap& tap : taps) {
      if (tap.time >= plan.cut_off) continue;
      ++day;
      ++by_hour[zone_.ToLocal(tap.time).time.seconds / 3600];
    }
  }
  int peak = 0;
  for (const auto& [hour, count] : by_hour) peak = std::max(peak, count);
  EXPECT_EQ(peak, by_hour[7]);
  EXPECT_NEAR(static_cast<double>(peak) / day, 0.12, 0.02);
}

TEST_F(PlanTest, EachGateIsInOrderAndEachCardCountsUp) {
  const Plan plan = Make();
  std::map<std::uint32_t, std::map<Instant, std::set<int>>> counters;
  for (const auto& taps : plan.taps) {
    for (std::size_t i = 0; i < taps.size(); ++i) {
      if (i > 0) {
        EXPECT_LE(taps[i - 1].time, taps[i].time);
      }
      counters[taps[i].medium][taps[i].time].insert(taps[i].atc);
    }
  }
  for (const auto& [medium, by_time] : counters) {
    int last = 0;
    for (const auto& [time, atcs] : by_time) {
      for (const int atc : atcs) EXPECT_EQ(atc, ++last);
    }
  }
}

TEST_F(PlanTest, IsTheSameForTheSameSeedOnly) {
  const Plan a = Make();
  const Plan b = Make();
  input_.seed = 8;
  const Plan c = Make();
  ASSERT_EQ(a.taps.size(), b.taps.size());
  bool differs = false;
  for (std::size_t gate = 0; gate < a.taps.size(); ++gate) {
    ASSERT_EQ(a.taps[gate].size(), b.taps[gate].size());
    for (std::size_t i = 0; i < a.taps[gate].size(); ++i) {
      EXPECT_EQ(a.taps[gate][i].time, b.taps[gate][i].time);
      EXPECT_EQ(a.taps[gate][i].medium, b.taps[gate][i].medium);
    }
    differs = differs || a.taps[gate].size() != c.taps[gate].size();
  }
  EXPECT_TRUE(differs);
}

TEST_F(PlanTest, HasEveryKindOfCardAndGateHoweverSmall) {
  input_.riders = 12;
  input_.taps = 20;
  const Plan plan = Make();
  std::set<CardKind> kinds;
  for (const CardSpec& spec : plan.media) kinds.insert(spec.kind);
  EXPECT_EQ(kinds.size(), 9U);
  int both = 0;
  int students = 0;
  for (const RiderPlan& rider : plan.riders) {
    both += rider.media == 2 && rider.transfers;
    students += rider.student && rider.transfers;
    if (rider.media == 2) {
      const CardSpec& card = plan.media[rider.first_medium];
      const CardSpec& phone = plan.media[rider.first_medium + 1];
      EXPECT_EQ(TestPar(PanOf(7, card.account, card.issuer)),
                TestPar(PanOf(7, phone.account, phone.issuer)));
      EXPECT_FALSE(card.carries_par);
      EXPECT_TRUE(phone.carries_par);
    }
  }
  EXPECT_GE(both, 1);
  EXPECT_GE(students, 1);
  int hours = 0;
  int past_cut_off = 0;
  for (const GatePlan& gate : plan.gates) {
    if (gate.offline_until <= gate.offline_from) continue;
    ++(gate.offline_until > plan.cut_off ? past_cut_off : hours);
    EXPECT_EQ(gate.place.stop_id.empty(), !gate.place.vehicle_id.empty());
  }
  EXPECT_GE(hours, 1);
  EXPECT_GE(past_cut_off, 2);
}

TEST_F(PlanTest, RefusesWhatCannotBe) {
  input_.riders = 0;
  EXPECT_TRUE(MakePlan(input_).error().Is(kBadOptions));
  input_.riders = 10;
  input_.taps = 0;
  EXPECT_TRUE(MakePlan(input_).error().Is(kBadOptions));
  input_.taps = 10;
  const Network none;
  input_.network = &none;
  EXPECT_TRUE(MakePlan(input_).error().Is(kBadOptions));
}

}  // namespace
}  // namespace plaza::citysim
