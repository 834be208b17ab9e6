// Taps and tokens of an account, who is denied, and accounts that turn out to be one.
#include <algorithm>

#include "services/clearing/core/fold_internal.h"
#include "services/clearing/errors.h"
#include "services/clearing/limits.h"

namespace plaza::clearing {
namespace internal {

void Deny(AccountState& state, const std::string& reason, Effects& out) {
  if (state.denied) return;
  state.denied = true;
  state.denied_reason = reason;
  out.changed = true;
  if (state.survivor) return;  // the survivor keeps the list
  for (const Token& token : state.tokens) {
    out.deny_changes.push_back({token, /*denied=*/true, reason, state.id});
  }
}

void Allow(AccountState& state, const std::string& reason, Effects& out) {
  if (!state.denied || state.Owing()) return;
  state.denied = false;
  state.denied_reason.clear();
  out.changed = true;
  if (state.survivor) return;
  for (const Token& token : state.tokens) {
    out.deny_changes.push_back({token, /*denied=*/false, reason, state.id});
  }
}

Result<void> AddTokens(AccountState& state, std::span<const Token> tokens, Effects& out) {
  std::vector<Token> fresh;
  for (const Token& token : tokens) {
    if (token.bytes.size() != kTokenBytes) {
      return Error(kBadFact, "a token of " + std::to_string(token.bytes.size()) + " bytes");
    }
    if (std::ranges::find(state.tokens, token) == state.tokens.end() &&
        std::ranges::find(fresh, token) == fresh.end()) {
      fresh.push_back(token);
    }
  }
  if (state.tokens.size() + fresh.size() > kTokensPerAccountMax) {
    return Error(kBadFact,
                 "more than " + std::to_string(kTokensPerAccountMax) + " tokens for one account");
  }
  for (Token& token : fresh) {
    out.changed = true;
    if (state.denied && !state.survivor) {
      out.deny_changes.push_back({token, /*denied=*/true, state.denied_reason, state.id});
    }
    state.tokens.push_back(std::move(token));
  }
  return {};
}

void TellSurvivor(AccountState& state, Effects& out) {
  if (!state.survivor) return;
  const bool owing = state.Owing();
  const std::string reason = state.denied ? state.denied_reason : std::string();
  if (state.handover_revision > 0 && owing == state.handed_owing && reason == state.handed_reason &&
      state.tokens.size() == state.handed_tokens) {
    return;
  }
  state.handed_owing = owing;
  state.handed_reason = reason;
  state.handed_tokens = static_cast<std::uint32_t>(state.tokens.size());
  ++state.handover_revision;
  out.changed = true;
  out.handovers.push_back(
      {state.id, *state.survivor, state.handover_revision, state.tokens, owing, reason});
}

}  // namespace internal

namespace {

// clearing-simulate, "Tap": nothing while it owes; first use until one was asked for or any 0100
// was approved.
bool AsksFirstUse(const Policy& policy, const AccountState& state) {
  return policy.verify_first_use && state.first_use == FirstUse::kNone && !state.Owing();
}

LinkedAccount* FindLinked(AccountState& state, const AccountId& account) {
  auto found = std::ranges::find_if(state.linked,
                                    [&](const LinkedAccount& l) { return l.account == account; });
  return found == state.linked.end() ? nullptr : &*found;
}

}  // namespace

Result<void> ApplyTap(const Context& context, AccountState& state, const Tap& tap, Effects& out) {
  if (tap.id.value().size() > kIdTextBytesMax || tap.chip_data.size() > kChipDataBytesMax) {
    return Error(kBadFact, "a tap with an id or chip data that is too long");
  }
  PLAZA_RETURN_IF_ERROR(internal::AddTokens(state, std::span(&tap.token, 1), out));
  if (AsksFirstUse(context.policy, state)) {
    state.first_use = FirstUse::kRequested;
    ++state.first_use_attempts;
    AuthorisationRequest request = internal::MakeRequest(
        state, Purpose::kVerification, state.first_use_attempts, tap.id.value(),
        Money(0, context.policy.currency), context.policy.BusinessDay(tap.event_time));
    request.card = tap.token;
    request.tap = tap.id;
    request.chip_data = tap.chip_data;
    out.requests.push_back(std::move(request));
    out.changed = true;
  }
  // Closed before its tap was known here: now it can be asked for.
  const bool waits = std::ranges::any_of(
      state.aggregates, [&](const Aggregate& a) { return a.state == AggregateState::kWaitingTap; });
  if (waits && WantsTap(state, tap.id)) {
    Date last;
    for (const Aggregate& a : state.aggregates) {
      if (a.state == AggregateState::kWaitingTap) last = a.key.day;
    }
    CloseAggregates(state, last, std::span(&tap, 1), context.policy, out);
  }
  internal::TellSurvivor(state, out);
  return {};
}

Result<void> ApplyLinkedAway(AccountState& state, const AccountId& survivor,
                             std::span<const Token> tokens, Effects& out) {
  if (survivor == state.id || FindLinked(state, survivor) != nullptr) {
    return Error(kLinkConflict,
                 "account " + state.id.value().ToText() + " to itself, or in a circle");
  }
  if (state.survivor && *state.survivor != survivor) {
    return Error(kLinkConflict, "account " + state.id.value().ToText() + " has another survivor");
  }
  PLAZA_RETURN_IF_ERROR(internal::AddTokens(state, tokens, out));
  out.duplicate = state.survivor.has_value();
  out.changed = out.changed || !out.duplicate;
  state.survivor = survivor;
  internal::TellSurvivor(state, out);
  return {};
}

Result<void> ApplyLinkedHere(AccountState& state, const AccountId& from,
                             std::span<const Token> tokens, Effects& out) {
  if (from == state.id || (state.survivor && *state.survivor == from)) {
    return Error(kLinkConflict, "account " + from.value().ToText() + " to itself, or in a circle");
  }
  PLAZA_RETURN_IF_ERROR(internal::AddTokens(state, tokens, out));
  if (FindLinked(state, from) == nullptr) {
    state.linked.push_back({from, 0, false, false});
    out.changed = true;
  } else {
    out.duplicate = true;
  }
  internal::TellSurvivor(state, out);
  return {};
}

Result<void> ApplyHandover(AccountState& state, const Handover& handover, Effects& out) {
  if (handover.from == state.id || (state.survivor && *state.survivor == handover.from)) {
    return Error(kLinkConflict, "account " + handover.from.value().ToText() + " in a circle");
  }
  PLAZA_RETURN_IF_ERROR(internal::AddTokens(state, handover.tokens, out));
  LinkedAccount* known = FindLinked(state, handover.from);
  if (known == nullptr) {
    state.linked.push_back({handover.from, 0, false, false});
    known = &state.linked.back();
  }
  if (handover.revision <= known->revision) {
    out.duplicate = true;
    return {};
  }
  const bool paid = known->owing && !handover.owing;
  // An approval counts for the rider, whichever of the linked accounts was asked
  // (clearing-simulate, "Answer to a 0100").
  const bool cleared = known->denied && handover.denied_reason.empty();
  *known = {handover.from, handover.revision, handover.owing, !handover.denied_reason.empty()};
  out.changed = true;
  if (!handover.denied_reason.empty()) internal::Deny(state, handover.denied_reason, out);
  if (paid) internal::Allow(state, internal::kReasonRefunded, out);
  if (cleared) internal::Allow(state, internal::kReasonVerified, out);
  internal::TellSurvivor(state, out);
  return {};
}

}  // namespace plaza::clearing
