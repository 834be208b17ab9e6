#include "services/fare/core/transfers.h"

#include <algorithm>

namespace plaza::fare {
namespace {

// One pair of legs under test.
struct Pair {
  const RatingState& state;
  const Rules& rules;
  const Tail& tail;
  const CoreLeg& from;
  const CoreLeg& to;
  const Candidate& from_candidate;
  const Candidate& to_candidate;
  Sym from_product, to_product;
};

bool InRun(const Pair& pair, const TransferRule& rule) {
  return pair.tail.run_count > 0 && pair.tail.run_from == rule.from && pair.tail.run_to == rule.to;
}

const CoreLeg& ClockLeg(const Pair& pair, const TransferRule& rule) {
  int leg = pair.tail.leg;
  if (rule.limit_from_journey) {
    leg = pair.tail.journey_first;
  } else if (rule.from == rule.to && InRun(pair, rule)) {
    leg = pair.tail.run_first;
  }
  return pair.state.legs[static_cast<std::size_t>(leg)];
}

bool InTime(const Pair& pair, const TransferRule& rule) {
  if (!rule.limit.given()) {
    return pair.from.service_day == pair.to.service_day &&
           (pair.to.begin.instant - pair.from.end.instant).ms <=
               pair.state.VersionOf(pair.to.version).max_transfer_gap_ms;
  }
  const CoreLeg& clock = ClockLeg(pair, rule);
  const Instant start = rule.limit.type <= 1 ? clock.begin.instant : clock.end.instant;
  const Instant end =
      rule.limit.type == 1 || rule.limit.type == 2 ? pair.to.begin.instant : pair.to.end.instant;
  return (end - start).ms <= rule.limit.ms;  // equal is kept
}

bool MediaFit(const Pair& pair, const TransferRule& rule) {
  const Sym a = pair.from_candidate.media, b = pair.to_candidate.media;
  return rule.any_media || a == kNoSym || b == kNoSym || a == b;
}

std::optional<TransferOption> Try(const Pair& pair, int index, bool next_to_each_other) {
  const TransferRule& rule = pair.rules.transfers[static_cast<std::size_t>(index)];
  if (!next_to_each_other && !rule.nonconsecutive) return std::nullopt;
  if (!MediaFit(pair, rule)) return std::nullopt;
  if (rule.filter_product != kNoSym &&
      (rule.filter_product != pair.from_product || rule.filter_product != pair.to_product)) {
    return std::nullopt;
  }
  if (rule.same_product && pair.from_product != pair.to_product) return std::nullopt;
  const int number_in_run = InRun(pair, rule) ? pair.tail.run_count + 1 : 1;
  if (rule.transfer_count < number_in_run) return std::nullopt;
  if (rule.journey_transfer_count < pair.tail.journey_transfers + 1) return std::nullopt;
  if (!InTime(pair, rule)) return std::nullopt;
  if (rule.product == kNoSym) return TransferOption{index, 0};
  const auto price =
      LeastPrice(pair.rules, rule.product, pair.to.category, pair.to_candidate.media);
  if (!price) return std::nullopt;
  return TransferOption{index, price->price_minor};
}

// Rows of exactly these groups; else rows whose blank stands for a group that its column does not
// list.
const std::vector<int>* RowsFor(const Rules& rules, Sym from, Sym to) {
  if (from == kNoSym || to == kNoSym) return nullptr;
  const auto exact = rules.transfer_index.find({from, to, kNoSym});
  if (exact != rules.transfer_index.end()) return &exact->second;
  const auto general =
      rules.transfer_index.find({rules.transfer_from.contains(from) ? from : kNoSym,
                                 rules.transfer_to.contains(to) ? to : kNoSym, kNoSym});
  return general == rules.transfer_index.end() ? nullptr : &general->second;
}

}  // namespace

void TransferOptions(const RatingState& state, const std::vector<Candidate>& candidates,
                     const Tail& tail, int leg, const Candidate& candidate, bool next_to_each_other,
                     std::vector<TransferOption>& out) {
  const CoreLeg& from = state.legs[static_cast<std::size_t>(tail.leg)];
  const CoreLeg& to = state.legs[static_cast<std::size_t>(leg)];
  if (from.category != to.category) return;
  const Rules& from_rules = state.VersionOf(from.version).rules;
  const Rules& rules = state.VersionOf(to.version).rules;
  const Candidate& from_candidate = candidates[static_cast<std::size_t>(tail.candidate)];
  const LegRule& from_rule = from_rules.leg_rules[static_cast<std::size_t>(from_candidate.rule)];
  const LegRule& to_rule = rules.leg_rules[static_cast<std::size_t>(candidate.rule)];
  const std::vector<int>* rows = RowsFor(rules, from_rule.group, to_rule.group);
  if (rows == nullptr) return;
  const Pair pair{
      state, rules, tail, from, to, from_candidate, candidate, from_rule.product, to_rule.product};
  const std::size_t first = out.size();
  std::int64_t least_count = kNoLimit;
  for (int index : *rows) {
    const auto option = Try(pair, index, next_to_each_other);
    if (!option) continue;
    out.push_back(*option);
    least_count =
        std::min(least_count, rules.transfers[static_cast<std::size_t>(index)].transfer_count);
  }
  // Of several counts the smallest that is still enough.
  out.erase(std::remove_if(
                out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                [&](const TransferOption& option) {
                  return rules.transfers[static_cast<std::size_t>(option.row)].transfer_count !=
                         least_count;
                }),
            out.end());
}

}  // namespace plaza::fare
