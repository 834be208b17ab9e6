// What must hold for any taps (docs/fares-extension.md): order and repeats do not matter, an
// adjustment is a difference, shares sum to the charge, the index finds what trying every rule
// finds, and the choice is the least by brute force.
#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "services/fare/core/candidates.h"
#include "services/fare/core/transfers.h"
#include "tests/unit/services/fare/core/support.h"

namespace plaza::fare::testing {
namespace {

TariffFiles City(bool priority, bool nonconsecutive) {
  const std::string priority_column = priority ? ",rule_priority" : "";
  const auto rule = [&](const std::string& row, int level) {
    return row + (priority ? "," + std::to_string(level) : "") + "\n";
  };
  return {
      {"agency.txt", "agency_id,agency_timezone\nop,America/Mexico_City\n"},
      {"rider_categories.txt", "rider_category_id,is_default_fare_category\ngeneral,1\nkid,0\n"},
      {"stops.txt", "stop_id,parent_station\nS,\nS1,S\nS2,S\nT,\nU,\n"},
      {"stop_areas.txt", "area_id,stop_id\nin,S\nin,T\nout,T\nout,U\n"},
      {"fare_products.txt",
       "fare_product_id,rider_category_id,fare_media_id,amount,currency\n"
       "p,general,,3.00,MXN\np,kid,,1.50,MXN\nq,,emv,2.00,MXN\nq,,card,1.75,MXN\nt,,,0.50,"
       "MXN\nback,,,-6.00,MXN\nmax,,,6.00,MXN\n"},
      {"fare_leg_rules.txt", "leg_group_id,network_id,from_area_id,to_area_id,fare_product_id" +
                                 priority_column + "\n" + rule("A,rail,in,,p", 1) +
                                 rule("A,rail,out,in,q", 1) + rule("B,bus,,,q", 0) +
                                 rule("C,bus,out,,p", 2) + rule("B,,,in,p", 1) + rule("A,,,,q", 0)},
      {"fare_transfer_rules.txt",
       std::string("from_leg_group_id,to_leg_group_id,transfer_count,duration_limit,duration_limit_"
                   "type,fare_transfer_type,fare_product_id") +
           ",nonconsecutive_transfers_allowed\n" + "A,B,,5400,1,0,t," +
           (nonconsecutive ? "1" : "") + "\nB,B,2,7200,1,0,,\nB,A,,3600,1,1,back,\nC,,,,,2,p,\n"},
      {"fare_journey_rules.txt",
       "network_id,validation,max_journey_time,same_station_grace,incomplete_fare_product_id,"
       "autocomplete,pass_back_interval,pass_back_policy\n"
       "rail,1,5400,120,max,1,60,0\nbus,0,,,,,300,1\n"},
      {"fare_concessions.txt", "kind,rider_category_id,quota_day,quota_year\nschool,kid,2,5\n"},
      {"fare_subsidies.txt",
       "payer,subsidy_type,technical_amount,currency\nstate,0,4.00,MXN\nschool,1,,\n"}};
}

rc::Gen<Tap> AnyTap() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::inRange(0, 8 * 3600), rc::gen::inRange(0, 3), rc::gen::inRange(0, 5),
                     rc::gen::inRange(0, 2), rc::gen::inRange(0, 4)),
      [](const std::tuple<int, int, int, int, int>& draw) {
        const auto& [second, action, stop, network, flavour] = draw;
        static const char* const kStops[] = {"S1", "S2", "T", "U", "nowhere"};
        Tap tap;
        tap.time = {Today("06:00").instant + Seconds(second / 30 * 30), -21'600};
        tap.action = static_cast<TapAction>(action);
        tap.stop_id = kStops[stop];
        tap.network_id = network == 0 ? "rail" : "bus";
        tap.fare_media_id = flavour == 3 ? "card" : "emv";
        tap.operator_id = flavour % 2 == 0 ? "op" : "other";
        return tap;
      });
}

AccountInput AnyInput() {
  AccountInput input;
  input.account = "a";
  input.taps = *rc::gen::resize(12, rc::gen::container<std::vector<Tap>>(AnyTap()));
  for (std::size_t i = 0; i < input.taps.size(); ++i)
    input.taps[i].tap_id = "t" + std::to_string(i);
  if (*rc::gen::inRange(0, 2) == 1) input.entitlements.push_back({"school", {}, {}, 0, 0});
  return input;
}

std::shared_ptr<const Tariff> AnyTariff() {
  static const std::vector<std::shared_ptr<const Tariff>> tariffs = {
      MustCompile(City(false, false)), MustCompile(City(true, false)),
      MustCompile(City(true, true))};
  return *rc::gen::elementOf(tariffs);
}

std::string Describe(const Statement& statement) {
  std::string text = std::to_string(statement.total_minor);
  for (const auto& journey : statement.journeys) {
    text += "\n" + journey.journey_id + " " + std::string(IncompleteName(journey.incomplete));
    for (const auto& leg : journey.legs) {
      text += "\n  " + leg.leg_id + "-" + leg.end_tap_id + " " + leg.product_id + " " +
              std::to_string(leg.charged_minor) + " " +
              std::to_string(leg.rule ? leg.rule->line : 0) + " " +
              std::to_string(leg.transfer_rule ? leg.transfer_rule->line : 0) + " " +
              leg.rider_category_id;
      for (const auto& share : leg.shares)
        text += " " + share.operator_id + std::to_string(share.amount_minor);
    }
  }
  for (const auto& share : statement.shares)
    text += "\n" + share.operator_id + " " + std::to_string(share.amount_minor);
  for (const auto& warning : statement.warnings) text += "\n" + warning.code + " " + warning.where;
  return text;
}

std::map<std::string, std::int64_t> ByLeg(const Statement& statement) {
  std::map<std::string, std::int64_t> charges;
  for (const auto& journey : statement.journeys) {
    for (const auto& leg : journey.legs) charges[leg.leg_id] = leg.charged_minor;
  }
  return charges;
}

RC_GTEST_PROP(RatingProperty, OrderAndRepeatsDoNotMatter, ()) {
  const auto tariff = AnyTariff();
  const AccountInput input = AnyInput();
  AccountInput shuffled = input;
  if (!input.taps.empty()) shuffled.taps.push_back(*rc::gen::elementOf(input.taps));
  std::mt19937 random(*rc::gen::arbitrary<std::uint32_t>());
  std::shuffle(shuffled.taps.begin(), shuffled.taps.end(), random);
  RC_ASSERT(Describe(MustRate(*tariff, input)) == Describe(MustRate(*tariff, shuffled)));
}

RC_GTEST_PROP(RatingProperty, SharesAndJourneysSumToTheCharge, ()) {
  const Statement statement = MustRate(*AnyTariff(), AnyInput());
  std::int64_t journeys = 0;
  std::map<std::string, std::int64_t> by_operator;
  for (const auto& journey : statement.journeys) {
    std::int64_t legs = 0;
    for (const auto& leg : journey.legs) {
      RC_ASSERT(leg.charged_minor >= 0);
      RC_ASSERT(Sum(leg.shares) == leg.charged_minor);
      legs += leg.charged_minor;
      for (const auto& share : leg.shares) by_operator[share.operator_id] += share.amount_minor;
    }
    RC_ASSERT(legs == journey.charged_minor);
    journeys += legs;
  }
  RC_ASSERT(journeys == statement.total_minor);
  RC_ASSERT(Sum(statement.shares) == statement.total_minor);
  for (const auto& share : statement.share_adjustments)
    by_operator[share.operator_id] += share.amount_minor;
  for (const auto& share : statement.shares) by_operator[share.operator_id] -= share.amount_minor;
  for (const auto& [id, left] : by_operator) RC_ASSERT(left == 0);
}

// What fare's service sends is the sum of differences, tap by tap; in the end it is what one rating
// of all says.
RC_GTEST_PROP(RatingProperty, AdjustmentsAddUpToOneRating, ()) {
  const auto tariff = AnyTariff();
  const AccountInput input = AnyInput();
  AccountInput sofar = input;
  sofar.taps.clear();
  std::map<std::string, std::int64_t> sent, before;
  for (const Tap& tap : input.taps) {
    sofar.taps.push_back(tap);
    const auto now = ByLeg(MustRate(*tariff, sofar));
    for (const auto& [leg, charge] : before) sent[leg] -= charge;
    for (const auto& [leg, charge] : now) sent[leg] += charge;
    before = now;
  }
  std::erase_if(sent, [](const auto& entry) { return entry.second == 0; });
  auto whole = ByLeg(MustRate(*tariff, input));
  std::erase_if(whole, [](const auto& entry) { return entry.second == 0; });
  RC_ASSERT(sent == whole);
}

RC_GTEST_PROP(RatingProperty, TheIndexFindsWhatTryingEveryRuleFinds, ()) {
  const auto tariff = AnyTariff();
  AccountInput input;
  Statement statement;
  RatingState state(tariff->model(), input, std::nullopt, statement);
  static const char* const kAreas[] = {"in", "out", "elsewhere"};
  static const char* const kNetworks[] = {"rail", "bus", "tram", ""};
  CoreLeg leg;
  leg.version = 0;
  leg.network = state.Of(kNetworks[*rc::gen::inRange(0, 4)]);
  std::vector<Sym> from, to;
  for (const char* area : kAreas) {
    if (*rc::gen::inRange(0, 2) == 1) from.push_back(state.Of(area));
    if (*rc::gen::inRange(0, 2) == 1) to.push_back(state.Of(area));
  }
  leg.from_areas = from;
  leg.to_areas = to;
  leg.begin = leg.end = Today("08:00");
  RC_ASSERT(MatchingRules(state, leg) == MatchingRulesByScan(state, leg));
}

// Every choice of candidates and transfer rows, one by one; nothing is merged, nothing left out.
class BruteForce {
 public:
  BruteForce(const RatingState& state, bool gaps) : state_(state), gaps_(gaps) {
    for (const CoreLeg& leg : state.legs) {
      first_.push_back(candidates_.size());
      if (!leg.extra_rider && leg.incomplete == Incomplete::kNo)
        AddCandidates(state, leg, leg.category, candidates_);
    }
    first_.push_back(candidates_.size());
  }

  std::pair<int, std::int64_t> Least() {
    Try(0, -1, {}, 0, 0);
    return best_;
  }

 private:
  void Try(std::size_t at, int previous, const std::vector<Tail>& tails, int unknown,
           std::int64_t total) {
    if (at == state_.legs.size()) {
      best_ = std::min(best_, {unknown, total});
      return;
    }
    const CoreLeg& leg = state_.legs[at];
    const int index = static_cast<int>(at);
    if (leg.extra_rider) {
      Try(at + 1, previous, tails, unknown, total);
      return;
    }
    if (first_[at] == first_[at + 1]) {
      Try(at + 1, index, {}, unknown + (leg.incomplete == Incomplete::kNo ? 1 : 0), total);
      return;
    }
    for (std::size_t c = first_[at]; c < first_[at + 1]; ++c) {
      if (!Link(at, index, previous, static_cast<int>(c), tails, unknown, total)) {
        std::vector<Tail> next = tails;
        Tail tail;
        tail.leg = index, tail.candidate = static_cast<int>(c), tail.journey_first = index,
        tail.cost_minor = candidates_[c].price_minor;
        if (candidates_[c].alone)
          Go(at, index, next, tail, unknown, total + std::max<std::int64_t>(0, tail.cost_minor));
      }
    }
  }

  bool Link(std::size_t at, int index, int previous, int c, const std::vector<Tail>& tails,
            int unknown, std::int64_t total) {
    const Candidate& candidate = candidates_[static_cast<std::size_t>(c)];
    for (std::size_t t = tails.size(); t-- > 0;) {
      std::vector<TransferOption> options;
      TransferOptions(state_, candidates_, tails[t], index, candidate, tails[t].leg == previous,
                      options);
      if (options.empty()) continue;
      for (const TransferOption& option : options) {
        const TransferRule& rule =
            state_.VersionOf(0).rules.transfers[static_cast<std::size_t>(option.row)];
        Tail tail = tails[t];
        const bool again =
            tail.run_count > 0 && tail.run_from == rule.from && tail.run_to == rule.to;
        const std::int64_t before = std::max<std::int64_t>(0, tail.cost_minor);
        if (rule.type == 2 && tail.journey_transfers == 0) tail.cost_minor = 0;
        tail.cost_minor += option.price_minor + (rule.type == 1 ? candidate.price_minor : 0);
        if (!again) tail.run_first = tail.leg, tail.run_count = 0;
        ++tail.run_count, ++tail.journey_transfers;
        tail.run_from = rule.from, tail.run_to = rule.to, tail.leg = index, tail.candidate = c;
        std::vector<Tail> next = tails;
        next.erase(next.begin() + static_cast<std::ptrdiff_t>(t));
        Go(at, index, next, tail, unknown,
           total - before + std::max<std::int64_t>(0, tail.cost_minor));
      }
      return true;
    }
    return false;
  }

  void Go(std::size_t at, int index, std::vector<Tail> tails, const Tail& tail, int unknown,
          std::int64_t total) {
    if (!gaps_) tails.clear();
    tails.push_back(tail);
    Try(at + 1, index, tails, unknown, total);
  }

  const RatingState& state_;
  const bool gaps_;
  std::vector<Candidate> candidates_;
  std::vector<std::size_t> first_;
  std::pair<int, std::int64_t> best_{INT32_MAX, 0};
};

RC_GTEST_PROP(RatingProperty, TheChoiceIsTheLeastOfAll, ()) {
  const auto tariff = AnyTariff();
  AccountInput input = AnyInput();
  if (input.taps.size() > 9) input.taps.resize(9);
  Statement scratch;
  RatingState state(tariff->model(), input, std::nullopt, scratch);
  RC_ASSERT(BuildLegs(state).ok());
  JoinLegs(state);
  SetCategories(state);
  const auto least =
      BruteForce(state, tariff->model().versions[0].rules.has_nonconsecutive).Least();

  const Statement statement = MustRate(*tariff, input);
  int unknown = 0;
  std::int64_t total = 0;
  for (const auto& journey : statement.journeys) {
    for (const auto& leg : journey.legs) {
      if (leg.extra_rider || journey.incomplete != Incomplete::kNo) continue;
      unknown += leg.unknown ? 1 : 0;
      total += leg.charged_minor;
    }
  }
  RC_ASSERT(std::pair(unknown, total) == least);
}

}  // namespace
}  // namespace plaza::fare::testing
