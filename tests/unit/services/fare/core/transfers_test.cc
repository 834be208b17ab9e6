// GTFS reference, fare_transfer_rules.txt, and docs/fares-extension.md, "From legs to journeys".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/services/fare/core/support.h"

namespace plaza::fare::testing {
namespace {

using ::testing::ElementsAre;

// Networks a, b and c are leg groups A, B, C at 3.00, 2.00 and 5.00; t is 1.00, u 4.00, minus
// -4.00.
std::shared_ptr<const Tariff> With(const std::string& transfer_rules) {
  return MustCompile(
      {{"agency.txt", "agency_id,agency_timezone\nop,America/Mexico_City\n"},
       {"fare_products.txt",
        "fare_product_id,amount,currency\na,3.00,MXN\nb,2.00,MXN\nc,5.00,MXN\nt,1.00,MXN\nu,4.00,"
        "MXN\nminus,-4.00,MXN\n"},
       {"fare_leg_rules.txt", "leg_group_id,network_id,fare_product_id\nA,a,a\nB,b,b\nC,c,c\n"},
       {"fare_transfer_rules.txt", transfer_rules}});
}

struct TransferCase {
  const char* name;
  const char* rules;
  std::vector<std::pair<const char*, const char*>> taps;  // time, network
  std::vector<std::int64_t> charges;                      // in the order of journeys
};

class TransferTest : public ::testing::TestWithParam<TransferCase> {};

TEST_P(TransferTest, Charges) {
  const auto tariff = With(GetParam().rules);
  std::vector<Tap> taps;
  for (const auto& [time, network] : GetParam().taps)
    taps.push_back(Single("t" + std::to_string(taps.size()), Today(time), network));
  EXPECT_EQ(Charges(RateTaps(*tariff, taps)), GetParam().charges);
}

INSTANTIATE_TEST_SUITE_P(
    Table, TransferTest,
    ::testing::Values(
        TransferCase{
            "type_0",
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,0,t\n",
            {{"08:00", "a"}, {"08:10", "b"}},
            {300, 100}},
        TransferCase{"type_0_free",
                     "from_leg_group_id,to_leg_group_id,fare_transfer_type\nA,B,0\n",
                     {{"08:00", "a"}, {"08:10", "b"}},
                     {300, 0}},
        TransferCase{
            "type_1",
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,1,t\n",
            {{"08:00", "a"}, {"08:10", "b"}},
            {300, 300}},
        TransferCase{
            "type_2",
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,2,u\n",
            {{"08:00", "a"}, {"08:10", "b"}},
            {300, 100}},
        TransferCase{
            "type_2_cheaper_than_the_first_leg",
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,2,t\n",
            {{"08:00", "a"}, {"08:10", "b"}},
            {100, 0}},
        TransferCase{"type_2_in_a_chain_adds",
                     "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,2,"
                     "u\nB,C,2,t\n",
                     {{"08:00", "a"}, {"08:10", "b"}, {"08:20", "c"}},
                     {300, 100, 100}},
        TransferCase{"type_1_in_a_chain",
                     "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,0,"
                     "t\nB,C,1,t\n",
                     {{"08:00", "a"}, {"08:10", "b"}, {"08:20", "c"}},
                     {300, 100, 600}},
        TransferCase{
            "directional",
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,0,t\n",
            {{"08:00", "b"}, {"08:10", "a"}},
            {200, 300}},
        TransferCase{
            "exact_before_empties",
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\n,,0,\nA,B,0,t\n",
            {{"08:00", "a"}, {"08:10", "b"}, {"08:20", "c"}},
            {300, 100, 0}},
        TransferCase{
            "empties_are_unlisted_groups",
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,,0,t\n",
            {{"08:00", "a"}, {"08:10", "c"}, {"08:20", "b"}},
            {300, 100, 200}},
        TransferCase{
            "never_declined_even_when_dearer",
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,0,u\n",
            {{"08:00", "a"}, {"08:10", "b"}},
            {300, 400}},
        TransferCase{"limit_is_inclusive",
                     "from_leg_group_id,to_leg_group_id,duration_limit,duration_limit_type,fare_"
                     "transfer_type,fare_product_id\nA,B,600,1,0,t\n",
                     {{"08:00", "a"}, {"08:10", "b"}},
                     {300, 100}},
        TransferCase{"limit_is_exceeded",
                     "from_leg_group_id,to_leg_group_id,duration_limit,duration_limit_type,fare_"
                     "transfer_type,fare_product_id\nA,B,600,1,0,t\n",
                     {{"08:00", "a"}, {"08:10:01", "b"}},
                     {300, 200}},
        TransferCase{"count_one",
                     "from_leg_group_id,to_leg_group_id,transfer_count,fare_transfer_type,fare_"
                     "product_id\nA,A,1,0,t\n",
                     {{"08:00", "a"}, {"08:10", "a"}, {"08:20", "a"}},
                     {300, 100, 300}},
        TransferCase{"count_smallest_that_is_enough",
                     "from_leg_group_id,to_leg_group_id,transfer_count,fare_transfer_type,fare_"
                     "product_id\nA,A,-1,0,u\nA,A,2,0,t\nA,A,1,0,\n",
                     {{"08:00", "a"}, {"08:10", "a"}, {"08:20", "a"}, {"08:30", "a"}},
                     {300, 0, 100, 400}},
        TransferCase{"clock_of_a_run_is_its_first_leg",
                     "from_leg_group_id,to_leg_group_id,transfer_count,duration_limit,duration_"
                     "limit_type,fare_transfer_type,fare_product_id\nA,A,-1,1200,1,0,t\n",
                     {{"08:00", "a"}, {"08:15", "a"}, {"08:30", "a"}},
                     {300, 100, 300}},
        TransferCase{"clock_of_other_pairs_is_the_leg_before",
                     "from_leg_group_id,to_leg_group_id,duration_limit,duration_limit_type,fare_"
                     "transfer_type,fare_product_id\nA,B,1200,1,0,t\nB,A,1200,1,0,t\n",
                     {{"08:00", "a"}, {"08:15", "b"}, {"08:30", "a"}},
                     {300, 100, 100}},
        TransferCase{
            "clock_of_the_journey",
            "from_leg_group_id,to_leg_group_id,duration_limit,duration_limit_type,duration_limit_"
            "start,fare_transfer_type,fare_product_id\nA,B,1200,1,1,0,t\nB,A,1200,1,1,0,t\n",
            {{"08:00", "a"}, {"08:15", "b"}, {"08:30", "a"}},
            {300, 100, 300}},
        TransferCase{"journey_count",
                     "from_leg_group_id,to_leg_group_id,journey_transfer_count,fare_transfer_type,"
                     "fare_product_id\nA,B,2,0,t\nB,A,2,0,t\n",
                     {{"08:00", "a"}, {"08:15", "b"}, {"08:30", "a"}, {"08:45", "b"}},
                     {300, 100, 100, 200}},
        TransferCase{
            "not_nonconsecutive",
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,0,t\n",
            {{"08:00", "a"}, {"08:05", "c"}, {"08:10", "b"}},
            {300, 500, 200}},
        TransferCase{"nonconsecutive",
                     "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id,"
                     "nonconsecutive_transfers_allowed\nA,B,0,t,1\n",
                     {{"08:00", "a"}, {"08:05", "c"}, {"08:10", "b"}},
                     {300, 100, 500}},
        TransferCase{
            "without_limit_not_across_days",
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,0,t\n",
            {{"23:59:59", "a"}, {"23:59:59", "b"}},
            {300, 100}},
        TransferCase{
            "negative_is_a_discount",
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,C,1,minus\n",
            {{"08:00", "a"}, {"08:10", "c"}},
            {300, 100}},
        TransferCase{
            "negative_goes_to_the_leg_before",
            "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,1,minus\n",
            {{"08:00", "a"}, {"08:10", "b"}},
            {100, 0}},
        TransferCase{"filter_product",
                     "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id,filter_"
                     "fare_product_id\nA,A,0,t,b\n",
                     {{"08:00", "a"}, {"08:10", "a"}},
                     {300, 300}},
        TransferCase{"same_product_behavior",
                     "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id,fare_"
                     "product_behavior\nA,B,0,t,1\n",
                     {{"08:00", "a"}, {"08:10", "b"}},
                     {300, 200}}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(TransfersTest, ADayEndsTransfersWithoutLimit) {
  const auto tariff =
      With("from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,0,t\n");
  EXPECT_THAT(Charges(RateTaps(*tariff, {Single("x", At("2026-05-04T23:59:00-06:00"), "a"),
                                         Single("y", At("2026-05-05T00:01:00-06:00"), "b")})),
              ElementsAre(300, 200));
}

TEST(TransfersTest, ClampedJourneySaysSo) {
  const auto tariff =
      With("from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,0,minus\n");
  const Statement statement =
      RateTaps(*tariff, {Single("x", Today("08:00"), "a"), Single("y", Today("08:10"), "b")});
  EXPECT_THAT(Charges(statement), ElementsAre(0, 0));
  ASSERT_EQ(statement.warnings.size(), 1u);
  EXPECT_EQ(statement.warnings[0].code, "NEGATIVE_CLAMPED");
  EXPECT_EQ(statement.warnings[0].where, "x");
}

TEST(TransfersTest, DurationTypesUseTheirOwnEnds) {
  // Leg one 08:00 to 08:20, leg two 08:30 to 08:50: type 0 is 3,000 s, 1 is 1,800, 2 is 600, 3 is
  // 1,800.
  for (const auto& [type, seconds] :
       {std::pair{0, 3000}, std::pair{1, 1800}, std::pair{2, 600}, std::pair{3, 1800}}) {
    for (int limit : {seconds, seconds - 1}) {
      const auto tariff = With(
          "from_leg_group_id,to_leg_group_id,duration_limit,duration_limit_type,fare_transfer_type,"
          "fare_product_id\nA,B," +
          std::to_string(limit) + "," + std::to_string(type) + ",0,t\n");
      AccountInput input;
      BuiltLeg one, two;
      one.leg_id = "1", one.network_id = "a", one.depart = Today("08:00"),
      one.arrive = Today("08:20"), one.to_stop_id = "s";
      two.leg_id = "2", two.network_id = "b", two.depart = Today("08:30"),
      two.arrive = Today("08:50"), two.to_stop_id = "z";
      input.legs = {two, one};
      EXPECT_EQ(Charges(MustRate(*tariff, input))[1], limit == seconds ? 100 : 200)
          << "type " << type;
    }
  }
}

TEST(TransfersTest, DifferentMediaDoNotTransferUnlessTheRowSaysSo) {
  const std::string header =
      "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id,fare_media_behavior\n";
  const std::vector<Tap> taps = {Single("x", Today("08:00"), "a", "", "card"),
                                 Single("y", Today("08:10"), "b", "", "emv")};
  EXPECT_THAT(Charges(RateTaps(*With(header + "A,B,0,t,\n"), taps)), ElementsAre(300, 200));
  EXPECT_THAT(Charges(RateTaps(*With(header + "A,B,0,t,1\n"), taps)), ElementsAre(300, 100));
}

TEST(TransfersTest, TransferProductIsNotSoldAlone) {
  // Ruling 5: it is listed as a leg product too, and would be the cheapest.
  const auto tariff = MustCompile(
      {{"fare_products.txt", "fare_product_id,amount,currency\np,3.00,MXN\nt,1.00,MXN\n"},
       {"fare_leg_rules.txt", "leg_group_id,network_id,fare_product_id\nA,a,p\nA,a,t\n"},
       {"fare_transfer_rules.txt",
        "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,A,0,t\n"}});
  EXPECT_THAT(Charges(RateTaps(
                  *tariff, {Single("x", Today("08:00"), "a"), Single("y", Today("08:10"), "a")})),
              ElementsAre(300, 100));
}

TEST(TransfersTest, TransferOnlyRuleIsForLinkedLegs) {
  const auto tariff = MustCompile(
      {{"fare_products.txt", "fare_product_id,amount,currency\np,3.00,MXN\ncheap,1.00,MXN\n"},
       {"fare_leg_rules.txt",
        "leg_group_id,network_id,fare_product_id,transfer_only\nA,a,p,\nB,b,p,\nB,b,cheap,1\n"},
       {"fare_transfer_rules.txt",
        "from_leg_group_id,to_leg_group_id,fare_transfer_type\nA,B,1\n"}});
  EXPECT_THAT(
      Charges(RateTaps(*tariff, {Single("x", Today("08:00"), "b"), Single("y", Today("08:10"), "a"),
                                 Single("z", Today("08:20"), "b")})),
      ElementsAre(300, 300, 100));
}

TEST(TransfersTest, TheChoiceLooksAhead) {
  // The dearer first ticket allows a free transfer: 4 and 0 are less than 3 and 3.
  const auto tariff = MustCompile(
      {{"fare_products.txt", "fare_product_id,amount,currency\nplain,3.00,MXN\nplus,4.00,MXN\n"},
       {"fare_leg_rules.txt",
        "leg_group_id,network_id,fare_product_id\nA,a,plain\nP,a,plus\nB,b,plain\n"},
       {"fare_transfer_rules.txt",
        "from_leg_group_id,to_leg_group_id,fare_transfer_type\nP,B,0\n"}});
  const Statement two =
      RateTaps(*tariff, {Single("x", Today("08:00"), "a"), Single("y", Today("08:10"), "b")});
  EXPECT_THAT(Charges(two), ElementsAre(400, 0));
  EXPECT_EQ(two.journeys[0].legs[0].rule, (RuleRef{"fare_leg_rules.txt", 3}));
  EXPECT_EQ(two.journeys[0].legs[1].transfer_rule, (RuleRef{"fare_transfer_rules.txt", 2}));
  EXPECT_THAT(Charges(RateTaps(*tariff, {Single("x", Today("08:00"), "a")})), ElementsAre(300));
}

TEST(TransfersTest, UnknownFareCutsTheChain) {
  const auto tariff =
      With("from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id\nA,B,0,t\n");
  EXPECT_THAT(Charges(RateTaps(*tariff, {Single("x", Today("08:00"), "a"),
                                         Single("q", Today("08:05"), "nowhere"),
                                         Single("y", Today("08:10"), "b")})),
              ElementsAre(300, -1, 200));
}

}  // namespace
}  // namespace plaza::fare::testing
