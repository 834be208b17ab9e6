// Caps over any journeys (docs/fares-extension.md, "Caps"): none is exceeded, best combination is
// the least of all sets of tickets, is never above a ladder of the same caps, and is the same where
// the caps nest.
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "services/fare/core/caps.h"
#include "tests/unit/services/fare/core/support.h"

namespace plaza::fare::testing {
namespace {

// Zones 1 to 3; a cap of zones 1 to n covers the legs within it.
std::shared_ptr<const Tariff> Zones123(const std::string& capping, const std::string& members) {
  return MustCompile({{"agency.txt", "agency_id,agency_timezone\nop,America/Mexico_City\n"},
                      {"fare_products.txt",
                       "fare_product_id,amount,currency\np1,2.00,MXN\np2,3.10,MXN\np3,5.20,MXN\n"},
                      {"fare_leg_rules.txt",
                       "leg_group_id,network_id,fare_product_id\n1,n1,p1\n2,n2,p2\n3,n3,p3\n"},
                      {"fare_capping.txt", capping},
                      {"fare_cap_members.txt", members}});
}

constexpr const char* kNested = "fare_cap_id,leg_group_id\nz1,1\nz2,1\nz2,2\nz3,1\nz3,2\nz3,3\n";
const std::string kAmounts[] = {"5.00", "7.50", "11.00"};

std::string Capping(bool best, bool ladder) {
  std::string text = "fare_cap_id,cap_ladder_id,duration_unit,cap_amount,currency,cap_policy\n";
  for (int i = 0; i < 3; ++i) {
    text += "z" + std::to_string(i + 1) + (ladder ? ",L," : ",,") + "day," + kAmounts[i] + ",MXN," +
            (best ? "1" : "0") + "\n";
  }
  return text;
}

std::vector<Tap> AnyTaps() {
  const auto draws =
      *rc::gen::resize(14, rc::gen::container<std::vector<std::pair<int, int>>>(rc::gen::pair(
                               rc::gen::inRange(0, 3 * 24 * 60), rc::gen::inRange(1, 4))));
  std::vector<Tap> taps;
  for (const auto& [minute, zone] : draws) {
    taps.push_back(Single("t" + std::to_string(taps.size()),
                          {Today("00:00").instant + Seconds(60 * minute), -21'600},
                          "n" + std::to_string(zone)));
  }
  return taps;
}

RC_GTEST_PROP(CapsProperty, NoRunningCapIsExceeded, ()) {
  static const auto tariff = Zones123(Capping(false, false), kNested);
  const Statement statement = RateTaps(*tariff, AnyTaps());
  std::map<std::pair<std::int32_t, int>, std::int64_t> spent;
  for (const auto& journey : statement.journeys) {
    for (const auto& leg : journey.legs) {
      const int zone = leg.network_id[1] - '0';
      for (int cap = zone; cap <= 3; ++cap)
        spent[{tariff->ServiceDayOf(leg.time.instant).days_since_epoch, cap}] += leg.charged_minor;
    }
  }
  const std::int64_t amounts[] = {500, 750, 1100};
  for (const auto& [key, sum] : spent) RC_ASSERT(sum <= amounts[key.second - 1]);
}

RC_GTEST_PROP(CapsProperty, NestedCapsGiveOneTotalAndALadderIsNeverCheaper, ()) {
  static const auto running = Zones123(Capping(false, false), kNested);
  static const auto best = Zones123(Capping(true, false), kNested);
  static const auto ladder = Zones123(Capping(false, true), kNested);
  const std::vector<Tap> taps = AnyTaps();
  const std::int64_t total = RateTaps(*best, taps).total_minor;
  RC_ASSERT(total == RateTaps(*running, taps).total_minor);
  RC_ASSERT(total <= RateTaps(*ladder, taps).total_minor);
}

RC_GTEST_PROP(CapsProperty, BestCombinationIsTheLeastOfAllSets, ()) {
  std::vector<std::int64_t> prices;
  for (int price :
       *rc::gen::resize(8, rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8))))
    prices.push_back(price);
  std::vector<Ticket> tickets(static_cast<std::size_t>(*rc::gen::inRange(0, 7)));
  for (std::size_t t = 0; t < tickets.size(); ++t) {
    tickets[t].order = static_cast<int>(t);
    tickets[t].price_minor = *rc::gen::inRange(0, 15);
    for (std::size_t item = 0; item < prices.size(); ++item) {
      const int extra = *rc::gen::inRange(-3, 3);
      if (extra >= 0) tickets[t].items.emplace_back(static_cast<int>(item), extra);
    }
  }
  std::optional<std::tuple<std::int64_t, std::size_t, std::vector<int>>> least;
  for (unsigned set = 0; set < (1u << tickets.size()); ++set) {
    std::vector<std::int64_t> costs = prices;
    std::vector<int> members;
    std::int64_t total = 0;
    for (std::size_t t = 0; t < tickets.size(); ++t) {
      if ((set >> t & 1u) == 0) continue;
      members.push_back(static_cast<int>(t));
      total += tickets[t].price_minor;
      for (const auto& [item, extra] : tickets[t].items)
        costs[static_cast<std::size_t>(item)] =
            std::min(costs[static_cast<std::size_t>(item)], extra);
    }
    for (std::int64_t cost : costs) total += cost;
    const auto entry = std::tuple(total, members.size(), members);
    if (!least || entry < *least) least = entry;
  }
  const auto found = LeastCombination(prices, tickets);
  RC_ASSERT(found.has_value());
  RC_ASSERT(std::tuple(found->cost_minor, found->tickets.size(), found->tickets) == *least);
}

}  // namespace
}  // namespace plaza::fare::testing
