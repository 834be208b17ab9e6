// Whose fare it is: the rider category of each leg, and the quotas of concessions
// (docs/fares-extension.md, "Concessions and quotas").
#include <algorithm>

#include "services/fare/core/rating_state.h"

namespace plaza::fare {
namespace {

// What a kind of concession has used, counted whatever the row.
struct Used {
  Sym kind = kNoSym;
  Date day;
  std::int64_t in_day = 0;
  int year = 0;
  std::int64_t in_year = 0;
  std::optional<Instant> last;  // leg that used one
};

class Quotas {
 public:
  Used& Of(const Entitlement& entitlement, Sym kind, const CoreLeg& leg, const CoreLeg& first_leg) {
    auto found = std::find_if(used_.begin(), used_.end(),
                              [&](const Used& used) { return used.kind == kind; });
    if (found == used_.end()) {
      Used start;
      start.kind = kind;
      start.day = first_leg.service_day;
      start.in_day = entitlement.quota_used_day;
      start.year = first_leg.service_day.year();
      start.in_year = entitlement.quota_used_year;
      used_.push_back(start);
      found = std::prev(used_.end());
    }
    // Legs come in order of time, so a day that has passed does not come back; zones apart, where
    // the count begins anew.
    if (found->day != leg.service_day) {
      found->day = leg.service_day;
      found->in_day = 0;
    }
    const int year = leg.service_day.year();
    if (found->year != year) {
      found->year = year;
      found->in_year = 0;
    }
    return *found;
  }

 private:
  std::vector<Used> used_;
};

const ConcessionRow* RowFor(const RatingState& state, Sym kind, const CoreLeg& leg) {
  const Rules& rules = state.VersionOf(leg.version).rules;
  for (const ConcessionRow& row : rules.concessions) {
    if (row.kind != kind) continue;
    if (row.network != kNoSym && row.network != leg.network) continue;
    if (row.service != kNoSym) {
      const auto service = rules.services.find(row.service);
      if (service == rules.services.end() || !service->second.Runs(leg.service_day)) continue;
    }
    return &row;
  }
  return nullptr;
}

bool Takes(const ConcessionRow& row, const CoreLeg& leg, Used& used) {
  if (row.window_ms >= 0 && used.last && (leg.begin.instant - *used.last).ms <= row.window_ms)
    return true;
  if (used.in_day >= row.quota_day || used.in_year >= row.quota_year) return false;
  ++used.in_day;
  ++used.in_year;
  used.last = leg.begin.instant;
  return true;
}

Sym CategoryOf(RatingState& state, CoreLeg& leg, const CoreLeg& first_leg, Quotas& quotas) {
  const ConcessionRow* used_up = nullptr;
  for (const Entitlement& entitlement : state.input.entitlements) {
    const Sym kind = state.Of(entitlement.kind);
    if (!ValidAt(entitlement.from, entitlement.until, leg)) continue;
    const ConcessionRow* row = RowFor(state, kind, leg);
    if (row == nullptr) continue;
    if (Takes(*row, leg, quotas.Of(entitlement, kind, leg, first_leg))) return row->category;
    if (used_up == nullptr) used_up = row;
  }
  if (used_up != nullptr) {
    state.Warn("QUOTA_USED_UP", leg.id);
    return used_up->past_quota;
  }
  const Sym own = state.Of(state.input.rider_category_id);
  return own != kNoSym ? own : state.VersionOf(leg.version).rules.default_category;
}

}  // namespace

void SetCategories(RatingState& state) {
  Quotas quotas;
  for (CoreLeg& leg : state.legs) {
    if (leg.extra_rider) {
      leg.category = state.VersionOf(leg.version).rules.default_category;
    } else if (leg.own_category != kNoSym) {
      leg.category = leg.own_category;
    } else {
      leg.category = CategoryOf(state, leg, state.legs.front(), quotas);
    }
  }
}

}  // namespace plaza::fare
