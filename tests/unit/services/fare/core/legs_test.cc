// docs/fares-extension.md, "From taps to legs".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/services/fare/core/support.h"

namespace plaza::fare::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TariffFiles Rail() {
  return {
      {"agency.txt", "agency_id,agency_timezone\nop,America/Mexico_City\n"},
      {"stops.txt", "stop_id,parent_station\nS,\nS1,S\nS2,S\nT,\n"},
      {"fare_products.txt",
       "fare_product_id,amount,currency\nrail,3.00,MXN\nbus,1.00,MXN\nmax_fare,8.00,MXN\n"},
      {"fare_leg_rules.txt", "network_id,fare_product_id\nrail,rail\nbus,bus\nfree_rail,rail\n"},
      {"fare_journey_rules.txt",
       "network_id,validation,max_journey_time,same_station_grace,incomplete_fare_product_id,"
       "autocomplete,pass_back_interval,pass_back_policy\n"
       "rail,1,5400,120,max_fare,0,60,0\n"
       "bus,0,,,,,300,1\n"
       "auto,1,5400,,max_fare,1,,\n"}};
}

struct Walk {
  const char* name;
  std::vector<Tap> taps;
  std::vector<std::string> legs;  // "id-end charge incomplete"
};

class WalkTest : public ::testing::TestWithParam<Walk> {};

std::vector<std::string> Describe(const Statement& statement) {
  std::vector<std::string> lines;
  for (const auto& journey : statement.journeys) {
    for (const auto& leg : journey.legs) {
      std::string line = leg.leg_id + "-" + leg.end_tap_id + " " +
                         (leg.unknown ? "unknown" : std::to_string(leg.charged_minor));
      if (journey.incomplete != Incomplete::kNo)
        line += " " + std::string(IncompleteName(journey.incomplete));
      if (leg.extra_rider) line += " extra";
      lines.push_back(line);
    }
  }
  return lines;
}

TEST_P(WalkTest, GivesTheseLegs) {
  const auto tariff = MustCompile(Rail());
  EXPECT_EQ(Describe(RateTaps(*tariff, GetParam().taps)), GetParam().legs);
}

INSTANTIATE_TEST_SUITE_P(
    Table, WalkTest,
    ::testing::Values(
        Walk{"on_off",
             {On("a", Today("08:00"), "rail", "S1"), Off("b", Today("08:30"), "rail", "T")},
             {"a-b 300"}},
        Walk{"time_limit_is_inclusive",
             {On("a", Today("08:00"), "rail", "S1"), Off("b", Today("09:30"), "rail", "T")},
             {"a-b 300"}},
        Walk{"over_time",
             {On("a", Today("08:00"), "rail", "S1"), Off("b", Today("09:30:01"), "rail", "T")},
             {"a- 800 over_time", "b- 800 over_time"}},
        Walk{"grace_is_by_station",
             {On("a", Today("08:00"), "rail", "S1"), Off("b", Today("08:02"), "rail", "S2")},
             {}},
        Walk{"past_the_grace",
             {On("a", Today("08:00"), "rail", "S1"), Off("b", Today("08:02:01"), "rail", "S2")},
             {"a-b 300"}},
        Walk{"missing_off",
             {On("a", Today("08:00"), "rail", "S1"), On("b", Today("09:00"), "rail", "T"),
              Off("c", Today("09:10"), "rail", "S1")},
             {"a- 800 missing_off", "b-c 300"}},
        Walk{"missing_off_at_the_end",
             {On("a", Today("08:00"), "rail", "S1")},
             {"a- 800 missing_off"}},
        Walk{"missing_on", {Off("b", Today("08:30"), "rail", "T")}, {"b- 800 missing_on"}},
        Walk{"off_of_a_bus_is_ignored", {Off("b", Today("08:30"), "bus", "T")}, {}},
        Walk{"bus_ends_an_open_tap",
             {On("a", Today("08:00"), "rail", "S1"), Single("b", Today("08:10"), "bus", "T")},
             {"a- 800 missing_off", "b- 100"}},
        Walk{"pass_back_ignored_inclusive",
             {On("a", Today("08:00"), "rail", "S1"), On("b", Today("08:01"), "rail", "S1"),
              Off("c", Today("08:20"), "rail", "T")},
             {"a-c 300"}},
        Walk{"no_pass_back_later",
             {On("a", Today("08:00"), "rail", "S1"), On("b", Today("08:01:01"), "rail", "S1"),
              Off("c", Today("08:20"), "rail", "T")},
             {"a- 800 missing_off", "b-c 300"}},
        Walk{"extra_rider",
             {Single("a", Today("08:00"), "bus", "S1"), Single("b", Today("08:05"), "bus", "S1")},
             {"a- 100", "b- 100 extra"}},
        Walk{"other_stop_is_no_pass_back",
             {Single("a", Today("08:00"), "bus", "S1"), Single("b", Today("08:05"), "bus", "T")},
             {"a- 100", "b- 100"}},
        Walk{"autocompleted",
             {On("a", Today("08:00"), "auto", "S1"), On("b", Today("09:00"), "auto", "T"),
              Off("c", Today("09:20"), "auto", "S1")},
             {"a-b unknown", "b-c unknown"}},
        Walk{"not_at_the_same_station",
             {On("a", Today("08:00"), "auto", "S1"), On("b", Today("09:00"), "auto", "S2"),
              Off("c", Today("09:20"), "auto", "T")},
             {"a- 800 missing_off", "b-c unknown"}},
        Walk{"no_rule_pairs_with_the_next_off",
             {On("a", Today("08:00"), "free_rail", "S1"),
              Off("b", Today("12:00"), "free_rail", "T")},
             {"a-b 300"}},
        Walk{
            "no_rule_and_no_off",
            {On("a", Today("08:00"), "free_rail", "S1"), On("b", Today("12:00"), "free_rail", "T")},
            {"a- 300", "b- 300"}}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(LegsTest, OpenTapIsChargedNothingUntilItsTimeHasPassed) {
  const auto tariff = MustCompile(Rail());
  AccountInput input;
  input.taps = {On("a", Today("08:00"), "rail", "S1")};
  EXPECT_THAT(Describe(MustRate(*tariff, input, Today("09:30").instant)), ElementsAre("a- 0 open"));
  EXPECT_THAT(Describe(MustRate(*tariff, input, Today("09:30:01").instant)),
              ElementsAre("a- 800 missing_off"));
}

TEST(LegsTest, VoidRemovesItsTapWhicheverCameFirst) {
  const auto tariff = MustCompile(Rail());
  Tap gone;
  gone.tap_id = "v";
  gone.time = Today("07:00");
  gone.action = TapAction::kVoid;
  gone.replaces = "a";
  const Statement statement = RateTaps(*tariff, {gone, Single("a", Today("08:00"), "bus", "S1"),
                                                 Single("b", Today("09:00"), "bus", "S1")});
  EXPECT_THAT(Describe(statement), ElementsAre("b- 100"));
  EXPECT_THAT(statement.voided, ElementsAre("a"));
}

TEST(LegsTest, IgnoredTapsSayWhy) {
  const auto tariff = MustCompile(Rail());
  const Statement statement = RateTaps(
      *tariff, {On("a", Today("08:00"), "rail", "S1"), On("b", Today("08:01"), "rail", "S1"),
                Off("c", Today("08:01:30"), "rail", "S2"), Off("d", Today("10:00"), "bus", "T")});
  std::vector<std::string> reasons;
  for (const IgnoredTap& tap : statement.ignored)
    reasons.push_back(tap.tap_id + " " + std::string(IgnoredReasonName(tap.reason)));
  EXPECT_THAT(reasons,
              ElementsAre("b passed_back", "a same_station", "c same_station", "d off_without_on"));
  ASSERT_EQ(statement.warnings.size(), 1u);
  EXPECT_EQ(statement.warnings[0].code, "PASS_BACK_IGNORED");
}

TEST(LegsTest, VehicleWithoutStopIsToldByItsDevice) {
  TariffFiles files = Rail();
  files["fare_journey_rules.txt"] = "pass_back_interval\n300\n";
  const auto tariff = MustCompile(files);
  const auto tap = [](std::string id, const char* time, std::string device) {
    Tap made = Single(std::move(id), Today(time), "bus");
    made.device_id = std::move(device);
    return made;
  };
  EXPECT_THAT(Describe(RateTaps(*tariff, {tap("a", "08:00", "V1"), tap("b", "08:04", "V1"),
                                          tap("c", "08:05", "V2")})),
              ElementsAre("a- 100", "c- 100"));
}

TEST(LegsTest, OneIdWithTwoContentsIsRefused) {
  const auto tariff = MustCompile(Rail());
  AccountInput input;
  input.taps = {Single("a", Today("08:00"), "bus", "S1"), Single("a", Today("08:00"), "bus", "T")};
  const Result<Statement> statement = Rate(*tariff, input, std::nullopt);
  ASSERT_FALSE(statement.ok());
  EXPECT_EQ(statement.error().reason(), "DUPLICATE_ID");
  input.taps[1] = input.taps[0];
  EXPECT_EQ(MustRate(*tariff, input).total_minor, 100);
}

TEST(LegsTest, NoTapsNoJourneys) {
  const auto tariff = MustCompile(Rail());
  EXPECT_THAT(RateTaps(*tariff, {}).journeys, IsEmpty());
}

}  // namespace
}  // namespace plaza::fare::testing
