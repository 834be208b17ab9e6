// Best combination: a cap of policy 1 is a ticket for each of its windows, and the account pays
// what makes its total the least over all sets of tickets and single fares
// (docs/fares-extension.md, "Caps").
#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "services/fare/core/caps.h"
#include "services/fare/core/errors.h"
#include "services/fare/core/limits.h"

namespace plaza::fare {
namespace {

// Searches one problem: items with what they now cost, tickets that may still be bought. Taking a
// ticket lowers its items' costs; a ticket whose items cannot save more than its price is dropped,
// which is exact, since costs only go down and between equal totals fewer tickets win. What remains
// falls apart into components that share no item.
class Search {
 public:
  explicit Search(const std::vector<Ticket>& tickets) : tickets_(tickets) {}

  Combination Solve(std::vector<std::int64_t> costs, std::vector<int> open) {
    Combination whole;
    whole.cost_minor = std::accumulate(costs.begin(), costs.end(), std::int64_t{0});
    std::erase_if(open, [&](int t) {
      return Saving(t, costs) <= tickets_[static_cast<std::size_t>(t)].price_minor;
    });
    for (const std::vector<int>& component : Components(costs, open)) {
      const Combination part = SolveComponent(costs, component);
      whole.cost_minor += part.cost_minor;  // a difference: at most 0
      whole.tickets.insert(whole.tickets.end(), part.tickets.begin(), part.tickets.end());
    }
    std::sort(whole.tickets.begin(), whole.tickets.end());
    return whole;
  }

  bool exhausted() const { return steps_ > kMaxCombinationSteps; }

 private:
  std::int64_t Saving(int ticket, const std::vector<std::int64_t>& costs) const {
    std::int64_t saving = 0;
    for (const auto& [item, extra] : tickets_[static_cast<std::size_t>(ticket)].items) {
      saving += std::max<std::int64_t>(0, costs[static_cast<std::size_t>(item)] - extra);
    }
    return saving;
  }

  std::vector<std::vector<int>> Components(const std::vector<std::int64_t>& costs,
                                           const std::vector<int>& open) const {
    std::vector<std::vector<int>> components;
    std::map<int, int> component_of_item;
    std::vector<int> root(open.size());
    std::iota(root.begin(), root.end(), 0);
    const auto find = [&](int at) {
      while (root[static_cast<std::size_t>(at)] != at) at = root[static_cast<std::size_t>(at)];
      return at;
    };
    for (std::size_t i = 0; i < open.size(); ++i) {
      for (const auto& [item, extra] : tickets_[static_cast<std::size_t>(open[i])].items) {
        if (costs[static_cast<std::size_t>(item)] <= extra) continue;
        const auto [other, added] = component_of_item.emplace(item, static_cast<int>(i));
        if (!added) root[static_cast<std::size_t>(find(static_cast<int>(i)))] = find(other->second);
      }
    }
    std::map<int, std::size_t> place;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const auto [at, added] = place.emplace(find(static_cast<int>(i)), components.size());
      if (added) components.emplace_back();
      components[at->second].push_back(open[i]);
    }
    return components;
  }

  // With or without the ticket that saves most. Costs are relative to buying none of the component.
  Combination SolveComponent(const std::vector<std::int64_t>& costs,
                             const std::vector<int>& component) {
    if (++steps_ > kMaxCombinationSteps) return {};
    const auto widest = std::max_element(component.begin(), component.end(), [&](int a, int b) {
      return Saving(a, costs) < Saving(b, costs);
    });
    std::vector<int> rest(component.begin(), component.end());
    rest.erase(std::find(rest.begin(), rest.end(), *widest));
    const Ticket& ticket = tickets_[static_cast<std::size_t>(*widest)];
    const std::int64_t before = std::accumulate(costs.begin(), costs.end(), std::int64_t{0});

    std::vector<std::int64_t> lowered = costs;
    for (const auto& [item, extra] : ticket.items) {
      auto& cost = lowered[static_cast<std::size_t>(item)];
      cost = std::min(cost, extra);
    }
    Combination with = Solve(std::move(lowered), rest);
    with.cost_minor += ticket.price_minor - before;
    with.tickets.insert(std::upper_bound(with.tickets.begin(), with.tickets.end(), *widest),
                        *widest);
    Combination without = Solve(costs, rest);
    without.cost_minor -= before;
    return Better(with, without) ? with : without;
  }

  static bool Better(const Combination& a, const Combination& b) {
    if (a.cost_minor != b.cost_minor) return a.cost_minor < b.cost_minor;
    if (a.tickets.size() != b.tickets.size()) return a.tickets.size() < b.tickets.size();
    return a.tickets < b.tickets;
  }

  const std::vector<Ticket>& tickets_;
  std::size_t steps_ = 0;
};

class Best {
 public:
  Best(RatingState& state, std::vector<JourneySaving>& savings)
      : state_(state), savings_(savings) {}

  Result<void> Run() {
    std::int64_t before = 0;
    for (std::size_t i = 0; i < state_.legs.size(); ++i) {
      CoreLeg& leg = state_.legs[i];
      if (!IsItem(leg)) continue;
      AddItem(leg);
      const auto least = LeastCombination(prices_, tickets_);
      if (!least) {
        return Error(kTooManyTaps,
                     "the caps of leg " + std::string(leg.id) + " combine in too many ways");
      }
      const std::int64_t price = leg.charged_minor;
      leg.charged_minor = least->cost_minor - before;
      before = least->cost_minor;
      if (leg.charged_minor < price) Name(leg, *least, price - leg.charged_minor);
    }
    return {};
  }

 private:
  void AddItem(const CoreLeg& leg) {
    const int item = static_cast<int>(prices_.size());
    prices_.push_back(leg.charged_minor);
    const std::vector<Cap>& caps = state_.VersionOf(leg.version).rules.caps;
    for (std::size_t order = 0; order < caps.size(); ++order) {
      const Cap& cap = caps[order];
      if (!cap.best_combination) continue;
      const auto extra = Covers(state_, leg, cap);
      if (extra)
        TicketOf(cap, static_cast<int>(order), CalendarWindow(state_, leg, cap))
            .items.emplace_back(item, *extra);
    }
  }

  // A ticket costs what the version at its first covered item says.
  Ticket& TicketOf(const Cap& cap, int order, const WindowKey& window) {
    for (Ticket& ticket : tickets_) {
      if (ticket.cap == cap.id && ticket.window == window) return ticket;
    }
    const Ticket made{cap.id, order, window, cap.amount_minor, {}};
    const auto at = std::upper_bound(
        tickets_.begin(), tickets_.end(), made, [](const Ticket& a, const Ticket& b) {
          return std::tie(a.order, a.window, a.cap) < std::tie(b.order, b.window, b.cap);
        });
    return *tickets_.insert(at, made);
  }

  // The first of the least set's tickets that covers the item.
  void Name(const CoreLeg& leg, const Combination& least, std::int64_t saved) {
    const int item = static_cast<int>(prices_.size()) - 1;
    for (int t : least.tickets) {
      const Ticket& ticket = tickets_[static_cast<std::size_t>(t)];
      const bool covers = std::any_of(ticket.items.begin(), ticket.items.end(),
                                      [&](const auto& one) { return one.first == item; });
      if (!covers) continue;
      savings_.push_back({leg.journey, ticket.cap, saved});
      return;
    }
  }

  RatingState& state_;
  std::vector<JourneySaving>& savings_;
  std::vector<std::int64_t> prices_;
  std::vector<Ticket> tickets_;
};

}  // namespace

std::optional<Combination> LeastCombination(const std::vector<std::int64_t>& prices,
                                            const std::vector<Ticket>& tickets) {
  Search search(tickets);
  std::vector<int> open(tickets.size());
  std::iota(open.begin(), open.end(), 0);
  Combination least = search.Solve(prices, std::move(open));
  if (search.exhausted()) return std::nullopt;
  return least;
}

Result<void> BestCombination(RatingState& state, std::vector<JourneySaving>& savings) {
  return Best(state, savings).Run();
}

}  // namespace plaza::fare
