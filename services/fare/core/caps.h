// Inside capping: what a cap sees of a leg. Of the fare core alone, and of its tests.
#pragma once
#include <optional>
#include <vector>

#include "services/fare/core/windows.h"

namespace plaza::fare {

// Price that an item pays on top of a ticket that covers it (0 without an extension product);
// nothing: not covered.
std::optional<std::int64_t> Covers(const RatingState& state, const CoreLeg& leg, const Cap& cap);

// Whether caps see the leg at all: not under a pass, an unknown fare, an extra rider or an open
// journey.
bool IsItem(const CoreLeg& leg);

// One ticket of a best combination, and what each item that it covers then costs.
struct Ticket {
  Sym cap = kNoSym;
  int order = 0;  // of its cap in the file
  WindowKey window;
  std::int64_t price_minor = 0;
  std::vector<std::pair<int, std::int64_t>> items;  // (item, price on top)
};

struct Combination {
  std::int64_t cost_minor = 0;
  std::vector<int> tickets;  // indices, by (order, window)
};

// The least cost of items at `prices` over all sets of tickets, by exhaustive search with exact
// pruning; of equal costs the fewest tickets, then the first in file order. Tickets are in the
// order of (order, window). Nothing: over the bound of limits.h.
std::optional<Combination> LeastCombination(const std::vector<std::int64_t>& prices,
                                            const std::vector<Ticket>& tickets);

Result<void> BestCombination(RatingState& state,
                             std::vector<JourneySaving>& savings);          // caps_best.cc
void RunningCaps(RatingState& state, std::vector<JourneySaving>& savings);  // caps_running.cc

}  // namespace plaza::fare
