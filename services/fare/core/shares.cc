// Who earns a charge: fare_apportionment.txt (docs/fares-extension.md, "Who earns it").
#include <algorithm>
#include <map>
#include <numeric>

#include "libs/base/split.h"
#include "services/fare/core/rating_state.h"

namespace plaza::fare {
namespace {

using Weights =
    std::map<std::string_view, std::int64_t>;  // by operator id in byte order, which decides ties

// A joined leg's weight is divided equally among its parts: weights are counted in this many to the
// unit, so that up to seven parts divide without a rest (what then remains goes to the first part).
constexpr std::int64_t kPartScale = 420;

// The journey's row, and what its charges are pooled with.
struct Pool {
  int version = -1;
  int row = -1;  // index into Rules::apportionment; -1: by full price, journey by journey
  std::int64_t period = 0;  // the journey's first leg, a service day or a month
  std::int64_t total_minor = 0;
  std::vector<int> legs;  // indices into RatingState::legs, in order
};

std::vector<OperatorShare> Split(std::int64_t total_minor, const Weights& weights) {
  std::vector<OperatorShare> shares;
  if (total_minor == 0 || weights.empty()) return shares;
  if (weights.size() == 1) {
    shares.push_back({std::string(weights.begin()->first), total_minor});
    return shares;
  }
  std::vector<std::int64_t> numbers;
  for (const auto& [id, weight] : weights) numbers.push_back(weight);
  const std::vector<std::int64_t> parts = SplitByLargestRemainder(total_minor, numbers);
  std::size_t at = 0;
  for (const auto& [id, weight] : weights) {
    if (parts[at] != 0) shares.push_back({std::string(id), parts[at]});
    ++at;
  }
  return shares;
}

class ShareWork {
 public:
  explicit ShareWork(RatingState& state) : state_(state) {}

  void Run() {
    std::map<std::string, std::int64_t> of_legs, of_pools;
    std::vector<Pool> pools;
    for (StatementJourney& journey : state_.statement.journeys)
      PoolJourney(journey, pools, of_legs);
    for (const Pool& pool : pools) {
      for (OperatorShare& share : Split(pool.total_minor, PoolWeights(pool)))
        of_pools[share.operator_id] += share.amount_minor;
    }
    for (const auto& [id, amount] : of_pools) {
      if (amount != 0) state_.statement.shares.push_back({id, amount});
      of_legs[id] -= amount;
    }
    for (const auto& [id, excess] : of_legs) {
      if (excess != 0) state_.statement.share_adjustments.push_back({id, -excess});
    }
  }

 private:
  void PoolJourney(StatementJourney& journey, std::vector<Pool>& pools,
                   std::map<std::string, std::int64_t>& of_legs) {
    std::vector<int> members;
    const std::size_t count = journey.legs.size();
    const std::size_t first = FindCoreLeg(journey.legs.front().leg_id);
    for (std::size_t i = first; i < state_.legs.size() && members.size() < count; ++i) {
      if (state_.legs[i].journey == static_cast<int>(first)) members.push_back(static_cast<int>(i));
    }
    const int row = RowFor(members);
    Pool& pool = PoolFor(static_cast<int>(first), row, pools);
    for (std::size_t i = 0; i < members.size(); ++i) {
      const CoreLeg& leg = state_.legs[static_cast<std::size_t>(members[i])];
      pool.total_minor += leg.charged_minor;
      if (!leg.unknown && leg.incomplete != Incomplete::kOpen) pool.legs.push_back(members[i]);
      StatementLeg& line = journey.legs[i];
      line.shares = Split(leg.charged_minor, LegWeights(leg, pool));
      for (const OperatorShare& share : line.shares)
        of_legs[share.operator_id] += share.amount_minor;
    }
  }

  // Journeys stand in the order of their first legs, so the search goes on from the last one found.
  std::size_t FindCoreLeg(const std::string& id) {
    while (state_.legs[at_].id != id) ++at_;
    return at_;
  }

  bool HasNetwork(const CoreLeg& leg, Sym network) const {
    return leg.network == network || std::any_of(leg.parts.begin(), leg.parts.end(), [&](int part) {
             return state_.parts[static_cast<std::size_t>(part)].network == network;
           });
  }

  int RowFor(const std::vector<int>& members) const {
    const CoreLeg& first = state_.legs[static_cast<std::size_t>(members.front())];
    const auto& rows = state_.VersionOf(first.version).rules.apportionment;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const bool matches =
          rows[i].network == kNoSym || std::any_of(members.begin(), members.end(), [&](int leg) {
            return HasNetwork(state_.legs[static_cast<std::size_t>(leg)], rows[i].network);
          });
      if (matches) return static_cast<int>(i);
    }
    return -1;
  }

  Pool& PoolFor(int first, int row, std::vector<Pool>& pools) const {
    const CoreLeg& leg = state_.legs[static_cast<std::size_t>(first)];
    const int kind = row < 0 ? 0
                             : state_.VersionOf(leg.version)
                                   .rules.apportionment[static_cast<std::size_t>(row)]
                                   .period;
    std::int64_t period = first;
    if (kind == 1) period = leg.service_day.days_since_epoch;
    if (kind == 2) period = leg.service_day.year() * 12 + leg.service_day.month();
    if (kind != 0) {
      for (Pool& pool : pools) {
        if (pool.version == leg.version && pool.row == row && pool.period == period) return pool;
      }
    }
    pools.push_back({leg.version, row, period, 0, {}});
    return pools.back();
  }

  const ApportionmentRow* RowOf(const Pool& pool) const {
    return pool.row < 0 ? nullptr
                        : &state_.VersionOf(pool.version)
                               .rules.apportionment[static_cast<std::size_t>(pool.row)];
  }

  Weights Fixed(const ApportionmentRow& row) const {
    Weights weights;
    for (const auto& [id, share] : row.fixed) weights[id] = share;
    return weights;
  }

  // What a leg's own charge goes to.
  Weights LegWeights(const CoreLeg& leg, const Pool& pool) const {
    const ApportionmentRow* row = RowOf(pool);
    if (row != nullptr && row->basis == 3) return Fixed(*row);
    Weights weights;
    AddWeight(leg, 1, weights);
    return weights;
  }

  void AddWeight(const CoreLeg& leg, std::int64_t weight, Weights& weights) const {
    if (leg.parts.empty()) {
      weights[state_.Text(leg.operator_id)] += weight * kPartScale;
      return;
    }
    const auto count = static_cast<std::int64_t>(leg.parts.size());
    const std::int64_t each = weight * kPartScale / count;
    for (int part : leg.parts)
      weights[state_.Text(state_.parts[static_cast<std::size_t>(part)].operator_id)] += each;
    weights[state_.Text(leg.operator_id)] += weight * kPartScale - each * count;
  }

  void AddDistance(const CoreLeg& leg, Weights& weights) const {
    const auto add = [&](const CoreLeg& part) {
      weights[state_.Text(part.operator_id)] += part.distance == kNoLimit ? 0 : part.distance;
    };
    if (leg.parts.empty()) add(leg);
    for (int part : leg.parts) add(state_.parts[static_cast<std::size_t>(part)]);
  }

  Weights PoolWeights(const Pool& pool) const {
    const ApportionmentRow* row = RowOf(pool);
    const int basis = row == nullptr ? 0 : row->basis;
    if (basis == 3) return Fixed(*row);
    Weights weights = ByBasis(pool, basis);
    const bool none =
        std::all_of(weights.begin(), weights.end(), [](const auto& w) { return w.second == 0; });
    return none ? ByBasis(pool, 1) : weights;
  }

  Weights ByBasis(const Pool& pool, int basis) const {
    Weights weights;
    for (int index : pool.legs) {
      const CoreLeg& leg = state_.legs[static_cast<std::size_t>(index)];
      if (basis == 2) {
        AddDistance(leg, weights);
        continue;
      }
      const bool first = index == pool.legs.front();
      // A product may have a price below zero; nobody's weight is.
      const std::int64_t weight = basis == 0 ? std::max<std::int64_t>(0, leg.full_minor)
                                  : (basis == 1 || first) ? 1
                                                          : 0;
      if (basis == 4 && !leg.parts.empty() && first) {
        weights[state_.Text(leg.operator_id)] += weight;
      } else {
        AddWeight(leg, weight, weights);
      }
    }
    return weights;
  }

  RatingState& state_;
  std::size_t at_ = 0;
};

}  // namespace

void ShareOut(RatingState& state) { ShareWork(state).Run(); }

}  // namespace plaza::fare
