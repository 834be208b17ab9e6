#include "services/fare/app/fold.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "services/fare/errors.h"
#include "services/fare/limits.h"

namespace plaza::fare {
namespace {

constexpr Duration kDay = Seconds(86'400);

Duration Days(int n) { return Duration{kDay.ms * n}; }

// Ids of the taps that a leg is made of: of its begin, its end, its joined parts.
void AddTapIds(const StatementLeg& leg, std::vector<std::string_view>& out) {
  out.push_back(leg.leg_id);
  if (!leg.end_tap_id.empty()) out.push_back(leg.end_tap_id);
  for (const std::string& part : leg.joined) out.push_back(part);
}

// Adds a closed leg's last state to the sums.
void AddClosed(ClosedSum& closed, const ChargedLeg& leg) {
  closed.legs += 1;
  closed.charged_minor += leg.charged_minor;
  closed.currency = leg.currency;
  for (const OperatorShare& share : leg.shares)
    closed.shares[share.operator_id] += share.amount_minor;
  for (const PayerSubsidy& part : leg.subsidies) closed.subsidies[part.payer] += part.amount_minor;
}

// The taps of journeys that lie wholly in the past, and ignored taps of the past.
struct Leaving {
  std::set<std::string, std::less<>> tap_ids;
  std::int64_t rated = 0;
  std::int64_t ignored = 0;
};

Leaving WhatLeaves(const Account& account, const Statement& statement,
                   const std::function<bool(const WindowTap&)>& is_old) {
  std::set<std::string_view> old;
  for (const WindowTap& tap : account.taps) {
    if (is_old(tap)) old.insert(tap.tap_id.value());
  }
  Leaving leaving;
  for (const StatementJourney& journey : statement.journeys) {
    std::vector<std::string_view> taps;
    for (const StatementLeg& leg : journey.legs) AddTapIds(leg, taps);
    const bool all_old = std::all_of(taps.begin(), taps.end(),
                                     [&](std::string_view tap) { return old.contains(tap); });
    if (all_old) leaving.tap_ids.insert(taps.begin(), taps.end());
  }
  leaving.rated = static_cast<std::int64_t>(leaving.tap_ids.size());
  for (const IgnoredTap& tap : statement.ignored) {
    if (!old.contains(tap.tap_id)) continue;
    leaving.tap_ids.insert(tap.tap_id);
    leaving.ignored += 1;
  }
  return leaving;
}

// Whether every leg of `before` that does not leave is the same in `after`, and no other is there.
bool SameLegs(const Statement& before, const std::set<std::string, std::less<>>& leaving,
              const Statement& after) {
  std::size_t staying = 0;
  std::size_t legs_after = 0;
  for (const StatementJourney& journey : after.journeys) legs_after += journey.legs.size();
  for (const StatementJourney& journey : before.journeys) {
    for (const StatementLeg& leg : journey.legs) {
      if (leaving.contains(leg.leg_id)) continue;
      ++staying;
      const StatementLeg* other = after.FindLeg(leg.leg_id);
      if (other == nullptr || other->leg_id != leg.leg_id) return false;
      if (other->charged_minor != leg.charged_minor || other->shares != leg.shares ||
          other->subsidies != leg.subsidies) {
        return false;
      }
    }
  }
  return staying == legs_after;
}

}  // namespace

std::string_view HeldReasonName(HeldReason reason) {
  switch (reason) {
    case HeldReason::kTooOld:
      return "too_old";
    case HeldReason::kClockDoubtful:
      return "clock_doubtful";
    case HeldReason::kTooMany:
      return "too_many";
  }
  return "";
}

Fold::Fold(const Tariff& tariff, const FoldOptions& options, std::optional<Instant> last_cut_off,
           Accounts& accounts, SetAside& set_aside, Facts& facts)
    : tariff_(tariff),
      options_(options),
      last_cut_off_(last_cut_off),
      accounts_(accounts),
      set_aside_(set_aside),
      facts_(facts) {}

bool Fold::TooOld(Instant time) const {
  return last_cut_off_.has_value() && time < *last_cut_off_ - Days(options_.window_days);
}

Fold::Touch& Fold::TouchAccount(const AccountId& id, Instant time) {
  const auto [at, is_new] = touched_.try_emplace(id);
  if (is_new) {
    order_.push_back(id);
    at->second.time = time;
  }
  at->second.time = std::max(at->second.time, time);
  Save(id);
  return at->second;
}

void Fold::Save(const AccountId& id) {
  if (is_dirty_.try_emplace(id, true).second) dirty_.push_back(id);
}

void Fold::AddNew(Account& account, const WindowTap& tap) {
  Touch& touch = TouchAccount(account.id, tap.time);
  touch.new_tap_ids.push_back(tap.tap_id.value());
  const bool later = !touch.latest.has_value() || touch.latest->time < tap.time ||
                     (touch.latest->time == tap.time && touch.latest->tap_id < tap.tap_id);
  if (later) touch.latest = tap;
}

Result<void> Fold::Record(const GateTap& tap) {
  Account& account = accounts_.Get(tap.account);
  if (!tap.accepted) {
    if (set_aside_.Refuse(tap.account, tap.tap, tap.gate_reason)) {
      account.counters.refused += 1;
      counts_.refused += 1;
      Save(account.id);
    }
    return {};
  }
  const WindowTap* known = FindTap(account, tap.tap.tap_id.value());
  if (known != nullptr) {
    if (*known == tap.tap) return {};
    return Error(kTapConflict, "tap " + tap.tap.tap_id.value() + " with another content");
  }
  std::optional<HeldReason> held;
  if (tap.clock_doubtful) {
    held = HeldReason::kClockDoubtful;
  } else if (TooOld(tap.tap.time)) {
    held = HeldReason::kTooOld;
  } else if (account.taps.size() >= kWindowTapsMax) {
    held = HeldReason::kTooMany;
  }
  if (held.has_value()) {
    if (set_aside_.Hold(tap.account, tap.tap, *held)) {
      account.counters.held += 1;
      counts_.held += 1;
      Save(account.id);
    }
    return {};
  }
  if (account.moved_to.has_value()) {
    account.counters.moved_out += 1;
    SendMoved(account, {tap.tap}, {}, {}, /*hops=*/0, tap.tap.time);
    return {};
  }
  AddTap(account, tap.tap);
  AddNew(account, tap.tap);
  return {};
}

void Fold::SendMoved(Account& account, std::vector<WindowTap> taps,
                     std::map<std::string, ChargedLeg> legs, std::vector<Grant> grants,
                     std::uint32_t hops, Instant time) {
  Save(account.id);
  counts_.moved += static_cast<std::int64_t>(taps.size());
  for (std::size_t begin = 0; begin < taps.size() || begin == 0; begin += kMovedTapsMax) {
    Moved moved;
    moved.from = account.id;
    moved.to = *account.moved_to;
    const std::size_t end = std::min(taps.size(), begin + kMovedTapsMax);
    for (std::size_t i = begin; i < end; ++i) {
      // A leg travels with the tap that opened it, so that no part of the survivor's window is seen
      // as refunded.
      auto leg = legs.extract(taps[i].tap_id.value());
      if (!leg.empty()) moved.legs.insert(std::move(leg));
      moved.taps.push_back(std::move(taps[i]));
    }
    if (begin == 0) moved.grants = std::exchange(grants, {});
    moved.hops = hops;
    moved.time = time;
    moved.number = ++account.moves_sent;
    facts_.Send(moved);
  }
}

Result<void> Fold::Link(const AccountId& from, const AccountId& to, Instant time) {
  if (from == to) return Error(kBadFact, "an account linked to itself, " + from.value().ToText());
  Account& account = accounts_.Get(from);
  if (account.moved_to.has_value()) {
    if (*account.moved_to == to) return {};
    return Error(kLinkConflict, from.value().ToText() + " was moved to " +
                                    account.moved_to->value().ToText() + ", not to " +
                                    to.value().ToText());
  }
  account.moved_to = to;
  account.counters.moved_out += static_cast<std::int64_t>(account.taps.size());
  account.counters.rated = account.closed.rated;
  account.counters.ignored = account.closed.ignored;
  if (touched_.erase(from) != 0) std::erase(order_, from);
  Save(from);
  if (!account.taps.empty() || !account.grants.empty()) {
    SendMoved(account, std::move(account.taps), std::move(account.legs), std::move(account.grants),
              /*hops=*/0, time);
  }
  account.taps.clear();
  account.legs.clear();
  account.grants.clear();
  return {};
}

Result<void> Fold::Merge(const Moved& moved) {
  Account& account = accounts_.Get(moved.to);
  if (account.moved_to.has_value()) {
    if (moved.hops + 1 > kMoveHopsMax) {
      return Error(kMoveLoop, "taps of " + moved.from.value().ToText() + " handed on " +
                                  std::to_string(moved.hops + 1) + " times");
    }
    SendMoved(account, moved.taps, moved.legs, moved.grants, moved.hops + 1, moved.time);
    return {};
  }
  std::string conflicts;
  for (const WindowTap& tap : moved.taps) {
    const WindowTap* known = FindTap(account, tap.tap_id.value());
    if (known != nullptr && *known != tap) conflicts += " " + tap.tap_id.value();
    if (known != nullptr) continue;
    if (account.taps.size() >= kWindowTapsMax) {
      if (set_aside_.Hold(account.id, tap, HeldReason::kTooMany)) account.counters.held += 1;
      continue;
    }
    AddTap(account, tap);
    AddNew(account, tap);
  }
  for (const auto& [leg_id, leg] : moved.legs) {
    const auto at = account.legs.find(leg_id);
    if (at != account.legs.end() && at->second.revision >= leg.revision) continue;
    account.legs.insert_or_assign(leg_id, leg);
  }
  for (const Grant& grant : moved.grants) {
    if (account.grants.size() < kEntitlementsMax) AddGrant(account, grant);
  }
  TouchAccount(account.id, moved.time);
  if (!conflicts.empty()) return Error(kTapConflict, "taps with another content:" + conflicts);
  return {};
}

Result<void> Fold::Entitle(const AccountId& id, const Grant& grant, Instant time) {
  Account& account = accounts_.Get(id);
  if (account.moved_to.has_value()) {
    SendMoved(account, {}, {}, {grant}, /*hops=*/0, time);
    return {};
  }
  if (account.grants.size() >= kEntitlementsMax) {
    return Error(kBadEntitlement,
                 "an account holds at most " + std::to_string(kEntitlementsMax) + " entitlements");
  }
  if (AddGrant(account, grant)) TouchAccount(id, time);
  return {};
}

std::vector<Error> Fold::CloseSegment() {
  std::vector<Error> errors;
  for (const AccountId& id : order_) {
    Touch& touch = touched_.at(id);
    std::sort(touch.new_tap_ids.begin(), touch.new_tap_ids.end());
    const Result<void> rated = RateAccount(accounts_.Get(id), touch);
    if (rated.ok()) continue;
    counts_.rating_failures += 1;
    errors.push_back(rated.error());
  }
  order_.clear();
  touched_.clear();
  return errors;
}

Result<void> Fold::RateAccount(Account& account, const Touch& touch) {
  // No `until`: a missing tap off is charged as such and given back when it comes, so the money
  // depends on the taps alone.
  PLAZA_ASSIGN_OR_RETURN(const Statement statement,
                         Rate(tariff_, MakeRatingInput(account, options_.media), std::nullopt));
  Cause cause;
  cause.time = touch.time;
  if (touch.latest.has_value()) cause.tap_id = touch.latest->tap_id.value();
  cause.new_tap_ids = touch.new_tap_ids;
  Diff diff = DiffCharges(account.id, statement, account.legs, cause, [&](std::string_view leg_id) {
    const WindowTap* tap = FindTap(account, leg_id);
    return tap == nullptr ? touch.time : tap->time;
  });
  for (const ChargeOut& charge : diff.charges) {
    facts_.Send(charge);
    counts_.charges += 1;
    if (charge.revision > 1) counts_.corrections += 1;
  }
  account.legs = std::move(diff.legs);
  Count(account, statement);
  return Prune(account, statement);
}

void Fold::Count(Account& account, const Statement& statement) {
  // A tap that is no part of a leg was ignored by the tariff: pass-back, voided, a lone off.
  const auto ignored =
      static_cast<std::int64_t>(statement.ignored.size() + statement.voided.size());
  const std::int64_t rated = static_cast<std::int64_t>(account.taps.size()) - ignored;
  counts_.rated += account.closed.rated + rated - account.counters.rated;
  counts_.ignored += account.closed.ignored + ignored - account.counters.ignored;
  account.counters.rated = account.closed.rated + rated;
  account.counters.ignored = account.closed.ignored + ignored;
}

// First service day whose taps stay; days to try in order.
std::vector<Date> Fold::KeepFrom(const Account& account) const {
  const Date day = tariff_.ServiceDayOf(*last_cut_off_ - Days(options_.window_days + kMarginDays));
  // A quota of a year is counted from the year's legs: who has an entitlement keeps them.
  if (!account.grants.empty()) return {Date::FromCivil(day.year(), 1, 1).value()};
  if (!options_.has_caps) return {day};
  // With caps this month and the one before stay, so that a calendar window of the fare window's
  // days is whole; where a week's cap spans the turn of the month, the whole week.
  const Date month_before = day - day.day();  // its last day
  const Date first = month_before - (month_before.day() - 1);
  return {first, first - first.weekday()};
}

Result<void> Fold::Prune(Account& account, const Statement& statement) {
  if (!last_cut_off_.has_value() || account.taps.empty()) return {};
  for (const Date keep_from : KeepFrom(account)) {
    if (tariff_.ServiceDayOf(account.taps.front().time) >= keep_from) continue;
    PLAZA_ASSIGN_OR_RETURN(const bool done, PruneBefore(keep_from, account, statement));
    if (done) return {};
  }
  return {};
}

Result<bool> Fold::PruneBefore(Date keep_from, Account& account, const Statement& statement) {
  const Leaving leaving = WhatLeaves(account, statement, [&](const WindowTap& tap) {
    return tariff_.ServiceDayOf(tap.time) < keep_from;
  });
  if (leaving.tap_ids.empty()) return true;
  Account rest;
  rest.id = account.id;
  rest.grants = account.grants;
  for (const WindowTap& tap : account.taps) {
    if (!leaving.tap_ids.contains(tap.tap_id.value())) rest.taps.push_back(tap);
  }
  // They leave only if the rest costs the same without them; else they wait for a later day.
  PLAZA_ASSIGN_OR_RETURN(const Statement without,
                         Rate(tariff_, MakeRatingInput(rest, options_.media), std::nullopt));
  if (!SameLegs(statement, leaving.tap_ids, without)) return false;
  account.taps = std::move(rest.taps);
  account.closed.rated += leaving.rated;
  account.closed.ignored += leaving.ignored;
  std::erase_if(account.legs, [&](const auto& entry) {
    if (!leaving.tap_ids.contains(entry.first)) return false;
    AddClosed(account.closed, entry.second);
    return true;
  });
  return true;
}

void Fold::PassCutOff(Instant at) {
  if (!last_cut_off_.has_value() || *last_cut_off_ < at) last_cut_off_ = at;
}

void Fold::Finish() {
  for (const AccountId& id : dirty_) accounts_.Save(accounts_.Get(id));
}

}  // namespace plaza::fare
