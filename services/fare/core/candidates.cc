#include "services/fare/core/candidates.h"

#include <algorithm>

namespace plaza::fare {
namespace {

bool Holds(std::span<const Sym> areas, Sym area) {
  return std::find(areas.begin(), areas.end(), area) != areas.end();
}

bool AnyListed(std::span<const Sym> areas, const std::unordered_set<Sym>& listed) {
  return std::any_of(areas.begin(), areas.end(), [&](Sym area) { return listed.contains(area); });
}

// GTFS, fare_leg_rules.txt: an empty field means "does not matter" where the column rule_priority
// exists, and else "everything that the column does not list anywhere".
bool AreaMatches(const Rules& rules, Sym wanted, std::span<const Sym> areas,
                 const std::unordered_set<Sym>& listed) {
  if (wanted != kNoSym) return Holds(areas, wanted);
  return rules.has_priority || !AnyListed(areas, listed);
}

bool NetworkMatches(const Rules& rules, Sym wanted, Sym network) {
  if (wanted != kNoSym) return wanted == network;
  return rules.has_priority || network == kNoSym || !rules.listed_networks.contains(network);
}

bool DistanceMatches(const LegRule& rule, std::int64_t distance) {
  if (rule.min_distance == kNoLimit && rule.max_distance == kNoLimit) return true;
  if (distance == kNoLimit) return false;
  return (rule.min_distance == kNoLimit || distance >= rule.min_distance) &&
         (rule.max_distance == kNoLimit || distance < rule.max_distance);
}

bool Matches(const RatingState& state, const CoreLeg& leg, const LegRule& rule) {
  const Rules& rules = state.VersionOf(leg.version).rules;
  if (!NetworkMatches(rules, rule.network, leg.network)) return false;
  if (!AreaMatches(rules, rule.from_area, leg.from_areas, rules.listed_from_areas)) return false;
  if (!AreaMatches(rules, rule.to_area, leg.to_areas, rules.listed_to_areas)) return false;
  if (!DistanceMatches(rule, leg.distance)) return false;
  if (rule.from_timeframe != kNoSym &&
      !state.InTimeframe(leg.version, rule.from_timeframe, leg.from_stop, leg.begin))
    return false;
  // A leg without an end arrives when and where it departs.
  const Sym end_stop = leg.has_end ? leg.to_stop : leg.from_stop;
  return rule.to_timeframe == kNoSym ||
         state.InTimeframe(leg.version, rule.to_timeframe, end_stop, leg.end);
}

bool MediaAllows(Sym row_media, Sym media) {
  return row_media == kNoSym || media == kNoSym || row_media == media;
}

// Marks the candidates of one situation: the rules of the highest priority among those allowed in
// it, and of their products those that transfers name only if there is no other.
void Mark(const Rules& rules, std::span<Candidate> candidates, bool Candidate::*mark,
          bool allow_transfer_only) {
  const auto allowed = [&](const Candidate& c) {
    return allow_transfer_only || !rules.leg_rules[static_cast<std::size_t>(c.rule)].transfer_only;
  };
  const auto of_transfer = [&](const Candidate& c) {
    return rules.transfer_products.contains(
        rules.leg_rules[static_cast<std::size_t>(c.rule)].product);
  };
  const bool other = std::any_of(candidates.begin(), candidates.end(),
                                 [&](const Candidate& c) { return allowed(c) && !of_transfer(c); });
  for (Candidate& c : candidates) c.*mark = allowed(c) && (!other || !of_transfer(c));
}

}  // namespace

std::vector<int> MatchingRulesByScan(const RatingState& state, const CoreLeg& leg) {
  const Rules& rules = state.VersionOf(leg.version).rules;
  std::vector<int> found;
  for (std::size_t i = 0; i < rules.leg_rules.size(); ++i) {
    if (Matches(state, leg, rules.leg_rules[i])) found.push_back(static_cast<int>(i));
  }
  return found;
}

std::vector<int> MatchingRules(const RatingState& state, const CoreLeg& leg) {
  const Rules& rules = state.VersionOf(leg.version).rules;
  std::vector<int> found;
  const auto look_up = [&](Sym network, Sym from, Sym to) {
    const auto bucket = rules.leg_index.find({network, from, to});
    if (bucket == rules.leg_index.end()) return;
    for (int index : bucket->second) {
      if (Matches(state, leg, rules.leg_rules[static_cast<std::size_t>(index)]))
        found.push_back(index);
    }
  };
  const auto each_to = [&](Sym network, Sym from) {
    look_up(network, from, kNoSym);
    for (Sym to : leg.to_areas) {
      if (rules.listed_to_areas.contains(to)) look_up(network, from, to);
    }
  };
  const auto each_from = [&](Sym network) {
    each_to(network, kNoSym);
    for (Sym from : leg.from_areas) {
      if (rules.listed_from_areas.contains(from)) each_to(network, from);
    }
  };
  each_from(kNoSym);
  if (leg.network != kNoSym) each_from(leg.network);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

void AddCandidates(const RatingState& state, const CoreLeg& leg, Sym category,
                   std::vector<Candidate>& out) {
  const Rules& rules = state.VersionOf(leg.version).rules;
  const std::vector<int> matching = MatchingRules(state, leg);
  if (matching.empty()) return;
  // Priorities are settled among rules, before it is asked which of their products this rider can
  // have.
  std::int64_t highest = -1, highest_alone = -1;
  for (int index : matching) {
    const LegRule& rule = rules.leg_rules[static_cast<std::size_t>(index)];
    highest = std::max(highest, rule.priority);
    if (!rule.transfer_only) highest_alone = std::max(highest_alone, rule.priority);
  }
  const std::size_t first = out.size();
  const auto add = [&](std::int64_t priority) {
    for (int index : matching) {
      const LegRule& rule = rules.leg_rules[static_cast<std::size_t>(index)];
      const auto rows = rules.product_rows.find(rule.product);
      if (rule.priority != priority || rows == rules.product_rows.end()) continue;
      if (rules.pass_products.contains(rule.product)) continue;  // never sold by a tap
      for (int row : rows->second) {
        const ProductRow& product = rules.products[static_cast<std::size_t>(row)];
        if (product.category != kNoSym && product.category != category) continue;
        if (!MediaAllows(product.media, leg.media)) continue;
        out.push_back(
            {index, row, leg.media != kNoSym ? leg.media : product.media, product.amount_minor});
      }
    }
  };
  add(highest);
  const std::span<Candidate> top(out.begin() + static_cast<std::ptrdiff_t>(first), out.end());
  Mark(rules, top, &Candidate::linked, /*allow_transfer_only=*/true);
  if (highest_alone == highest) {
    Mark(rules, top, &Candidate::alone, /*allow_transfer_only=*/false);
  } else if (highest_alone >= 0) {
    const std::size_t lower = out.size();
    add(highest_alone);
    const std::span<Candidate> below(out.begin() + static_cast<std::ptrdiff_t>(lower), out.end());
    Mark(rules, below, &Candidate::alone, /*allow_transfer_only=*/false);
  }
}

std::optional<PricedRow> LeastPrice(const Rules& rules, Sym product, Sym category, Sym media) {
  const auto rows = rules.product_rows.find(product);
  if (product == kNoSym || rows == rules.product_rows.end()) return std::nullopt;
  std::optional<PricedRow> least;
  for (int index : rows->second) {
    const ProductRow& row = rules.products[static_cast<std::size_t>(index)];
    if (row.category != kNoSym && row.category != category) continue;
    if (!MediaAllows(row.media, media)) continue;
    if (!least || row.amount_minor < least->price_minor) least = PricedRow{row.amount_minor, index};
  }
  return least;
}

}  // namespace plaza::fare
