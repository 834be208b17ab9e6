// The choice: one candidate for each leg and one row for each transfer, so that first the number of
// unknown legs and then the account's total is least (docs/fares-extension.md, "From legs to
// journeys"). Exact, by dynamic programming: partial choices that later legs cannot tell apart are
// merged, and the better one is kept.
#include <algorithm>
#include <tuple>

#include "services/fare/core/errors.h"
#include "services/fare/core/limits.h"
#include "services/fare/core/transfers.h"

namespace plaza::fare {
namespace {

// One leg's decision; the chain of parents is the whole partial choice.
struct Node {
  int parent = -1;
  int candidate = -1;  // -1: unknown, incomplete
  int transfer_row = -1;
  int journey_first = -1;
  std::int64_t cost_minor = 0;  // the journey's, after this leg
};

struct Partial {
  int unknown = 0;
  std::int64_t total_minor = 0;
  int node = -1;
  std::vector<Tail>
      tails;  // last legs of journeys that a transfer may still continue; the latest last
};

class Choice {
 public:
  explicit Choice(RatingState& state) : state_(state) {
    for (const TariffVersion& version : state.model.versions) {
      journey_clock_ = journey_clock_ || version.rules.has_journey_clock;
      journey_count_ = journey_count_ || version.rules.has_journey_count;
      negative_ = negative_ || version.rules.has_negative;
      gaps_ = gaps_ || version.rules.has_nonconsecutive;
    }
  }

  Result<void> Run() {
    partials_.push_back({});
    for (std::size_t i = 0; i < state_.legs.size(); ++i) {
      CoreLeg& leg = state_.legs[i];
      if (leg.extra_rider) {
        PriceExtraRider(leg);
        continue;
      }
      PLAZA_RETURN_IF_ERROR(Step(static_cast<int>(i)));
      previous_ = static_cast<int>(i);
    }
    const Partial* best = &partials_.front();
    for (const Partial& partial : partials_) {
      if (Better(partial, *best)) best = &partial;
    }
    Settle(best->node);
    return {};
  }

 private:
  void PriceExtraRider(CoreLeg& leg) {
    std::vector<Candidate> own;
    AddCandidates(state_, leg, leg.category, own);
    const Candidate* least = nullptr;
    for (const Candidate& candidate : own) {
      if (candidate.alone && (least == nullptr || candidate.price_minor < least->price_minor))
        least = &candidate;
    }
    leg.journey = static_cast<int>(&leg - state_.legs.data());
    if (least == nullptr) {
      MarkUnknown(leg);
      return;
    }
    TakeCandidate(leg, *least);
    leg.item_minor = std::max<std::int64_t>(0, least->price_minor);
  }

  void MarkUnknown(CoreLeg& leg) {
    leg.unknown = true;
    state_.Warn("UNKNOWN_FARE", leg.id);
  }

  void TakeCandidate(CoreLeg& leg, const Candidate& candidate) const {
    const Rules& rules = state_.VersionOf(leg.version).rules;
    const LegRule& rule = rules.leg_rules[static_cast<std::size_t>(candidate.rule)];
    leg.product = leg.pass != kNoSym ? leg.pass : rule.product;
    leg.group = rule.group;
    leg.rule_line = rule.line;
    leg.full_minor = candidate.price_minor;
  }

  Result<void> Step(int leg_index) {
    CoreLeg& leg = state_.legs[static_cast<std::size_t>(leg_index)];
    const std::size_t first = candidates_.size();
    if (leg.incomplete == Incomplete::kNo) AddCandidates(state_, leg, leg.category, candidates_);
    for (std::size_t c = first; c < candidates_.size(); ++c) {
      if (!candidates_[c].alone) continue;
      const std::int64_t price = candidates_[c].price_minor;
      leg.least_alone_minor = std::min(price, leg.least_alone_minor.value_or(price));
    }
    // A leg under a pass is linked like any, and costs nothing.
    if (leg.pass != kNoSym) {
      for (std::size_t c = first; c < candidates_.size(); ++c) candidates_[c].price_minor = 0;
    }
    next_.clear();
    for (const Partial& partial : partials_) {
      for (std::size_t c = first; c < candidates_.size(); ++c)
        Extend(partial, leg_index, static_cast<int>(c));
    }
    if (next_.empty()) {
      for (const Partial& partial : partials_) StandAlone(partial, leg_index);
    }
    if (next_.size() > kMaxChoiceStates) {
      return Error(kTooManyTaps, "more than " + std::to_string(kMaxChoiceStates) +
                                     " alternatives at leg " + std::string(leg.id));
    }
    partials_.swap(next_);
    return {};
  }

  // Tries the journeys that may go on, the latest first; the first that links has the leg.
  void Extend(const Partial& partial, int leg_index, int candidate_index) {
    const Candidate candidate = candidates_[static_cast<std::size_t>(candidate_index)];
    const bool leg_links = state_.legs[static_cast<std::size_t>(leg_index)].pass_links;
    for (std::size_t t = partial.tails.size(); t-- > 0;) {
      const Tail& tail = partial.tails[t];
      if (!leg_links || !state_.legs[static_cast<std::size_t>(tail.leg)].pass_links) continue;
      options_.clear();
      TransferOptions(state_, candidates_, tail, leg_index, candidate, tail.leg == previous_,
                      options_);
      if (options_.empty()) continue;
      if (!candidate.linked) return;  // a transfer that applies is never declined
      for (const TransferOption& option : options_)
        Link(partial, t, leg_index, candidate_index, option);
      return;
    }
    if (candidate.alone) Begin(partial, leg_index, candidate_index);
  }

  void Link(const Partial& partial, std::size_t tail_index, int leg_index, int candidate_index,
            const TransferOption& option) {
    const Tail& before = partial.tails[tail_index];
    const CoreLeg& leg = state_.legs[static_cast<std::size_t>(leg_index)];
    const TransferRule& rule =
        state_.VersionOf(leg.version).rules.transfers[static_cast<std::size_t>(option.row)];
    const std::int64_t single = candidates_[static_cast<std::size_t>(candidate_index)].price_minor;
    Tail tail = before;
    // 0: S + BC; 1: S + BC + C; 2: S + BC, but AB alone for the journey's first transfer.
    tail.cost_minor = (rule.type == 2 && before.journey_transfers == 0 ? 0 : before.cost_minor) +
                      option.price_minor + (rule.type == 1 ? single : 0);
    if (leg.pass != kNoSym) tail.cost_minor = before.cost_minor;
    const bool same_run =
        before.run_count > 0 && before.run_from == rule.from && before.run_to == rule.to;
    tail.run_first = same_run ? before.run_first : before.leg;
    tail.run_count = same_run ? before.run_count + 1 : 1;
    tail.run_from = rule.from;
    tail.run_to = rule.to;
    tail.leg = leg_index;
    tail.candidate = candidate_index;
    ++tail.journey_transfers;

    Partial extended = partial;
    extended.total_minor +=
        std::max<std::int64_t>(0, tail.cost_minor) - std::max<std::int64_t>(0, before.cost_minor);
    extended.tails.erase(extended.tails.begin() + static_cast<std::ptrdiff_t>(tail_index));
    Push(std::move(extended), tail, option.row);
  }

  void Begin(const Partial& partial, int leg_index, int candidate_index) {
    Tail tail;
    tail.leg = leg_index;
    tail.candidate = candidate_index;
    tail.journey_first = leg_index;
    tail.cost_minor = candidates_[static_cast<std::size_t>(candidate_index)].price_minor;
    Partial extended = partial;
    extended.total_minor += std::max<std::int64_t>(0, tail.cost_minor);
    Push(std::move(extended), tail, -1);
  }

  void Push(Partial extended, const Tail& tail, int transfer_row) {
    nodes_.push_back(
        {extended.node, tail.candidate, transfer_row, tail.journey_first, tail.cost_minor});
    extended.node = static_cast<int>(nodes_.size()) - 1;
    if (!gaps_) extended.tails.clear();
    DropDeadTails(extended.tails, tail.leg);
    extended.tails.push_back(tail);
    Keep(std::move(extended));
  }

  // Journeys that no row with a gap can continue any more need not be told apart.
  void DropDeadTails(std::vector<Tail>& tails, int leg_index) const {
    const CoreLeg& leg = state_.legs[static_cast<std::size_t>(leg_index)];
    std::erase_if(tails, [&](const Tail& tail) {
      const CoreLeg& last = state_.legs[static_cast<std::size_t>(tail.leg)];
      for (const TariffVersion& version : state_.model.versions) {
        const Rules& rules = version.rules;
        const bool limited = (leg.begin.instant - last.end.instant).ms <= rules.nonconsecutive_ms;
        if (limited || (rules.nonconsecutive_unlimited && last.service_day == leg.service_day))
          return false;
      }
      return true;
    });
  }

  // An unknown fare or an incomplete journey stands alone and cuts the chain.
  void StandAlone(const Partial& partial, int leg_index) {
    const CoreLeg& leg = state_.legs[static_cast<std::size_t>(leg_index)];
    Partial extended = partial;
    extended.tails.clear();
    if (leg.incomplete == Incomplete::kNo) ++extended.unknown;
    nodes_.push_back({extended.node, -1, -1, leg_index, 0});
    extended.node = static_cast<int>(nodes_.size()) - 1;
    Keep(std::move(extended));
  }

  bool SameFuture(const Tail& a, const Tail& b) const {
    if (std::tie(a.leg, a.candidate, a.run_from, a.run_to, a.run_count, a.run_first) !=
        std::tie(b.leg, b.candidate, b.run_from, b.run_to, b.run_count, b.run_first)) {
      return false;
    }
    if ((a.journey_transfers == 0) != (b.journey_transfers == 0)) return false;
    if (journey_count_ && a.journey_transfers != b.journey_transfers) return false;
    if (journey_clock_ && a.journey_first != b.journey_first) return false;
    return !negative_ || a.cost_minor == b.cost_minor;
  }

  void Keep(Partial partial) {
    for (Partial& other : next_) {
      const bool alike = std::equal(partial.tails.begin(), partial.tails.end(), other.tails.begin(),
                                    other.tails.end(),
                                    [&](const Tail& a, const Tail& b) { return SameFuture(a, b); });
      if (!alike) continue;
      if (Better(partial, other)) other = std::move(partial);
      return;
    }
    if (next_.size() <= kMaxChoiceStates) next_.push_back(std::move(partial));
  }

  bool Better(const Partial& a, const Partial& b) const {
    if (a.unknown != b.unknown) return a.unknown < b.unknown;
    if (a.total_minor != b.total_minor) return a.total_minor < b.total_minor;
    return a.node != b.node && Lines(a.node) < Lines(b.node);
  }

  // The tie: lists of leg-rule lines, then of product lines, then of transfer-rule lines, in leg
  // order.
  using TieLines = std::tuple<std::vector<int>, std::vector<int>, std::vector<int>>;
  TieLines Lines(int node_index) const {
    std::vector<int> rule_lines, product_lines, transfer_lines;
    std::vector<int> path = Path(node_index);
    std::size_t at = 0;
    for (std::size_t i = 0; i < state_.legs.size() && at < path.size(); ++i) {
      const CoreLeg& leg = state_.legs[i];
      if (leg.extra_rider) continue;
      const Node& node = nodes_[static_cast<std::size_t>(path[at++])];
      const Rules& rules = state_.VersionOf(leg.version).rules;
      const Candidate* candidate =
          node.candidate < 0 ? nullptr : &candidates_[static_cast<std::size_t>(node.candidate)];
      rule_lines.push_back(candidate == nullptr
                               ? 0
                               : rules.leg_rules[static_cast<std::size_t>(candidate->rule)].line);
      product_lines.push_back(
          candidate == nullptr
              ? 0
              : rules.products[static_cast<std::size_t>(candidate->product_row)].line);
      transfer_lines.push_back(
          node.transfer_row < 0
              ? 0
              : rules.transfers[static_cast<std::size_t>(node.transfer_row)].line);
    }
    return {std::move(rule_lines), std::move(product_lines), std::move(transfer_lines)};
  }

  // Nodes from the first leg to this one.
  std::vector<int> Path(int node_index) const {
    std::vector<int> path;
    for (int at = node_index; at >= 0; at = nodes_[static_cast<std::size_t>(at)].parent)
      path.push_back(at);
    std::reverse(path.begin(), path.end());
    return path;
  }

  void Settle(int node_index) {
    const std::vector<int> path = Path(node_index);
    std::size_t at = 0;
    for (std::size_t i = 0; i < state_.legs.size(); ++i) {
      CoreLeg& leg = state_.legs[i];
      if (leg.extra_rider) continue;
      const Node& node = nodes_[static_cast<std::size_t>(path[at++])];
      leg.journey = node.journey_first;
      if (leg.incomplete != Incomplete::kNo) {
        PriceIncomplete(leg);
        continue;
      }
      if (node.candidate < 0) {
        MarkUnknown(leg);
        continue;
      }
      TakeCandidate(leg, candidates_[static_cast<std::size_t>(node.candidate)]);
      if (node.transfer_row >= 0) {
        leg.transfer_line = state_.VersionOf(leg.version)
                                .rules.transfers[static_cast<std::size_t>(node.transfer_row)]
                                .line;
      }
      SetItem(static_cast<int>(i), node.cost_minor);
    }
  }

  void PriceIncomplete(CoreLeg& leg) {
    if (leg.incomplete == Incomplete::kOpen) return;  // charged nothing for now
    const auto price = LeastPrice(state_.VersionOf(leg.version).rules, leg.incomplete_product,
                                  leg.category, leg.media);
    if (!price) {
      MarkUnknown(leg);
      return;
    }
    leg.product = leg.incomplete_product;
    leg.rule_line = leg.incomplete_line;
    leg.full_minor = price->price_minor;
    leg.item_minor = std::max<std::int64_t>(0, price->price_minor);
  }

  // P(k) = S(k) - S(k-1), S taken as 0 where it is below; a negative P is taken off the items
  // before, the latest first.
  void SetItem(int leg_index, std::int64_t cost_minor) {
    CoreLeg& leg = state_.legs[static_cast<std::size_t>(leg_index)];
    std::int64_t before = 0;
    for (int i = leg.journey; i < leg_index; ++i) {
      const CoreLeg& earlier = state_.legs[static_cast<std::size_t>(i)];
      if (earlier.journey == leg.journey) before += earlier.item_minor;
    }
    if (cost_minor < 0) WarnClamped(state_.legs[static_cast<std::size_t>(leg.journey)].id);
    std::int64_t item = std::max<std::int64_t>(0, cost_minor) - before;
    for (int i = leg_index - 1; i >= leg.journey && item < 0; --i) {
      CoreLeg& earlier = state_.legs[static_cast<std::size_t>(i)];
      if (earlier.journey != leg.journey) continue;
      const std::int64_t taken = std::min(earlier.item_minor, -item);
      earlier.item_minor -= taken;
      item += taken;
    }
    leg.item_minor = item;
  }

  void WarnClamped(std::string_view journey_id) {
    const StatementWarning warning{"NEGATIVE_CLAMPED", std::string(journey_id)};
    auto& warnings = state_.statement.warnings;
    if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end())
      warnings.push_back(warning);
  }

  RatingState& state_;
  std::vector<Candidate> candidates_;  // of all legs
  std::vector<Node> nodes_;
  std::vector<Partial> partials_, next_;
  std::vector<TransferOption> options_;
  int previous_ = -1;  // the leg right before, extra riders apart
  bool journey_clock_ = false, journey_count_ = false, negative_ = false, gaps_ = false;
};

}  // namespace

Result<void> PriceJourneys(RatingState& state) { return Choice(state).Run(); }

}  // namespace plaza::fare
