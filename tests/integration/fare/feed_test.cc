// Facts in, charges out, on a real store and an embedded log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/store/db.h"
#include "services/fare/convert.h"
#include "tests/integration/fare/world.h"

namespace plaza::fare::testing_world {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

TapSpec Tap(const AccountId& account, std::uint64_t sequence, const std::string& time,
            const std::string& route = "L3") {
  TapSpec tap;
  tap.account = account;
  tap.sequence = sequence;
  tap.time = At(time);
  tap.route = route;
  tap.operator_id = route == "L3" ? "siteur" : "rutas";
  return tap;
}

const AccountId kAna = Rider("ana");

TEST(Feed, ARideIsChargedOnceWithItsSharesAndSubsidy) {
  World world;
  world.Send(TapFact(Tap(kAna, 1, "2026-11-23T08:00:00")));
  EXPECT_THAT(world.ChargeSums(),
              UnorderedElementsAre(Pair("GATE-1:1", 1100), Pair("GATE-1:1 siteur", 1100),
                                   Pair("GATE-1:1 paid by state", 300)));
  const events::v1::Charge charge = world.Charges().at(0);
  EXPECT_EQ(charge.account_id(), kAna.value().ToBinary());
  EXPECT_EQ(charge.journey_id(), "GATE-1:1");
  EXPECT_EQ(charge.currency(), "MXN");
  EXPECT_EQ(charge.event_time_ms(), At("2026-11-23T08:00:00").unix_ms);
  EXPECT_EQ(charge.product_id(), "single");
  EXPECT_EQ(charge.cause_tap_id(), "GATE-1:1");
}

TEST(Feed, ADuplicateChangesNothing) {
  World world;
  const Fact tap = TapFact(Tap(kAna, 1, "2026-11-23T08:00:00"));
  world.Send({tap, tap});
  world.Send(tap);
  world.Restart();
  world.Send(tap);
  EXPECT_EQ(world.Charges().size(), 1U);
  EXPECT_EQ(world.Counters().rated, 1);
  EXPECT_THAT(world.Read(std::string(eventlog::topic::kTaps) + ".dlq", tap.partition), IsEmpty());
}

TEST(Feed, ALateTapSendsTheDifference) {
  World world;
  world.Send(TapFact(Tap(kAna, 2, "2026-11-23T09:00:00", "C10")));
  world.Send(TapFact(Tap(kAna, 1, "2026-11-23T08:00:00")));
  EXPECT_THAT(
      world.ChargeSums(),
      UnorderedElementsAre(Pair("GATE-1:1", 1100), Pair("GATE-1:1 siteur", 1100),
                           Pair("GATE-1:1 paid by state", 300), Pair("GATE-1:2", 550),
                           Pair("GATE-1:2 rutas", 550), Pair("GATE-1:2 paid by state", 300)));
  const std::vector<events::v1::Charge> charges = world.Charges();
  ASSERT_EQ(charges.size(), 3U);
  EXPECT_EQ(charges[2].revision(), 2U);
  EXPECT_EQ(charges[2].amount_minor(), -550);
  EXPECT_EQ(charges[2].journey_id(), "GATE-1:1");
  EXPECT_EQ(charges[2].cause_tap_id(), "GATE-1:1");
  EXPECT_EQ(charges[2].event_time_ms(), At("2026-11-23T09:00:00").unix_ms);
}

TEST(Feed, EveryTapIsRatedIgnoredHeldOrRefused) {
  World world;
  TapSpec denied = Tap(kAna, 3, "2026-11-23T08:10:00");
  denied.denied = true;
  TapSpec doubtful = Tap(kAna, 4, "2026-11-23T08:20:00");
  doubtful.doubtful = true;
  const std::vector<Fact> facts = {TapFact(Tap(kAna, 1, "2026-11-23T08:00:00")),
                                   TapFact(Tap(kAna, 2, "2026-11-23T08:01:00")),  // passed back
                                   TapFact(denied), TapFact(doubtful)};
  world.Send(facts);
  world.Send(facts);
  EXPECT_EQ(world.Counters(), (TapCounters{.rated = 1, .ignored = 1, .held = 1, .refused = 1}));
  EXPECT_EQ(world.ChargeSums()["GATE-1:1"], 1100);
  EXPECT_EQ(world.Charges().size(), 1U);
}

TEST(Feed, ATapOlderThanTheWindowIsHeldAndOneWithinIsRated) {
  World world;
  world.Send(CutOffFacts("2026-11-26", At("2026-11-27T03:00:00")));
  world.Send(
      {TapFact(Tap(kAna, 1, "2026-11-24T02:59:59")), TapFact(Tap(kAna, 2, "2026-11-24T03:00:00"))});
  EXPECT_EQ(world.Counters(), (TapCounters{.rated = 1, .held = 1}));
  EXPECT_EQ(world.Charges().at(0).leg_id(), "GATE-1:2");
}

TEST(Feed, TheSameTapWithAnotherContentGoesToTheDeadLetters) {
  World world;
  world.Send(TapFact(Tap(kAna, 1, "2026-11-23T08:00:00")));
  const Fact other = TapFact(Tap(kAna, 1, "2026-11-23T08:00:01"));
  world.Send(other);
  const auto letters = world.Read(std::string(eventlog::topic::kTaps) + ".dlq", other.partition);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].dead_letter().code(), "TAP_CONFLICT");
  EXPECT_EQ(world.Charges().size(), 1U);
}

TEST(Feed, BadFactsGoToTheDeadLettersAndTheRestGoesOn) {
  World world;
  Fact garbage = TapFact(Tap(kAna, 1, "2026-11-23T08:00:00"));
  garbage.value = "\xff\xff\xff";
  TapSpec nameless = Tap(kAna, 0, "2026-11-23T08:00:00");
  world.Send({garbage, TapFact(nameless), TapFact(Tap(kAna, 2, "2026-11-23T08:00:00"))});
  EXPECT_EQ(world.Read(std::string(eventlog::topic::kTaps) + ".dlq", garbage.partition).size(), 2U);
  EXPECT_EQ(world.ChargeSums()["GATE-1:2"], 1100);
}

TEST(Feed, TheCutOffFollowsTheChargesOfTheTapsBeforeIt) {
  World world;
  const Fact before = TapFact(Tap(kAna, 1, "2026-11-23T08:00:00"));
  const Fact after = TapFact(Tap(kAna, 2, "2026-11-24T08:00:00"));
  std::vector<Fact> facts = {before};
  for (const Fact& cut_off : CutOffFacts("2026-11-23", At("2026-11-24T03:00:00")))
    facts.push_back(cut_off);
  facts.push_back(after);
  world.Send(facts);
  world.Send(
      CutOffFacts("2026-11-23", At("2026-11-24T03:00:00")));  // a repeat is not forwarded again
  for (int partition = 0; partition < kPartitions; ++partition) {
    std::vector<std::string> order;
    for (const events::v1::Event& event : world.Read(eventlog::topic::kCharges, partition)) {
      order.push_back(event.has_charge() ? event.charge().leg_id()
                                         : event.cut_off().business_day());
    }
    if (partition == before.partition) {
      EXPECT_THAT(order, ElementsAre("GATE-1:1", "2026-11-23", "GATE-1:2"));
    } else {
      EXPECT_THAT(order, ElementsAre("2026-11-23"));
    }
  }
}

TEST(Feed, AnEntitlementThatComesLateGivesBackTheDifference) {
  World world;
  world.Send(TapFact(Tap(kAna, 1, "2026-11-23T08:00:00")));
  const Fact granted = EntitlementFact(kAna, "student", "2026-11-01", At("2026-11-01T00:00:00"));
  world.Send({granted, granted});
  EXPECT_EQ(world.ChargeSums()["GATE-1:1"], 500);
  EXPECT_EQ(world.Charges().size(), 2U);
  world.Send(TapFact(Tap(kAna, 2, "2026-11-23T09:00:00", "C10")));
  EXPECT_EQ(world.ChargeSums()["GATE-1:2"], 250);
}

TEST(Feed, ALinkMovesTheWindowAndChargesTheAccountThatWasCharged) {
  World world;
  const AccountId phone = Rider("ana's phone");
  world.Send(TapFact(Tap(phone, 2, "2026-11-23T09:00:00", "C10")));
  world.Send(TapFact(Tap(kAna, 1, "2026-11-23T08:00:00")));
  EXPECT_EQ(world.ChargeSums()["GATE-1:2"], 1100) << "two accounts, two fares";
  const std::vector<Fact> links = LinkFacts(phone, kAna, At("2026-11-23T12:00:00"));
  world.Send(links);
  world.Send(links);
  EXPECT_EQ(world.ChargeSums()["GATE-1:2"], 550) << "one rider, a transfer";
  for (const events::v1::Charge& charge : world.Charges()) {
    if (charge.leg_id() == "GATE-1:2") {
      EXPECT_EQ(charge.account_id(), phone.value().ToBinary());
    }
    if (charge.revision() == 2) {
      EXPECT_EQ(charge.event_time_ms(), At("2026-11-23T12:00:00").unix_ms);
    }
  }
  // What still comes under the old key is forwarded, and charged to the survivor.
  world.Send(TapFact(Tap(phone, 3, "2026-11-23T07:00:00")));
  const Sums sums = world.ChargeSums();
  EXPECT_EQ(sums.at("GATE-1:3"), 1100);
  EXPECT_EQ(sums.at("GATE-1:1"), 550);
  EXPECT_EQ(sums.at("GATE-1:2"), 1100) << "only one transfer a journey";
  EXPECT_EQ(world.Counters().rated, 3);
  EXPECT_EQ(world.State(phone).counters.moved_out, 2);
  EXPECT_EQ(world.State(phone).counters.rated, 0);
}

TEST(Feed, ChainsOfLinksEndAtTheLastSurvivorInAnyOrder) {
  const AccountId a = Rider("a");
  const AccountId b = Rider("b");
  const std::vector<Fact> ab = LinkFacts(a, b, At("2026-11-23T12:00:00"));
  const std::vector<Fact> bc = LinkFacts(b, kAna, At("2026-11-23T12:30:00"));
  for (const bool b_first : {false, true}) {
    World world;
    world.Send(EntitlementFact(a, "student", "2026-11-01", At("2026-11-01T00:00:00")));
    world.Send(TapFact(Tap(a, 1, "2026-11-23T08:00:00")));
    world.Send(TapFact(Tap(kAna, 2, "2026-11-23T08:30:00", "C10")));
    world.Send(b_first ? bc : ab);
    world.Send(b_first ? ab : bc);
    world.Send(TapFact(Tap(a, 3, "2026-11-23T15:00:00")));
    const Sums sums = world.ChargeSums();
    EXPECT_EQ(sums.at("GATE-1:1"), 500) << b_first;
    EXPECT_EQ(sums.at("GATE-1:2"), 250) << b_first;
    EXPECT_EQ(sums.at("GATE-1:3"), 500) << b_first;
    EXPECT_EQ(world.State(kAna).taps.size(), 3U);
  }
}

TEST(Feed, ACircleOfLinksEndsInTheDeadLetters) {
  World world;
  const AccountId b = Rider("b");
  world.Send(TapFact(Tap(kAna, 1, "2026-11-23T08:00:00")));
  std::vector<Fact> circle = LinkFacts(kAna, b, At("2026-11-23T12:00:00"));
  for (const Fact& fact : LinkFacts(b, kAna, At("2026-11-23T12:00:00"))) circle.push_back(fact);
  world.Send(circle);
  std::size_t letters = 0;
  for (int partition = 0; partition < kPartitions; ++partition) {
    for (const auto& event :
         world.Read(std::string(eventlog::topic::kAccounts) + ".dlq", partition)) {
      EXPECT_EQ(event.dead_letter().code(), "MOVE_LOOP");
      ++letters;
    }
  }
  EXPECT_EQ(letters, 1U);
}

TEST(Feed, TapsOfOldDaysLeaveTheRowAndTheMoneyStays) {
  World world;
  std::uint64_t sequence = 0;
  for (int day = 10; day < 25; ++day) {
    const std::string date = "2026-11-" + std::to_string(day);
    world.Send({TapFact(Tap(kAna, ++sequence, date + "T08:00:00")),
                TapFact(Tap(kAna, ++sequence, date + "T08:01:00")),  // passed back
                TapFact(Tap(kAna, ++sequence, date + "T09:00:00", "C10"))});
    world.Send(CutOffFacts(date, At("2026-11-" + std::to_string(day + 1) + "T03:00:00")));
  }
  const Account account = world.State(kAna);
  EXPECT_LE(account.taps.size(), 21U) << "three days of window, two of margin, one or two of today";
  EXPECT_EQ(account.counters, (TapCounters{.rated = 30, .ignored = 15}));
  EXPECT_EQ(account.closed.rated + account.closed.ignored +
                static_cast<std::int64_t>(account.taps.size()),
            45);
  std::int64_t open = 0;
  for (const auto& [leg, charged] : account.legs) open += charged.charged_minor;
  EXPECT_EQ(account.closed.charged_minor + open, 15 * 1650);
  EXPECT_EQ(world.Charges().size(), 30U) << "leaving the window sends nothing";
}

TEST(Feed, ARowSurvivesItsEncoding) {
  World world;
  const AccountId phone = Rider("ana's phone");
  world.Send(EntitlementFact(kAna, "student", "2026-11-01", At("2026-11-01T00:00:00")));
  world.Send({TapFact(Tap(kAna, 1, "2026-11-23T08:00:00")),
              TapFact(Tap(phone, 9, "2026-11-23T08:20:00", "C10"))});
  world.Send(LinkFacts(phone, kAna, At("2026-11-23T12:00:00")));
  for (const AccountId& id : {kAna, phone}) {
    const Account account = world.State(id);
    EXPECT_EQ(DecodeAccount(id, EncodeAccount(account)).value(), account);
  }
  EXPECT_FALSE(DecodeAccount(kAna, "\xff").ok());
}

TEST(Feed, ADamagedRowStopsTheFoldInsteadOfChargingAgain) {
  World world;
  world.Send(TapFact(Tap(kAna, 1, "2026-11-23T08:00:00")));
  const Result<void> damaged =
      world.service().participant().db().Write([&](store::Tx& tx) -> Result<void> {
        tx.Exec("UPDATE account_state SET state = :state", {{"state", store::Blob{"\xff\xff"}}});
        return {};
      });
  ASSERT_TRUE(damaged.ok());
  world.Restart();
  world.Append({TapFact(Tap(kAna, 2, "2026-11-23T08:30:00", "C10"))});
  EXPECT_FALSE(world.service().participant().RunUntilIdle().ok());
  EXPECT_EQ(world.Charges().size(), 1U);
}

TEST(Service, RefusesToStartOnABadTariffWithFileLineAndColumn) {
  World world;
  world.WriteTariff("fare_products.txt",
                    "fare_product_id,fare_product_name,rider_category_id,amount,currency\n"
                    "single,Single ride,general,\"11,00\",MXN\n");
  const Result<std::unique_ptr<Service>> opened = Service::Open(world.config(), world.deps());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().reason(), "TARIFF_INVALID");
  EXPECT_THAT(opened.error().where(), testing::HasSubstr("fare_products.txt:2:4"));

  Config missing = world.config();
  missing.tariff_dir = (world.folder() / "nowhere").string();
  EXPECT_EQ(Service::Open(missing, world.deps()).error().reason(), "TARIFF_MISSING");
}

}  // namespace
}  // namespace plaza::fare::testing_world
