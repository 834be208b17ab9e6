// GTFS reference, fare_leg_rules.txt: the two meanings of an empty field; priorities; areas;
// timeframes; distance.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/services/fare/core/support.h"

namespace plaza::fare::testing {
namespace {

struct LegCase {
  const char* name;
  const char* rules;
  const char* network;
  std::vector<std::string> from, to;
  std::int64_t charge;  // -1: unknown
};

class LegRuleTest : public ::testing::TestWithParam<LegCase> {};

TEST_P(LegRuleTest, Charges) {
  const LegCase& tested = GetParam();
  const auto tariff =
      MustCompile({{"fare_products.txt",
                    "fare_product_id,amount,currency\np1,1.00,MXN\np2,2.00,MXN\np3,3.00,MXN\n"},
                   {"fare_leg_rules.txt", tested.rules}});
  AccountInput input;
  BuiltLeg leg;
  leg.leg_id = "l";
  leg.depart = Today("08:00");
  leg.arrive = Today("08:30");
  leg.network_id = tested.network;
  leg.from_area_ids = tested.from;
  leg.to_area_ids = tested.to;
  input.legs = {leg};
  EXPECT_THAT(Charges(MustRate(*tariff, input)), ::testing::ElementsAre(tested.charge));
}

constexpr const char* kNoPriority =
    "network_id,from_area_id,to_area_id,fare_product_id\nn,X,,p1\n,,,p2\n";
constexpr const char* kPriority =
    "network_id,from_area_id,to_area_id,fare_product_id,rule_priority\nn,X,,p1,2\n,,,p2,1\n,X,,p3,"
    "\n";

INSTANTIATE_TEST_SUITE_P(
    Table, LegRuleTest,
    ::testing::Values(
        LegCase{"exact", kNoPriority, "n", {"X"}, {}, 100},
        LegCase{"empty_is_all_but_those_listed", kNoPriority, "m", {"Y"}, {}, 200},
        LegCase{"listed_network_does_not_match_empty", kNoPriority, "n", {"Y"}, {}, -1},
        LegCase{"listed_area_does_not_match_empty", kNoPriority, "m", {"X"}, {}, -1},
        LegCase{"ruling_2_listed_and_unlisted_area", kNoPriority, "m", {"Y", "X"}, {}, -1},
        LegCase{"ruling_3_no_area", kNoPriority, "m", {}, {}, 200},
        LegCase{"priority_column_highest_wins", kPriority, "n", {"X"}, {}, 100},
        LegCase{"priority_column_empty_does_not_matter", kPriority, "n", {"Y"}, {}, 200},
        LegCase{"blank_priority_is_0", kPriority, "m", {"X"}, {}, 200},
        LegCase{"priority_column_all_blank_still_counts",
                "network_id,fare_product_id,rule_priority\nn,p1,\n,p2,\n",
                "n",
                {},
                {},
                100},
        LegCase{
            "alternatives_not_a_sum", "network_id,fare_product_id\nn,p3\nn,p2\n", "n", {}, {}, 200},
        LegCase{
            "needs_an_end", "network_id,to_area_id,fare_product_id\nn,Z,p1\n", "n", {"X"}, {}, -1},
        LegCase{"to_area",
                "network_id,to_area_id,fare_product_id\nn,Z,p1\n",
                "n",
                {"X"},
                {"Y", "Z"},
                100}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(TimeframeTest, StartInclusiveEndExclusiveByLocalDate) {
  const auto tariff = MustCompile(
      {{"agency.txt", "agency_id,agency_timezone\nop,America/Mexico_City\n"},
       {"calendar.txt",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_"
        "date\nwd,1,1,1,1,1,0,0,20260101,20261231\n"},
       {"calendar_dates.txt", "service_id,date,exception_type\nwd,20260505,2\n"},
       {"timeframes.txt",
        "timeframe_group_id,start_time,end_time,service_id\npeak,07:00:00,09:00:00,wd\npeak,17:00:"
        "00,24:00:00,wd\n"},
       {"fare_products.txt", "fare_product_id,amount,currency\npeak,3.00,MXN\noff,2.00,MXN\n"},
       {"fare_leg_rules.txt",
        "from_timeframe_group_id,fare_product_id,rule_priority\npeak,peak,1\n,off,0\n"}});
  const auto price = [&](std::string_view time) {
    return Charges(RateTaps(*tariff, {Single("t", At(time), "n")})).front();
  };
  EXPECT_EQ(price("2026-05-04T06:59:59-06:00"), 200);
  EXPECT_EQ(price("2026-05-04T07:00:00-06:00"), 300);
  EXPECT_EQ(price("2026-05-04T08:59:59-06:00"), 300);
  EXPECT_EQ(price("2026-05-04T09:00:00-06:00"), 200);
  EXPECT_EQ(price("2026-05-05T05:59:59Z"), 300);       // 23:59:59 on Monday in the city
  EXPECT_EQ(price("2026-05-05T08:00:00-06:00"), 200);  // an exception
  EXPECT_EQ(price("2026-05-02T08:00:00-06:00"), 200);  // a Saturday
}

TEST(ProductTest, RowsByCategoryAndMedium) {
  const auto tariff = MustCompile(
      {{"rider_categories.txt", "rider_category_id,is_default_fare_category\ngeneral,1\nkid,0\n"},
       {"fare_products.txt",
        "fare_product_id,rider_category_id,fare_media_id,amount,currency\n"
        "p,general,card,4.00,MXN\np,general,emv,5.00,MXN\np,kid,,2.00,MXN\n"},
       {"fare_leg_rules.txt", "fare_product_id\np\n"}});
  const auto price = [&](std::string media, std::string category) {
    Tap tap = Single("t", Today("08:00"), "n", "", std::move(media));
    tap.rider_category_id = std::move(category);
    return Charges(RateTaps(*tariff, {tap})).front();
  };
  EXPECT_EQ(price("card", ""), 400);
  EXPECT_EQ(price("emv", ""), 500);
  EXPECT_EQ(price("", ""), 400);  // any medium: the least
  EXPECT_EQ(price("paper", ""), -1);
  EXPECT_EQ(price("paper", "kid"), 200);
}

TEST(DistanceTest, FromInclusiveToExclusive) {
  const auto tariff = MustCompile(
      {{"fare_products.txt", "fare_product_id,amount,currency\nshort,1.00,MXN\nlong,2.00,MXN\n"},
       {"fare_leg_rules.txt",
        "fare_product_id,min_distance_units,max_distance_units\nshort,0,5.5\nlong,5.5,\n"}});
  const auto price = [&](std::optional<std::int64_t> milli) {
    AccountInput input;
    BuiltLeg leg;
    leg.leg_id = "l";
    leg.depart = leg.arrive = Today("08:00");
    leg.distance_milliunits = milli;
    input.legs = {leg};
    return Charges(MustRate(*tariff, input)).front();
  };
  EXPECT_EQ(price(5'499), 100);
  EXPECT_EQ(price(5'500), 200);
  EXPECT_EQ(price(std::nullopt), -1);
}

}  // namespace
}  // namespace plaza::fare::testing
