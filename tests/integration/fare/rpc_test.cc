// The doors of the fare service, called as plain handlers on a real store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/fare/gateway/tariff_files.h"
#include "services/fare/rpc/fare_rpc.h"
#include "tests/integration/fare/world.h"

namespace plaza::fare::testing_world {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FareRpcTest : public testing::Test {
 protected:
  FareRpcTest()
      : tariff_(LoadTariff(world_.config().tariff_dir).value()),
        rpc_(tariff_, world_.service().participant().db(), world_.service().participant().relay()) {
  }

  void Ride(const AccountId& account, std::uint64_t sequence, const std::string& time,
            const std::string& route = "L3", bool denied = false, bool doubtful = false) {
    TapSpec tap;
    tap.account = account;
    tap.sequence = sequence;
    tap.time = At(time);
    tap.route = route;
    tap.operator_id = route == "L3" ? "siteur" : "rutas";
    tap.denied = denied;
    tap.doubtful = doubtful;
    world_.Send(TapFact(tap));
  }
  Result<v1::ExplainChargeResponse> Explain(const AccountId& account, const std::string& tap) {
    v1::ExplainChargeRequest request;
    request.set_account_id(account.value().ToBinary());
    request.set_tap_id(tap);
    return rpc_.ExplainCharge(request);
  }

  World world_;
  std::shared_ptr<const Tariff> tariff_;
  FareRpc rpc_;
  const AccountId ana_ = Rider("ana");
};

TEST_F(FareRpcTest, ExplainsALegWithItsRulesAndInPlainWords) {
  Ride(ana_, 1, "2026-11-23T08:12:00", "C10");
  Ride(ana_, 2, "2026-11-23T09:00:00");
  const v1::ExplainChargeResponse explained = Explain(ana_, "GATE-1:2").value();
  ASSERT_EQ(explained.journey().legs_size(), 2);
  EXPECT_EQ(explained.journey().charged_minor(), 1650);
  const v1::LegView& leg = explained.journey().legs(1);
  EXPECT_EQ(leg.text(),
            "09:00 Line 3, Plaza de la Bandera: half-price transfer, MXN 5.50 "
            "(fare_transfer_rules.txt:2)");
  EXPECT_EQ(explained.journey().legs(0).text(),
            "08:12 C10, Plaza de la Bandera: general fare, MXN 11.00 (fare_leg_rules.txt:3)");
  EXPECT_EQ(leg.rule().file(), "fare_leg_rules.txt");
  EXPECT_EQ(leg.rule().line(), 2U);
  EXPECT_EQ(leg.transfer_rule().file(), "fare_transfer_rules.txt");
  EXPECT_EQ(leg.full_minor(), 1100);
  EXPECT_EQ(leg.charged_minor(), 550);
  EXPECT_EQ(leg.revision(), 1U);
  ASSERT_EQ(leg.shares_size(), 1);
  EXPECT_EQ(leg.shares(0).operator_id(), "siteur");
  EXPECT_EQ(leg.shares(0).amount_minor(), 550);
  ASSERT_EQ(leg.subsidies_size(), 1);
  EXPECT_EQ(leg.subsidies(0).amount_minor(), 300);
  EXPECT_EQ(explained.ignored(), "");
}

TEST_F(FareRpcTest, SaysWhyATapIsNoLeg) {
  Ride(ana_, 1, "2026-11-23T08:00:00");
  Ride(ana_, 2, "2026-11-23T08:01:00");
  Ride(ana_, 3, "2026-11-23T08:02:00", "L3", /*denied=*/true);
  Ride(ana_, 4, "2026-11-23T08:03:00", "L3", /*denied=*/false, /*doubtful=*/true);
  EXPECT_EQ(Explain(ana_, "GATE-1:2").value().ignored(), "passed_back");
  EXPECT_EQ(Explain(ana_, "GATE-1:3").value().ignored(), "refused");
  EXPECT_EQ(Explain(ana_, "GATE-1:4").value().ignored(), "held");
}

TEST_F(FareRpcTest, UnknownAccountsAndTapsAreNotFound) {
  Ride(ana_, 1, "2026-11-23T08:00:00");
  Ride(Rider("eve"), 2, "2026-11-23T08:00:00", "L3", /*denied=*/true);
  EXPECT_EQ(Explain(Rider("nobody"), "GATE-1:1").error().reason(), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(Explain(ana_, "GATE-1:7").error().reason(), "UNKNOWN_TAP");
  EXPECT_EQ(Explain(ana_, "GATE-1:2").error().reason(), "UNKNOWN_TAP") << "a tap of somebody else";
  EXPECT_EQ(Explain(ana_, "GATE-1:7").error().code(), StatusCode::kNotFound);
  v1::ExplainChargeRequest request;
  request.set_account_id("short");
  EXPECT_EQ(rpc_.ExplainCharge(request).error().reason(), "BAD_ACCOUNT_ID");
}

TEST_F(FareRpcTest, AMovedAccountAnswersForItsSurvivor) {
  const AccountId phone = Rider("ana's phone");
  Ride(phone, 1, "2026-11-23T08:00:00");
  Ride(ana_, 2, "2026-11-23T08:30:00", "C10");
  world_.Send(LinkFacts(phone, ana_, At("2026-11-23T12:00:00")));
  v1::GetStatementRequest request;
  request.set_account_id(phone.value().ToBinary());
  const v1::GetStatementResponse statement = rpc_.GetStatement(request).value();
  EXPECT_EQ(statement.account_id(), ana_.value().ToBinary());
  ASSERT_EQ(statement.journeys_size(), 1);
  EXPECT_EQ(statement.total_minor(), 1650);
  EXPECT_EQ(statement.currency(), "MXN");
  EXPECT_EQ(statement.journeys(0).legs(1).revision(), 2U);
  EXPECT_EQ(Explain(phone, "GATE-1:1").value().journey().legs_size(), 2);
}

TEST_F(FareRpcTest, AStatementIsOfASpanOfTime) {
  Ride(ana_, 1, "2026-11-23T08:00:00");
  Ride(ana_, 2, "2026-11-23T12:00:00");
  v1::GetStatementRequest request;
  request.set_account_id(ana_.value().ToBinary());
  request.set_from_ms(At("2026-11-23T08:00:01").unix_ms);
  EXPECT_EQ(rpc_.GetStatement(request).value().journeys_size(), 1);
  request.set_from_ms(0);
  request.set_until_ms(At("2026-11-23T12:00:00").unix_ms);
  EXPECT_EQ(rpc_.GetStatement(request).value().journeys(0).journey_id(), "GATE-1:1");
}

TEST_F(FareRpcTest, PricesJourneysWithoutChangingAnything) {
  v1::PriceJourneysRequest request;
  for (int i = 0; i < 2; ++i) {
    v1::Tap& tap = *request.add_taps();
    tap.set_tap_id("T" + std::to_string(i));
    tap.set_time_ms(At("2026-11-23T08:00:00").unix_ms + i * 3'600'000);
    tap.set_route_id(i == 0 ? "L3" : "C10");
  }
  EXPECT_EQ(rpc_.PriceJourneys(request).value().total_minor(), 1650);
  request.add_entitlement_kinds("student");
  EXPECT_EQ(rpc_.PriceJourneys(request).value().total_minor(), 750);
  request.add_entitlement_kinds("wizard");
  EXPECT_EQ(rpc_.PriceJourneys(request).error().reason(), "BAD_ENTITLEMENT");
  request.clear_entitlement_kinds();
  request.mutable_taps(0)->set_route_id("L9");
  const v1::PriceJourneysResponse unknown = rpc_.PriceJourneys(request).value();
  EXPECT_TRUE(unknown.journeys(0).legs(0).unknown());
  EXPECT_THAT(unknown.warnings(), ElementsAre(HasSubstr("UNKNOWN_FARE")));
  request.mutable_taps(0)->set_action("fly");
  EXPECT_EQ(rpc_.PriceJourneys(request).error().reason(), "BAD_REQUEST");
  EXPECT_THAT(world_.Charges(), IsEmpty());
}

TEST_F(FareRpcTest, AnEntitlementIsGrantedOncePerRequest) {
  Ride(ana_, 1, "2026-11-23T08:00:00");
  v1::GrantEntitlementRequest request;
  request.set_request_id("r-1");
  request.set_account_id(ana_.value().ToBinary());
  request.set_kind("student");
  request.set_from("2026-11-01");
  EXPECT_TRUE(rpc_.GrantEntitlement(request).ok());
  EXPECT_TRUE(rpc_.GrantEntitlement(request).ok());
  world_.Settle();
  EXPECT_EQ(world_.ChargeSums()["GATE-1:1"], 500);
  std::size_t facts = 0;
  for (int partition = 0; partition < kPartitions; ++partition) {
    facts += world_.Read(eventlog::topic::kAccounts, partition).size();
  }
  EXPECT_EQ(facts, 1U);

  request.set_until("2026-12-31");
  EXPECT_EQ(rpc_.GrantEntitlement(request).error().reason(), "REQUEST_ID_REUSED");
  request.set_request_id("r-2");
  request.set_until("2026-10-31");
  EXPECT_EQ(rpc_.GrantEntitlement(request).error().reason(), "BAD_ENTITLEMENT");
  request.set_until("");
  request.set_kind("wizard");
  EXPECT_EQ(rpc_.GrantEntitlement(request).error().reason(), "BAD_ENTITLEMENT");
}

// The city's own tariff, with the published prices (docs, data/guadalajara/README.md): a fixed gate
// of Line 4 has a stop and no route, a vehicle of Mi Macro Calzada a route and no stop.
TEST_F(FareRpcTest, TheCitysTariffGivesThePublishedPrices) {
  FareRpc city(LoadTariff(PLAZA_SOURCE_DIR "/data/guadalajara").value(),
               world_.service().participant().db(), world_.service().participant().relay());
  struct Case {
    const char* day;
    const char* medium;
    std::vector<std::string> entitlements;
    std::int64_t first;
    std::int64_t second;
  };
  const std::vector<Case> cases = {
      {"2026-11-23", "emv", {}, 1100, 550},
      {"2026-11-23", "mi_movilidad", {}, 1100, 550},
      {"2026-03-31", "emv", {}, 950, 475},
      {"2026-11-23", "emv", {"student"}, 500, 250},
  };
  for (const Case& c : cases) {
    v1::PriceJourneysRequest request;
    v1::Tap& train = *request.add_taps();
    train.set_tap_id("A");
    train.set_time_ms(At(c.day + std::string("T08:00:00")).unix_ms);
    train.set_stop_id("l4_las_juntas");
    train.set_fare_media_id(c.medium);
    v1::Tap& bus = *request.add_taps();
    bus.set_tap_id("B");
    bus.set_time_ms(At(c.day + std::string("T09:00:00")).unix_ms);
    bus.set_route_id("MM-CAL");
    bus.set_fare_media_id(c.medium);
    for (const std::string& kind : c.entitlements) request.add_entitlement_kinds(kind);
    const v1::PriceJourneysResponse priced = city.PriceJourneys(request).value();
    ASSERT_EQ(priced.journeys_size(), 1) << c.day;
    ASSERT_EQ(priced.journeys(0).legs_size(), 2) << c.day;
    EXPECT_EQ(priced.journeys(0).legs(0).charged_minor(), c.first) << c.day << c.medium;
    EXPECT_EQ(priced.journeys(0).legs(1).charged_minor(), c.second) << c.day << c.medium;
    EXPECT_THAT(priced.warnings(), IsEmpty()) << c.day;
  }
}

}  // namespace
}  // namespace plaza::fare::testing_world
