// Versions, joins, categories and quotas, subsidies, apportionment (docs/fares-extension.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/services/fare/core/support.h"

namespace plaza::fare::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TariffFiles Flat() {
  return {{"agency.txt", "agency_id,agency_timezone\nop,America/Mexico_City\n"},
          {"rider_categories.txt",
           "rider_category_id,is_default_fare_category\ngeneral,1\nkid,0\nfree,0\n"},
          {"fare_products.txt",
           "fare_product_id,rider_category_id,amount,currency\np,general,10.00,MXN\np,kid,4.00,"
           "MXN\np,free,0.00,MXN\n"},
          {"fare_leg_rules.txt", "leg_group_id,network_id,fare_product_id,rule_priority\ng,,p,\n"}};
}

std::vector<Tap> Hourly(int count) {
  std::vector<Tap> taps;
  for (int i = 0; i < count; ++i) {
    taps.push_back(Single("t" + std::to_string(i),
                          {Today("08:00").instant + Seconds(3600 * i), -21'600}, "n"));
  }
  return taps;
}

TEST(VersionTest, TheTapThatBeginsTheLegDecides) {
  TariffFiles files = Flat();
  files["tariff.txt"] =
      "tariff_version_id,valid_from,valid_until,path,time_zone,service_day_start\nold,2026-01-01,"
      "2026-05-04,v1,America/Mexico_City,04:00:00\nnew,2026-05-04,2026-06-01,,America/"
      "Mexico_City,04:00:00\n";
  files["v1/fare_products.txt"] = "fare_product_id,amount,currency\np,1.00,MXN\n";
  const auto tariff = MustCompile(files);
  const auto leg = [&](std::string_view time) {
    return RateTaps(*tariff, {Single("t", At(time), "n")}).journeys[0].legs[0];
  };
  EXPECT_EQ(leg("2026-05-04T03:59:59-06:00").charged_minor,
            100);  // a date begins at its service-day start
  EXPECT_EQ(leg("2026-05-04T03:59:59-06:00").tariff_version_id, "old");
  EXPECT_EQ(leg("2026-05-04T04:00:00-06:00").charged_minor, 1000);
  EXPECT_TRUE(leg("2026-06-01T04:00:00-06:00").unknown);  // a time that no version covers
  EXPECT_EQ(leg("2026-06-01T04:00:00-06:00").tariff_version_id, "");
  EXPECT_EQ(tariff->VersionAt(At("2026-05-04T04:00:00-06:00").instant), "new");
}

TEST(QuotaTest, UsedPastAndWarned) {
  TariffFiles files = Flat();
  files["fare_concessions.txt"] = "kind,rider_category_id,quota_day,quota_year\nschool,free,2,3\n";
  const auto tariff = MustCompile(files);
  AccountInput input;
  input.taps = Hourly(3);
  input.entitlements = {{"school", {}, {}, 0, 0}};
  const Statement statement = MustRate(*tariff, input);
  EXPECT_THAT(Charges(statement), ElementsAre(0, 0, 1000));
  ASSERT_EQ(statement.warnings.size(), 1u);
  EXPECT_EQ(statement.warnings[0], (StatementWarning{"QUOTA_USED_UP", "t2"}));

  input.entitlements[0].quota_used_day = 1;
  EXPECT_THAT(Charges(MustRate(*tariff, input)), ElementsAre(0, 1000, 1000));
  input.entitlements[0].quota_used_day = 0;
  input.entitlements[0].quota_used_year = 2;
  EXPECT_THAT(Charges(MustRate(*tariff, input)), ElementsAre(0, 1000, 1000));
}

TEST(QuotaTest, AWindowAfterAUseTakesNone) {
  TariffFiles files = Flat();
  files["fare_concessions.txt"] =
      "kind,rider_category_id,quota_day,quota_window\nschool,free,1,3600\n";
  AccountInput input;
  input.taps = Hourly(3);
  input.entitlements = {{"school", {}, {}, 0, 0}};
  EXPECT_THAT(Charges(MustRate(*MustCompile(files), input)), ElementsAre(0, 0, 1000));
}

TEST(QuotaTest, TheNextEntitlementComesInAndTheTapsOwnCategoryTakesNone) {
  TariffFiles files = Flat();
  files["fare_concessions.txt"] = "kind,rider_category_id,quota_day\nschool,free,1\nyoung,kid,\n";
  const auto tariff = MustCompile(files);
  AccountInput input;
  input.taps = Hourly(3);
  input.taps[0].rider_category_id = "general";
  input.entitlements = {{"school", {}, {}, 0, 0}, {"young", {}, {}, 0, 0}};
  EXPECT_THAT(Charges(MustRate(*tariff, input)), ElementsAre(1000, 0, 400));
}

TEST(QuotaTest, DatesAreWholeServiceDays) {
  TariffFiles files = Flat();
  files["fare_concessions.txt"] = "kind,rider_category_id\nschool,kid\n";
  const auto tariff = MustCompile(files);
  const auto price = [&](ValidityBound from, ValidityBound until) {
    AccountInput input;
    input.taps = Hourly(1);
    input.entitlements = {{"school", from, until, 0, 0}};
    return Charges(MustRate(*tariff, input)).front();
  };
  const Date day = *Date::Parse("2026-05-04");
  EXPECT_EQ(price(day, day), 400);
  EXPECT_EQ(price(day + 1, {}), 1000);
  EXPECT_EQ(price({}, day - 1), 1000);
  EXPECT_EQ(price(Today("08:00").instant, {}), 400);
  EXPECT_EQ(price({}, Today("08:00").instant), 1000);  // a moment's end is not included
}

TEST(JoinTest, PartsAreOneLeg) {
  TariffFiles files = Flat();
  files["stops.txt"] = "stop_id,parent_station\nS,\nS1,S\nS2,S\nA,\nB,\n";
  files["fare_leg_rules.txt"] = "network_id,fare_product_id,rule_priority\nm,p,1\n,p,\n";
  files["fare_leg_join_rules.txt"] =
      "from_network_id,to_network_id,from_stop_id,to_stop_id\nm,m,,\nm,r,S,S\n";
  const auto tariff = MustCompile(files);
  const auto leg = [](std::string id, const char* network, const char* from, const char* to,
                      const char* depart, const char* arrive, const char* op) {
    BuiltLeg built;
    built.leg_id = std::move(id), built.network_id = network, built.from_stop_id = from,
    built.to_stop_id = to;
    built.depart = Today(depart), built.arrive = Today(arrive), built.operator_id = op;
    return built;
  };
  AccountInput input;
  input.legs = {leg("1", "m", "A", "S1", "08:00", "08:10", "x"),
                leg("2", "m", "S2", "B", "08:15", "08:20", "y")};
  Statement statement = MustRate(*tariff, input);
  EXPECT_THAT(Charges(statement), ElementsAre(1000));
  EXPECT_THAT(statement.journeys[0].legs[0].joined, ElementsAre("2"));
  EXPECT_EQ(statement.journeys[0].legs[0].network_id, "m");
  EXPECT_THAT(statement.shares, ElementsAre(OperatorShare{"x", 500}, OperatorShare{"y", 500}));
  EXPECT_NE(statement.FindLeg("2"), nullptr);

  input.legs[1] = leg("2", "r", "S2", "B", "08:15", "08:20", "y");
  statement = MustRate(*tariff, input);
  EXPECT_THAT(Charges(statement), ElementsAre(1000));
  EXPECT_EQ(statement.journeys[0].legs[0].network_id,
            "");  // parts of different networks share none

  input.legs[1] = leg("2", "m", "B", "A", "08:15", "08:20", "y");  // not in the same station
  EXPECT_THAT(Charges(MustRate(*tariff, input)), ElementsAre(1000, 1000));
}

TEST(SubsidyTest, TypesTakeTheDifferencesInTurn) {
  TariffFiles files = Flat();
  files["fare_subsidies.txt"] =
      "payer,subsidy_type,technical_amount,currency\nstate,0,14.00,MXN\nschool,1,,\ncity,2,,\n";
  files["fare_transfer_rules.txt"] =
      "from_leg_group_id,to_leg_group_id,fare_transfer_type\ng,g,0\n";
  AccountInput input;
  input.taps = Hourly(2);
  input.rider_category_id = "kid";
  const Statement statement = MustRate(*MustCompile(files), input);
  EXPECT_THAT(Charges(statement), ElementsAre(400, 0));
  const auto& legs = statement.journeys[0].legs;
  EXPECT_THAT(legs[0].subsidies,
              ElementsAre(PayerSubsidy{"school", 600}, PayerSubsidy{"state", 400}));
  EXPECT_THAT(legs[1].subsidies, ElementsAre(PayerSubsidy{"city", 400}, PayerSubsidy{"school", 600},
                                             PayerSubsidy{"state", 400}));
  EXPECT_THAT(statement.subsidies,
              ElementsAre(PayerSubsidy{"city", 400}, PayerSubsidy{"school", 1200},
                          PayerSubsidy{"state", 800}));
}

struct ShareCase {
  const char* name;
  const char* apportionment;
  std::vector<OperatorShare> shares;
};
class ShareTest : public ::testing::TestWithParam<ShareCase> {};

// A journey of 10.00 with x and a free transfer to y, then one of 10.00 with z.
TEST_P(ShareTest, Divides) {
  TariffFiles files = Flat();
  files["fare_leg_rules.txt"] =
      "leg_group_id,network_id,fare_product_id,rule_priority\ng,n,p,\nh,m,p,\n";
  files["fare_transfer_rules.txt"] =
      "from_leg_group_id,to_leg_group_id,fare_transfer_type\ng,g,0\n";
  files["fare_apportionment.txt"] = GetParam().apportionment;
  std::vector<Tap> taps = Hourly(3);
  taps[0].operator_id = "x", taps[1].operator_id = "y", taps[2].operator_id = "z";
  taps[2].network_id = "m";
  const Statement statement = RateTaps(*MustCompile(files), taps);
  EXPECT_EQ(statement.shares, GetParam().shares);
  EXPECT_EQ(Sum(statement.shares), statement.total_minor);
  EXPECT_EQ(Sum(statement.share_adjustments), 0);
  std::map<std::string, std::int64_t> sum;
  for (const auto& journey : statement.journeys) {
    for (const auto& leg : journey.legs) {
      EXPECT_EQ(Sum(leg.shares), leg.charged_minor);
      for (const auto& share : leg.shares) sum[share.operator_id] += share.amount_minor;
    }
  }
  for (const auto& share : statement.share_adjustments)
    sum[share.operator_id] += share.amount_minor;
  std::erase_if(sum, [](const auto& entry) { return entry.second == 0; });
  std::map<std::string, std::int64_t> whole;
  for (const auto& share : statement.shares) whole[share.operator_id] = share.amount_minor;
  EXPECT_EQ(sum, whole);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ShareTest,
    ::testing::Values(
        ShareCase{"none_is_full_price", "basis\n", {{"x", 500}, {"y", 500}, {"z", 1000}}},
        ShareCase{"by_day_equal", "period,basis\n1,1\n", {{"x", 667}, {"y", 667}, {"z", 666}}},
        ShareCase{"first_leg_of_the_journey", "basis\n4\n", {{"x", 1000}, {"z", 1000}}},
        ShareCase{"first_leg_of_the_day", "period,basis\n1,4\n", {{"x", 2000}}},
        ShareCase{"fixed",
                  "period,basis,operator_id,share\n1,3,TISA,3584\n1,3,BEA,4262\n1,3,EB,1516\n1,3,"
                  "SETIM,633\n",
                  {{"BEA", 853}, {"EB", 303}, {"SETIM", 127}, {"TISA", 717}}},
        ShareCase{"by_network", "network_id,basis\nm,0\nn,4\n", {{"x", 1000}, {"z", 1000}}},
        ShareCase{
            "distance_unknown_is_equal", "basis\n2\n", {{"x", 500}, {"y", 500}, {"z", 1000}}}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(RatingTest, ALateTapsAdjustmentIsADifferenceOfTwoRatings) {
  TariffFiles files = Flat();
  files["fare_transfer_rules.txt"] =
      "from_leg_group_id,to_leg_group_id,transfer_count,duration_limit,duration_limit_type,fare_"
      "transfer_type\ng,g,-1,7200,1,0\n";
  const auto tariff = MustCompile(files);
  const std::vector<Tap> all = Hourly(4);
  EXPECT_THAT(Charges(RateTaps(*tariff, {all[0], all[3]})), ElementsAre(1000, 1000));
  EXPECT_THAT(Charges(RateTaps(*tariff, {all[3], all[0], all[1]})), ElementsAre(1000, 0, 1000));
}

TEST(RatingTest, EmptyInputIsAnEmptyStatement) {
  const Statement statement = RateTaps(*MustCompile(Flat()), {});
  EXPECT_EQ(statement.total_minor, 0);
  EXPECT_EQ(statement.currency.code(), "MXN");
  EXPECT_THAT(statement.shares, IsEmpty());
}

}  // namespace
}  // namespace plaza::fare::testing
