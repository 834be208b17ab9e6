// The shipped feed: it compiles without a remark, and the published examples cost what was
// published, on both media alike.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/services/fare/core/support.h"

namespace plaza::fare::testing {
namespace {

using ::testing::ElementsAre;

std::shared_ptr<const Tariff> City() {
  static const std::shared_ptr<const Tariff> tariff =
      MustCompile(ReadFolder(std::filesystem::path(PLAZA_SOURCE_DIR) / "data" / "guadalajara"));
  return tariff;
}

Tap OnRoute(std::string id, std::string_view time, std::string route, std::string media) {
  Tap tap = Single(std::move(id), At(time), "", "", std::move(media));
  tap.route_id = std::move(route);
  return tap;
}

TEST(GuadalajaraTest, CompilesWithoutARemark) {
  const CompiledTariff compiled =
      Compile(ReadFolder(std::filesystem::path(PLAZA_SOURCE_DIR) / "data" / "guadalajara"));
  EXPECT_TRUE(compiled.ok());
  EXPECT_TRUE(compiled.errors.empty()) << compiled.errors[0].message;
  EXPECT_TRUE(compiled.warnings.empty())
      << compiled.warnings[0].file << " " << compiled.warnings[0].message;
}

class OnBothMediaTest : public ::testing::TestWithParam<const char*> {
 protected:
  std::vector<std::int64_t> Price(std::vector<std::pair<const char*, const char*>> taps,
                                  const char* kind = nullptr) {
    AccountInput input;
    int n = 0;
    for (const auto& [time, route] : taps)
      input.taps.push_back(OnRoute("t" + std::to_string(++n), time, route, GetParam()));
    if (kind != nullptr) input.entitlements.push_back({kind, {}, {}});
    const Statement statement = MustRate(*City(), input);
    EXPECT_EQ(Sum(statement.shares), statement.total_minor);
    return Charges(statement);
  }
};

TEST_P(OnBothMediaTest, GeneralFareByDate) {
  EXPECT_THAT(Price({{"2026-03-31T23:59:59-06:00", "C01"}}), ElementsAre(950));
  EXPECT_THAT(Price({{"2026-04-01T00:00:00-06:00", "C01"}}), ElementsAre(1100));
  EXPECT_THAT(Price({{"2026-05-04T08:00:00-06:00", "MT-L1"}}), ElementsAre(1100));
}

TEST_P(OnBothMediaTest, StudentFromApril) {
  EXPECT_THAT(Price({{"2026-04-01T08:00:00-06:00", "C01"}}, "student"), ElementsAre(500));
  EXPECT_THAT(Price({{"2026-03-31T08:00:00-06:00", "C01"}}, "student"), ElementsAre(950));
}

TEST_P(OnBothMediaTest, TransferAtHalfPrice) {
  EXPECT_THAT(
      Price({{"2026-01-12T08:00:00-06:00", "MT-L4"}, {"2026-01-12T08:40:00-06:00", "AL-01"}}),
      ElementsAre(950, 475));
  EXPECT_THAT(
      Price({{"2026-05-04T08:00:00-06:00", "MT-L4"}, {"2026-05-04T10:00:00-06:00", "MM-PER"}}),
      ElementsAre(1100, 550));
  EXPECT_THAT(
      Price({{"2026-05-04T08:00:00-06:00", "MM-CAL"}, {"2026-05-04T10:00:01-06:00", "MM-PER"}}),
      ElementsAre(1100, 1100));
  EXPECT_THAT(
      Price({{"2026-05-04T08:00:00-06:00", "MT-L4"}, {"2026-05-04T08:40:00-06:00", "AL-01"}},
            "student"),
      ElementsAre(500, 250));
}

TEST_P(OnBothMediaTest, NoTransferOutsideTheSystemsThatTakePart) {
  EXPECT_THAT(
      Price({{"2026-05-04T08:00:00-06:00", "MT-L1"}, {"2026-05-04T08:30:00-06:00", "MM-CAL"}}),
      ElementsAre(1100, 1100));
  EXPECT_THAT(Price({{"2026-05-04T08:00:00-06:00", "MT-L4"}, {"2026-05-04T08:30:00-06:00", "C01"}}),
              ElementsAre(1100, 1100));
}

TEST_P(OnBothMediaTest, FullConcessionTwoTripsADayStudentsFourOnSchoolDays) {
  const std::vector<std::pair<const char*, const char*>> monday = {
      {"2026-05-04T07:00:00-06:00", "C01"},
      {"2026-05-04T09:00:00-06:00", "C02"},
      {"2026-05-04T13:00:00-06:00", "C01"},
      {"2026-05-04T15:00:00-06:00", "C02"},
      {"2026-05-04T19:00:00-06:00", "C01"}};
  EXPECT_THAT(Price(monday, "full"), ElementsAre(0, 0, 1100, 1100, 1100));
  EXPECT_THAT(Price(monday, "student_full"), ElementsAre(0, 0, 0, 0, 1100));
  EXPECT_THAT(Price({{"2026-05-03T07:00:00-06:00", "C01"},
                     {"2026-05-03T09:00:00-06:00", "C02"},
                     {"2026-05-03T13:00:00-06:00", "C01"}},
                    "student_full"),
              ElementsAre(0, 0, 1100));
  EXPECT_THAT(Price({{"2026-05-04T07:00:00-06:00", "C01"}}, "half"), ElementsAre(550));
}

INSTANTIATE_TEST_SUITE_P(Media, OnBothMediaTest, ::testing::Values("emv", "mi_movilidad"));

TEST(GuadalajaraTest, StationKnownByStopAloneTakesPartInTransfers) {
  const Statement statement =
      RateTaps(*City(), {Single("a", At("2026-05-04T08:00:00-06:00"), "", "l4_adolf_horn"),
                         Single("b", At("2026-05-04T08:30:00-06:00"), "", "mmp_adolf_horn:2")});
  EXPECT_THAT(Charges(statement), ElementsAre(1100, 550));
}

TEST(GuadalajaraTest, TheStatePaysThreePesosFromApril) {
  const Statement now =
      RateTaps(*City(), {OnRoute("t", "2026-04-01T08:00:00-06:00", "C02", "emv")});
  EXPECT_THAT(now.subsidies, ElementsAre(PayerSubsidy{"JALISCO", 300}));
  EXPECT_THAT(now.shares, ElementsAre(OperatorShare{"RCL", 1100}));
  EXPECT_TRUE(RateTaps(*City(), {OnRoute("t", "2026-03-31T08:00:00-06:00", "C02", "emv")})
                  .subsidies.empty());
}

TEST(GuadalajaraTest, MediaAndPlaces) {
  EXPECT_EQ(City()->FareMediaOfType(3), "emv");
  EXPECT_EQ(City()->FareMediaOfType(2), "mi_movilidad");
  EXPECT_EQ(City()->OperatorOfRoute("MT-L4"), "SITEUR");
  EXPECT_EQ(City()->StopName("mt_juarez"), "Juárez");
  EXPECT_EQ(City()->OperatorIds().size(), 20u);
  EXPECT_TRUE(City()->HasEntitlementKind("student"));
  EXPECT_FALSE(City()->HasEntitlementKind("nobody"));
}

}  // namespace
}  // namespace plaza::fare::testing
