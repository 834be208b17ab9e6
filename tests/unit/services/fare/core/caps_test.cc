// docs/fares-extension.md, "Caps".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/fare/core/caps.h"
#include "tests/unit/services/fare/core/support.h"

namespace plaza::fare::testing {
namespace {

using ::testing::ElementsAre;

// Networks inner, mid and outer at 2.00, 3.00 and 5.00; a transfer from inner to mid is free.
TariffFiles With(const std::string& capping, const std::string& members = "fare_cap_id\n") {
  return {{"agency.txt", "agency_id,agency_timezone\nop,America/Mexico_City\n"},
          {"fare_products.txt",
           "fare_product_id,amount,currency\ni,2.00,MXN\nm,3.00,MXN\no,5.00,MXN\next,1.00,MXN\n"},
          {"fare_leg_rules.txt",
           "leg_group_id,network_id,fare_product_id\nI,inner,i\nM,mid,m\nO,outer,o\n"},
          {"fare_transfer_rules.txt",
           "from_leg_group_id,to_leg_group_id,duration_limit,duration_limit_type,fare_transfer_"
           "type\nI,M,1800,1,0\n"},
          {"fare_capping.txt", capping},
          {"fare_cap_members.txt", members}};
}

struct CapCase {
  const char* name;
  const char* capping;
  const char* members;
  std::vector<std::pair<const char*, const char*>> taps;  // moment, network
  std::vector<std::int64_t> charges;
};

class CapTest : public ::testing::TestWithParam<CapCase> {};

TEST_P(CapTest, Charges) {
  const auto tariff = MustCompile(With(GetParam().capping, GetParam().members));
  std::vector<Tap> taps;
  for (const auto& [time, network] : GetParam().taps) {
    taps.push_back(Single("t" + std::to_string(taps.size()),
                          At("2026-05-" + std::string(time) + ":00-06:00"), network));
  }
  EXPECT_EQ(Charges(RateTaps(*tariff, taps)), GetParam().charges);
}

constexpr const char* kNoMembers = "fare_cap_id\n";
constexpr const char* kLadder =
    "fare_cap_id,cap_ladder_id,duration_unit,cap_amount,currency\nz1,L,day,4.00,MXN\nz2,L,day,7.00,"
    "MXN\n";
constexpr const char* kZones = "fare_cap_id,leg_group_id\nz1,I\nz2,I\nz2,M\n";
constexpr const char* kBest =
    "fare_cap_id,duration_unit,cap_amount,currency,cap_policy\nz1,day,4.00,MXN,1\nz2,day,7.00,MXN,"
    "1\n";

INSTANTIATE_TEST_SUITE_P(
    Table, CapTest,
    ::testing::Values(
        CapCase{"running_day",
                "fare_cap_id,duration_unit,cap_amount,currency\nd,day,7.00,MXN\n",
                kNoMembers,
                {{"04T08:00", "outer"},
                 {"04T09:00", "mid"},
                 {"04T10:00", "inner"},
                 {"05T00:00", "inner"}},
                {500, 200, 0, 200}},
        CapCase{"day_with_offset",
                "fare_cap_id,duration_unit,offset,cap_amount,currency\nd,day,04:30:00,5.00,MXN\n",
                kNoMembers,
                {{"04T08:00", "outer"}, {"05T04:29", "inner"}, {"05T04:30", "inner"}},
                {500, 0, 200}},
        CapCase{"week_from_wednesday",
                "fare_cap_id,duration_unit,offset,cap_amount,currency\nw,week,wed,5.00,MXN\n",
                kNoMembers,
                {{"05T08:00", "outer"},
                 {"06T08:00", "outer"},
                 {"12T08:00", "inner"},
                 {"13T08:00", "inner"}},
                {500, 500, 0, 200}},
        CapCase{"month_from_the_fifth",
                "fare_cap_id,duration_unit,offset,cap_amount,currency\nm,month,5,5.00,MXN\n",
                kNoMembers,
                {{"04T08:00", "outer"}, {"05T08:00", "outer"}, {"30T08:00", "inner"}},
                {500, 500, 0}},
        CapCase{
            "six_hours_of_the_day",
            "fare_cap_id,duration_amount,duration_unit,cap_amount,currency\nh,6,hour,3.00,MXN\n",
            kNoMembers,
            {{"04T05:59", "mid"}, {"04T06:00", "mid"}, {"04T11:59", "inner"}},
            {300, 300, 0}},
        CapCase{"rolling_hours_half_open",
                "fare_cap_id,duration_amount,duration_unit,duration_type,cap_amount,currency\nr,2,"
                "hour,1,3.00,MXN\n",
                kNoMembers,
                {{"04T08:00", "mid"}, {"04T09:59", "mid"}, {"04T10:00", "mid"}},
                {300, 0, 300}},
        CapCase{"rolling_from_the_day",
                "fare_cap_id,duration_amount,duration_unit,duration_type,cap_amount,currency\nr,2,"
                "day,2,3.00,MXN\n",
                kNoMembers,
                {{"04T20:00", "mid"}, {"05T23:00", "mid"}, {"06T00:00", "mid"}},
                {300, 0, 300}},
        CapCase{"tightest_of_two",
                "fare_cap_id,duration_unit,cap_amount,currency\nd,day,4.00,MXN\nw,week,6.00,MXN\n",
                kNoMembers,
                {{"04T08:00", "mid"}, {"04T09:00", "mid"}, {"05T08:00", "mid"}},
                {300, 100, 200}},
        CapCase{"count_of_journeys",
                "fare_cap_id,duration_unit,cap_count\nc,day,2\n",
                kNoMembers,
                {{"04T08:00", "inner"},
                 {"04T08:10", "mid"},
                 {"04T12:00", "outer"},
                 {"04T13:00", "outer"}},
                {200, 0, 500, 0}},
        CapCase{"count_of_legs",
                "fare_cap_id,duration_unit,cap_count,counts_transfers\nc,day,1,1\n",
                kNoMembers,
                {{"04T08:00", "mid"}, {"04T12:00", "outer"}},
                {300, 0}},
        CapCase{"members_by_group",
                "fare_cap_id,duration_unit,cap_amount,currency\nd,day,4.00,MXN\n",
                "fare_cap_id,leg_group_id\nd,I\n",
                {{"04T08:00", "inner"},
                 {"04T09:00", "outer"},
                 {"04T10:00", "inner"},
                 {"04T11:00", "inner"}},
                {200, 500, 200, 0}},
        CapCase{"ladder_stays_low",
                kLadder,
                kZones,
                {{"04T08:00", "inner"}, {"04T09:00", "inner"}, {"04T10:00", "inner"}},
                {200, 200, 0}},
        // After mid only z2 covers all of the day; what was paid counts: 4.00, then up to 7.00.
        CapCase{"ladder_gives_way",
                kLadder,
                kZones,
                {{"04T08:00", "inner"},
                 {"04T09:00", "inner"},
                 {"04T10:00", "inner"},
                 {"04T11:00", "mid"},
                 {"04T12:00", "inner"}},
                {200, 200, 0, 300, 0}},
        CapCase{"ladder_out_of_its_zones",
                kLadder,
                kZones,
                {{"04T08:00", "inner"}, {"04T09:00", "outer"}, {"04T10:00", "inner"}},
                {200, 500, 200}},
        CapCase{"best_buys_when_cheaper",
                kBest,
                kZones,
                {{"04T08:00", "inner"},
                 {"04T09:00", "inner"},
                 {"04T10:00", "inner"},
                 {"04T11:00", "mid"},
                 {"04T12:00", "mid"}},
                {200, 200, 0, 300, 0}},
        CapCase{"best_with_extension",
                "fare_cap_id,duration_unit,cap_amount,currency,cap_policy\nz1,day,4.00,MXN,1\n",
                "fare_cap_id,leg_group_id,extension_fare_product_id\nz1,I,\nz1,M,ext\n",
                {{"04T08:00", "mid"}, {"04T09:00", "mid"}, {"04T10:00", "mid"}},
                {300, 300, 100}},
        CapCase{"best_week_against_days",
                "fare_cap_id,duration_unit,cap_amount,currency,cap_policy\nd,day,5.00,MXN,1\nw,"
                "week,12.00,MXN,1\n",
                kNoMembers,
                {{"04T08:00", "outer"},
                 {"04T09:00", "outer"},
                 {"05T08:00", "outer"},
                 {"06T08:00", "outer"},
                 {"07T08:00", "outer"}},
                {500, 0, 500, 200, 0}}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(CapsTest, JourneySaysWhatLoweredIt) {
  const auto tariff = MustCompile(With(
      "fare_cap_id,duration_unit,cap_amount,currency\nloose,day,9.00,MXN\ntight,day,6.00,MXN\n"));
  const Statement statement =
      RateTaps(*tariff, {Single("a", Today("08:00"), "outer"), Single("b", Today("09:00"), "mid")});
  EXPECT_TRUE(statement.journeys[0].caps.empty());
  EXPECT_THAT(statement.journeys[1].caps, ElementsAre(CapSaving{"tight", 200}));
}

TEST(CapsTest, RunningCapsTakeWhatBestCombinationLeft) {
  const auto tariff =
      MustCompile(With("fare_cap_id,duration_unit,cap_amount,currency,cap_policy\nbest,day,6.00,"
                       "MXN,1\nrun,day,5.00,MXN,0\n"));
  const Statement statement =
      RateTaps(*tariff, {Single("a", Today("08:00"), "mid"), Single("b", Today("09:00"), "outer")});
  EXPECT_THAT(Charges(statement), ElementsAre(300, 200));
  EXPECT_THAT(statement.journeys[1].caps,
              ElementsAre(CapSaving{"best", 200}, CapSaving{"run", 100}));
}

TEST(CapsTest, IncompleteJourneysOnlyWhereCounted) {
  for (const auto& [flag, second] : {std::pair{"0", 500}, std::pair{"1", 100}}) {
    TariffFiles files = With(
        std::string(
            "fare_cap_id,duration_unit,cap_amount,currency,counts_incomplete\nd,day,6.00,MXN,") +
        flag + "\n");
    files["fare_journey_rules.txt"] =
        "network_id,validation,incomplete_fare_product_id\nouter,1,o\n";
    const Statement statement =
        RateTaps(*MustCompile(files),
                 {On("a", Today("08:00"), "outer", "S"), On("b", Today("09:00"), "outer", "T")});
    EXPECT_THAT(Charges(statement), ElementsAre(500, second));
  }
}

TEST(CapsTest, BadCapsAreRefused) {
  const auto code = [](const std::string& capping, const std::string& members = "fare_cap_id\n") {
    const CompiledTariff compiled = Compile(With(capping, members));
    return compiled.errors.empty() ? std::string() : compiled.errors[0].code;
  };
  EXPECT_EQ(code("fare_cap_id,duration_unit\nd,fortnight\n"), "BAD_VALUE");
  EXPECT_EQ(code("fare_cap_id,duration_unit,duration_amount\nd,hour,5\n"), "BAD_VALUE");
  EXPECT_EQ(code("fare_cap_id,duration_unit,offset\nd,day,tue\n"), "BAD_VALUE");
  EXPECT_EQ(code("fare_cap_id,duration_unit,cap_policy\nd,day,1\n"), "BAD_VALUE");
  EXPECT_EQ(code("fare_cap_id,duration_unit,cap_count\nd,day,2\n", "fare_cap_id\ne\n"),
            "UNKNOWN_ID");
}

TEST(PassTest, CoversUntilItsQuotaOrItsEnd) {
  TariffFiles files = With("fare_cap_id,duration_unit,cap_amount,currency\nd,day,100.00,MXN\n");
  files["fare_products.txt"] += "ticket,9.00,MXN\n";
  files["fare_passes.txt"] =
      "fare_product_id,network_id,duration_amount,duration_unit,quota_total\nticket,inner,24,hour,"
      "2\n";
  const auto tariff = MustCompile(files);
  AccountInput input;
  input.passes = {{"ticket", Today("08:00").instant, {}}};
  input.taps = {Single("a", Today("07:59"), "inner"), Single("b", Today("08:00"), "inner"),
                Single("c", Today("09:00"), "outer"), Single("d", Today("10:00"), "inner"),
                Single("e", Today("11:00"), "inner")};
  const Statement statement = MustRate(*tariff, input);
  EXPECT_THAT(Charges(statement), ElementsAre(200, 0, 500, 0, 200));
  EXPECT_EQ(statement.journeys[1].legs[0].product_id, "ticket");
  EXPECT_EQ(statement.journeys[1].legs[0].full_minor, 0);
  input.taps = {Single("z", At("2026-05-05T07:59:59-06:00"), "inner")};
  EXPECT_THAT(Charges(MustRate(*tariff, input)), ElementsAre(0));
  input.taps = {Single("z", At("2026-05-05T08:00:00-06:00"), "inner")};
  EXPECT_THAT(Charges(MustRate(*tariff, input)), ElementsAre(200));
}

TEST(PassTest, TransfersFromACoveredLegUnlessItGrantsNone) {
  for (const auto& [grants, second] : {std::pair{"1", 0}, std::pair{"0", 300}}) {
    TariffFiles files = With("fare_cap_id,duration_unit,cap_amount,currency\nd,day,100.00,MXN\n");
    files["fare_products.txt"] += "ticket,9.00,MXN\n";
    files["fare_passes.txt"] =
        std::string("fare_product_id,network_id,grants_transfers\nticket,inner,") + grants + "\n";
    AccountInput input;
    input.passes = {{"ticket", {}, {}}};
    input.taps = {Single("a", Today("08:00"), "inner"), Single("b", Today("08:10"), "mid")};
    EXPECT_THAT(Charges(MustRate(*MustCompile(files), input)), ElementsAre(0, second));
  }
}

TEST(PassTest, DatesAreWholeDays) {
  TariffFiles files = With("fare_cap_id,duration_unit,cap_amount,currency\nd,day,100.00,MXN\n");
  files["fare_products.txt"] += "month,9.00,MXN\n";
  files["fare_passes.txt"] = "fare_product_id,duration_amount,duration_unit\nmonth,1,month\n";
  const auto tariff = MustCompile(files);
  AccountInput input;
  input.passes = {{"month", *Date::Parse("2026-01-31"), {}}};
  const auto charge = [&](std::string_view time) {
    input.taps = {Single("a", At(time), "inner")};
    return Charges(MustRate(*tariff, input)).front();
  };
  EXPECT_EQ(charge("2026-01-31T00:00:00-06:00"), 0);
  EXPECT_EQ(charge("2026-02-27T23:59:59-06:00"), 0);
  EXPECT_EQ(charge("2026-02-28T00:00:00-06:00"), 200);
}

}  // namespace
}  // namespace plaza::fare::testing
