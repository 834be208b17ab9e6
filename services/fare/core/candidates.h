// What a leg may cost: the leg rules that match, and their products' prices. Of the fare core
// alone, and of its tests.
#pragma once
#include <vector>

#include "services/fare/core/rating_state.h"

namespace plaza::fare {

struct Candidate {
  int rule = -1;         // index into Rules::leg_rules
  int product_row = -1;  // index into Rules::products
  Sym media = kNoSym;    // the leg's, else the product row's
  std::int64_t price_minor = 0;
  bool alone = false;   // where the leg begins a journey
  bool linked = false;  // where it is linked by a transfer
};

// Indices of the rules that match, in file order, whatever their priority: by index, and by trying
// every rule. They are equal for any leg; the second is what tests compare with.
std::vector<int> MatchingRules(const RatingState& state, const CoreLeg& leg);
std::vector<int> MatchingRulesByScan(const RatingState& state, const CoreLeg& leg);

// Appends the leg's candidates for a rider category, in file order of (rule, product row).
void AddCandidates(const RatingState& state, const CoreLeg& leg, Sym category,
                   std::vector<Candidate>& out);

// Least price of a product for a category and a medium (kNoSym: any); nothing without a row.
struct PricedRow {
  std::int64_t price_minor = 0;
  int row = -1;
};
std::optional<PricedRow> LeastPrice(const Rules& rules, Sym product, Sym category, Sym media);

}  // namespace plaza::fare
