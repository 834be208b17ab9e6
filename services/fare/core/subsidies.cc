// Who pays the rest: fare_subsidies.txt (docs/fares-extension.md, "Who pays the rest").
#include <algorithm>
#include <array>
#include <map>

#include "services/fare/core/candidates.h"
#include "services/fare/core/rating_state.h"

namespace plaza::fare {
namespace {

const SubsidyRow* RowFor(const Rules& rules, int type, const CoreLeg& leg) {
  for (const SubsidyRow& row : rules.subsidies) {
    if (row.type != type) continue;
    if (row.network != kNoSym && row.network != leg.network) continue;
    if (row.category != kNoSym && row.category != leg.category) continue;
    return &row;
  }
  return nullptr;
}

// G: the least price of the leg alone for the default category; F if there is none.
std::int64_t GeneralPrice(const RatingState& state, const CoreLeg& leg) {
  const Sym general = state.VersionOf(leg.version).rules.default_category;
  if (leg.category == general) return leg.least_alone_minor.value_or(leg.full_minor);
  std::vector<Candidate> candidates;
  AddCandidates(state, leg, general, candidates);
  std::optional<std::int64_t> least;
  for (const Candidate& candidate : candidates) {
    if (candidate.alone && (!least || candidate.price_minor < *least))
      least = candidate.price_minor;
  }
  return least.value_or(leg.full_minor);
}

void AddLeg(const RatingState& state, const CoreLeg& leg,
            std::map<std::string_view, std::int64_t>& paid) {
  const Rules& rules = state.VersionOf(leg.version).rules;
  const std::int64_t general = GeneralPrice(state, leg);
  const bool under_pass = leg.pass != kNoSym;  // F = P = C = G
  const std::int64_t full = under_pass ? general : leg.full_minor;
  const std::int64_t item = under_pass ? general : leg.item_minor;
  const std::int64_t charge = under_pass ? general : leg.charged_minor;
  const SubsidyRow* technical = RowFor(rules, 0, leg);
  const std::array<std::int64_t, 4> differences = {
      technical == nullptr ? 0 : technical->technical_minor - general, general - full, full - item,
      item - charge};
  for (int type = 0; type < 4; ++type) {
    const SubsidyRow* row = RowFor(rules, type, leg);
    if (row != nullptr) paid[state.Text(row->payer)] += differences[static_cast<std::size_t>(type)];
  }
}

}  // namespace

void Subsidise(RatingState& state) {
  std::map<std::string, std::int64_t> total;
  std::size_t at = 0;
  for (StatementJourney& journey : state.statement.journeys) {
    while (state.legs[at].id != journey.journey_id) ++at;
    std::size_t core = at;
    for (StatementLeg& line : journey.legs) {
      while (state.legs[core].id != line.leg_id) ++core;
      const CoreLeg& leg = state.legs[core];
      if (leg.unknown || leg.extra_rider || leg.incomplete != Incomplete::kNo) continue;
      if (state.VersionOf(leg.version).rules.subsidies.empty()) continue;
      std::map<std::string_view, std::int64_t> paid;
      AddLeg(state, leg, paid);
      for (const auto& [payer, amount] : paid) {
        if (amount == 0) continue;
        line.subsidies.push_back({std::string(payer), amount});
        total[std::string(payer)] += amount;
      }
    }
  }
  for (const auto& [payer, amount] : total) {
    if (amount != 0) state.statement.subsidies.push_back({payer, amount});
  }
}

}  // namespace plaza::fare
