// Legs that a pass covers (docs/fares-extension.md, "Passes").
#include <algorithm>

#include "services/fare/core/rating_state.h"
#include "services/fare/core/windows.h"

namespace plaza::fare {
namespace {

struct PassUse {
  Date day;
  std::int64_t in_day = 0;
  int year = 0;
  std::int64_t in_year = 0;
  std::int64_t total = 0;
};

const PassRow* RowFor(const RatingState& state, Sym product, const CoreLeg& leg) {
  for (const PassRow& row : state.VersionOf(leg.version).rules.passes) {
    if (row.product != product) continue;
    if (row.network != kNoSym && row.network != leg.network) continue;
    if (row.area_set != kNoSym && !state.InAreaSet(leg, row.area_set)) continue;
    if (row.timeframe != kNoSym &&
        !state.InTimeframe(leg.version, row.timeframe, leg.from_stop, leg.begin))
      continue;
    return &row;
  }
  return nullptr;
}

// A pass without `until` lives its product's duration from `from`.
ValidityBound EndOf(const RatingState& state, const HeldPass& pass, const PassRow& row,
                    const CoreLeg& leg) {
  if (!std::holds_alternative<std::monostate>(pass.until) || row.duration == 0) return pass.until;
  if (const Instant* from = std::get_if<Instant>(&pass.from)) {
    const Moment moment{*from, leg.begin.offset_seconds};
    return AddSpan(state, leg.version, leg.from_stop, moment, row.duration, row.unit);
  }
  if (const Date* from = std::get_if<Date>(&pass.from)) {
    if (row.unit == SpanUnit::kHour) {
      return DayBeginAt(state, leg.version, leg.from_stop, leg.begin, *from, -1) +
             Seconds(std::int64_t{3600} * row.duration);
    }
    return AddDays(*from, row.duration, row.unit) - 1;  // the last whole day
  }
  return {};
}

bool HasQuota(PassUse& use, const PassRow& row, const CoreLeg& leg) {
  const int year = leg.service_day.year();
  if (use.day != leg.service_day) use.day = leg.service_day, use.in_day = 0;
  if (use.year != year) use.year = year, use.in_year = 0;
  if (use.in_day >= row.quota_day || use.in_year >= row.quota_year || use.total >= row.quota_total)
    return false;
  ++use.in_day;
  ++use.in_year;
  ++use.total;
  return true;
}

}  // namespace

void CoverByPasses(RatingState& state) {
  if (state.input.passes.empty()) return;
  std::vector<PassUse> uses(state.input.passes.size());
  for (CoreLeg& leg : state.legs) {
    if (leg.extra_rider || leg.incomplete != Incomplete::kNo) continue;
    for (std::size_t i = 0; i < state.input.passes.size(); ++i) {
      const HeldPass& pass = state.input.passes[i];
      const Sym product = state.Of(pass.product_id);
      const PassRow* row = RowFor(state, product, leg);
      if (row == nullptr || !ValidAt(pass.from, EndOf(state, pass, *row, leg), leg)) continue;
      if (!HasQuota(uses[i], *row, leg)) continue;
      leg.pass = product;
      leg.pass_links = row->grants_transfers;
      break;
    }
  }
}

}  // namespace plaza::fare
