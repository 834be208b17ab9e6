// The money depends on the set of taps, links and entitlements alone: whatever the batches, the
// order, the repeats and the restarts, the sums per leg and share are those of one rating of each
// rider's taps.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "services/fare/gateway/tariff_files.h"
#include "tests/integration/fare/world.h"

namespace plaza::fare::testing_world {
namespace {

constexpr int kRuns = 12;
constexpr int kRiders = 6;

// A day of a few riders: some with two accounts that are linked, some students, some taps passed
// back or refused.
struct Day {
  std::vector<TapSpec> taps;
  std::map<AccountId, AccountId> links;       // from → to
  std::map<AccountId, std::string> students;  // → first day
};

Day MakeDay(std::mt19937& random) {
  Day day;
  std::uint64_t sequence = 0;
  for (int i = 0; i < kRiders; ++i) {
    const std::string name = "rider " + std::to_string(i);
    std::vector<AccountId> accounts = {Rider(name)};
    if (i % 2 == 0) accounts.push_back(Rider(name + "'s phone"));
    if (i % 3 == 0) accounts.push_back(Rider(name + "'s watch"));
    // Watch → phone → card, or straight to the card.
    for (std::size_t k = 1; k < accounts.size(); ++k) {
      day.links.emplace(accounts[k], random() % 2 == 0 ? accounts[0] : accounts[k - 1]);
    }
    if (i % 3 == 1) day.students.emplace(accounts[random() % accounts.size()], "2026-11-01");
    const std::size_t taps = 2 + random() % 8;
    for (std::size_t t = 0; t < taps; ++t) {
      TapSpec tap;
      tap.account = accounts[random() % accounts.size()];
      tap.validator = "GATE-" + std::to_string(random() % 3);
      tap.sequence = ++sequence;
      tap.time =
          At("2026-11-23T06:00:00") + Seconds(static_cast<std::int64_t>(random() % (14 * 3600)));
      tap.route = random() % 2 == 0 ? "L3" : "C10";
      tap.operator_id = tap.route == "L3" ? "siteur" : "rutas";
      tap.stop = random() % 2 == 0 ? "bandera" : "juarez";
      tap.denied = random() % 11 == 0;
      day.taps.push_back(tap);
      if (random() % 5 == 0) {  // a friend, or a nervous hand
        tap.sequence = ++sequence;
        tap.time = tap.time + Seconds(30);
        day.taps.push_back(tap);
      }
    }
  }
  return day;
}

AccountId SurvivorOf(const Day& day, AccountId id) {
  while (day.links.contains(id)) id = day.links.at(id);
  return id;
}

// By the core alone: each rider's taps at once.
Sums Expected(const Day& day, const Tariff& tariff) {
  std::map<AccountId, Account> riders;
  for (const TapSpec& spec : day.taps) {
    if (spec.denied) continue;
    Account& account = riders[SurvivorOf(day, spec.account)];
    WindowTap tap;
    tap.validator = ValidatorId(spec.validator);
    tap.sequence = spec.sequence;
    tap.tap_id = MakeTapId(tap.validator, tap.sequence);
    tap.time = spec.time;
    tap.stop = StopId(spec.stop);
    tap.route = RouteId(spec.route);
    tap.operator_id = OperatorId(spec.operator_id);
    tap.media = MediaKind::kEmvCard;
    EXPECT_EQ(AddTap(account, tap), Added::kNew);
  }
  for (const auto& [account, from] : day.students) {
    AddGrant(riders[SurvivorOf(day, account)], Grant{"student", from, ""});
  }
  Sums sums;
  for (const auto& [id, account] : riders) {
    const Statement statement =
        Rate(tariff, MakeRatingInput(account, MediaIdsOf(tariff)), std::nullopt).value();
    for (const StatementJourney& journey : statement.journeys) {
      for (const StatementLeg& leg : journey.legs) {
        sums[leg.leg_id] += leg.charged_minor;
        for (const OperatorShare& share : leg.shares)
          sums[leg.leg_id + " " + share.operator_id] += share.amount_minor;
        for (const PayerSubsidy& part : leg.subsidies) {
          sums[leg.leg_id + " paid by " + part.payer] += part.amount_minor;
        }
      }
    }
  }
  std::erase_if(sums, [](const auto& entry) { return entry.second == 0; });
  return sums;
}

std::vector<Fact> FactsOf(const Day& day) {
  std::vector<Fact> facts;
  for (const TapSpec& tap : day.taps) facts.push_back(TapFact(tap));
  for (const auto& [from, to] : day.links) {
    for (const Fact& fact : LinkFacts(from, to, At("2026-11-23T13:00:00"))) facts.push_back(fact);
  }
  for (const auto& [account, from] : day.students) {
    facts.push_back(EntitlementFact(account, "student", from, At("2026-11-01T00:00:00")));
  }
  return facts;
}

TEST(Order, BatchesOrderRepeatsAndRestartsDoNotMatter) {
  for (unsigned seed = 1; seed <= kRuns; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Day day = MakeDay(random);
    World world;
    const std::shared_ptr<const Tariff> tariff = LoadTariff(world.config().tariff_dir).value();
    const Sums expected = Expected(day, *tariff);
    ASSERT_FALSE(expected.empty());

    std::vector<Fact> facts = FactsOf(day);
    for (std::size_t i = 0; i < facts.size() / 3; ++i)
      facts.push_back(facts[random() % facts.size()]);
    std::shuffle(facts.begin(), facts.end(), random);
    const std::size_t batch_max = 1 + random() % 40;
    for (std::size_t at = 0; at < facts.size();) {
      const std::size_t size = std::min(facts.size() - at, 1 + random() % batch_max);
      const auto begin = facts.begin() + static_cast<std::ptrdiff_t>(at);
      world.Append({begin, begin + static_cast<std::ptrdiff_t>(size)});
      at += size;
      if (random() % 2 == 0) world.Settle();
      if (random() % 8 == 0) world.Restart();
    }
    world.Settle();
    EXPECT_EQ(world.ChargeSums(), expected);

    const auto refused =
        std::count_if(day.taps.begin(), day.taps.end(), [](const TapSpec& t) { return t.denied; });
    const TapCounters counters = world.Counters();
    EXPECT_EQ(counters.refused, refused);
    EXPECT_EQ(counters.rated + counters.ignored + counters.refused,
              static_cast<std::int64_t>(day.taps.size()));
    EXPECT_EQ(counters.held, 0);
  }
}

// A cut-off in between, and taps of the day before that come after it, within the window.
TEST(Order, ATapThatIsLateWithinTheWindowCostsTheSame) {
  for (unsigned seed = 101; seed <= 100 + kRuns / 2; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Day day = MakeDay(random);
    World world;
    const std::shared_ptr<const Tariff> tariff = LoadTariff(world.config().tariff_dir).value();
    std::vector<Fact> facts = FactsOf(day);
    std::shuffle(facts.begin(), facts.end(), random);
    const auto middle = facts.begin() + static_cast<std::ptrdiff_t>(facts.size() / 2);
    world.Send({facts.begin(), middle});
    world.Send(CutOffFacts("2026-11-23", At("2026-11-24T03:00:00")));
    world.Send(CutOffFacts("2026-11-24", At("2026-11-25T03:00:00")));
    world.Send({middle, facts.end()});
    EXPECT_EQ(world.ChargeSums(), Expected(day, *tariff));
    EXPECT_EQ(world.Counters().held, 0);
  }
}

// Many days, a cut-off each; taps up to two days late. What leaves the window leaves no trace in
// the money.
struct Season {
  unsigned seed;
  int days;
  int taps_a_day;
  bool caps;
};

TEST(Order, WhatLeavesTheWindowCostsWhatItCostBefore) {
  for (const Season& season :
       {Season{201, 12, 25, false}, Season{202, 12, 25, false}, Season{203, 80, 8, true}}) {
    SCOPED_TRACE("seed " + std::to_string(season.seed));
    const int days = season.days;
    std::mt19937 random(season.seed);
    Day all;
    std::vector<std::vector<Fact>> arriving(
        static_cast<std::size_t>(days));  // by the day on which they come in
    for (int i = 0; i < days * season.taps_a_day; ++i) {
      TapSpec tap;
      tap.account = Rider("rider " + std::to_string(random() % 5));
      tap.validator = "GATE-" + std::to_string(random() % 3);
      tap.sequence = static_cast<std::uint64_t>(i) + 1;
      const int day = static_cast<int>(random() % days);
      tap.time =
          At("2026-11-10T03:00:00") + Seconds(day * 86'400 + static_cast<int>(random() % 86'400));
      tap.route = random() % 2 == 0 ? "L3" : "C10";
      tap.operator_id = tap.route == "L3" ? "siteur" : "rutas";
      all.taps.push_back(tap);
      const int late = random() % 4 == 0 ? static_cast<int>(random() % 3) : 0;
      arriving[static_cast<std::size_t>(std::min(day + late, days - 1))].push_back(TapFact(tap));
    }
    all.students.emplace(Rider("rider 0"), "2026-11-01");
    World world;
    if (season.caps) {
      world.WriteTariff("fare_capping.txt",
                        "fare_cap_id,duration_unit,cap_amount,currency\nday,day,25.00,MXN\nweek,"
                        "week,60.00,MXN\n");
      world.Restart();
    }
    const std::shared_ptr<const Tariff> tariff = LoadTariff(world.config().tariff_dir).value();
    world.Send(
        EntitlementFact(Rider("rider 0"), "student", "2026-11-01", At("2026-11-01T00:00:00")));
    for (int day = 0; day < days; ++day) {
      const Date date = Date::Parse("2026-11-10").value() + day;
      world.Send(arriving[static_cast<std::size_t>(day)]);
      world.Send(CutOffFacts(date.ToText(), At((date + 1).ToText() + "T03:00:00")));
    }
    EXPECT_EQ(world.ChargeSums(), Expected(all, *tariff));
    const TapCounters counters = world.Counters();
    EXPECT_EQ(counters.held, 0);
    EXPECT_EQ(counters.rated + counters.ignored, static_cast<std::int64_t>(all.taps.size()));
    EXPECT_GT(world.State(Rider("rider 1")).closed.legs, 0) << "something left the window";
  }
}

}  // namespace
}  // namespace plaza::fare::testing_world
