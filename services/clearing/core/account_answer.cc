// Closing aggregates, and what the acquirer says about them.
#include <algorithm>

#include "services/clearing/core/fold_internal.h"
#include "services/clearing/errors.h"
#include "services/clearing/limits.h"

namespace plaza::clearing {
namespace internal {

AuthorisationRequest MakeRequest(const AccountState& state, Purpose purpose, std::uint32_t attempt,
                                 std::string_view about, const Money& amount, Date business_day) {
  AuthorisationRequest request;
  request.request_id =
      Uuid::V5(id_space::Request(), std::string(about) + "/" + std::string(PurposeName(purpose)) +
                                        "/" + std::to_string(attempt));
  request.account = state.id;
  request.attempt = attempt;
  request.purpose = purpose;
  request.amount = amount;
  request.business_day = business_day;
  return request;
}

Posting AboutAggregate(const AccountState& state, const Aggregate& aggregate, const char* kind,
                       std::string_view what, const Money& amount, Date business_day,
                       Instant event_time) {
  const std::string reference = aggregate.id.value().ToText();
  Posting p;
  p.kind = kind;
  p.id = Uuid::V5(id_space::Posting(), reference + "/" + std::string(what));
  p.reference = reference;
  p.account = state.id.value();
  p.amount = amount;
  p.business_day = business_day;
  p.event_time = event_time;
  p.shard = ShardOf(state.id.value());
  return p;
}

Aggregate* Find(AccountState& state, const AggregateKey& key) {
  auto found =
      std::ranges::find_if(state.aggregates, [&](const Aggregate& a) { return a.key == key; });
  return found == state.aggregates.end() ? nullptr : &*found;
}
Aggregate* Find(AccountState& state, const AggregateId& id) {
  auto found =
      std::ranges::find_if(state.aggregates, [&](const Aggregate& a) { return a.id == id; });
  return found == state.aggregates.end() ? nullptr : &*found;
}

bool IsFinal(AggregateState state) {
  return state == AggregateState::kCaptured || state == AggregateState::kDebt ||
         state == AggregateState::kRefused;
}

namespace {

void RefundCaptured(const Policy& policy, AccountState& state, Aggregate& aggregate,
                    const ParkedRefund& refund, Effects& out) {
  const std::uint32_t attempt = ++aggregate.refunds;
  const Money amount(refund.amount_minor, policy.currency);
  Posting p = AboutAggregate(state, aggregate, kind::kRefund, "refund/" + std::to_string(attempt),
                             amount, refund.business_day, refund.event_time);
  p.leg_id = refund.leg.value();
  p.debit = chart::kCardReceivable;
  p.credit = chart::kRefundsPayable;
  out.postings.push_back(std::move(p));
  AuthorisationRequest request = MakeRequest(
      state, Purpose::kRefund, attempt, aggregate.id.value().ToText(), amount, refund.business_day);
  request.aggregate = aggregate.id;
  request.card = aggregate.card;
  request.tap = aggregate.tap;
  out.requests.push_back(std::move(request));
  state.pending.push_back({aggregate.key, attempt, refund.amount_minor, refund.business_day});
}

void LowerDebt(const Policy& policy, AccountState& state, Aggregate& aggregate,
               const ParkedRefund& refund, Effects& out) {
  Posting p = AboutAggregate(
      state, aggregate, kind::kDebtLowered,
      "debt_lowered/" + refund.leg.value() + "/" + std::to_string(refund.revision),
      Money(refund.amount_minor, policy.currency), refund.business_day, refund.event_time);
  p.leg_id = refund.leg.value();
  p.debit = chart::kCardReceivable;
  p.credit = chart::kDebtReceivable;
  out.postings.push_back(std::move(p));
  aggregate.amount_minor -= refund.amount_minor;
  PLAZA_CHECK(aggregate.amount_minor >= 0);
  if (aggregate.amount_minor == 0) {
    aggregate.state = AggregateState::kEmpty;
    Allow(state, kReasonRefunded, out);
  }
  out.aggregates.push_back(aggregate);
}

}  // namespace

void GiveBack(const Policy& policy, AccountState& state, const ParkedRefund& refund, Effects& out) {
  Aggregate* aggregate = Find(state, refund.aggregate);
  PLAZA_CHECK(aggregate != nullptr);
  if (aggregate->state == AggregateState::kCaptured) {
    RefundCaptured(policy, state, *aggregate, refund, out);
  } else if (aggregate->state == AggregateState::kDebt) {
    LowerDebt(policy, state, *aggregate, refund, out);
  } else {  // refused: nothing was taken, so nothing is paid back
    PLAZA_CHECK(aggregate->state == AggregateState::kRefused);
    aggregate->amount_minor -= refund.amount_minor;
    out.aggregates.push_back(*aggregate);
  }
}

}  // namespace internal

namespace {

using internal::Find;

void SendAuthorisation(const Policy& policy, AccountState& state, Aggregate& aggregate,
                       const Token& card, const TapId& tap, const std::string& chip_data,
                       Effects& out) {
  aggregate.state = AggregateState::kAuthorising;
  aggregate.card = card;
  aggregate.tap = tap;
  AuthorisationRequest request = internal::MakeRequest(
      state, Purpose::kAuthorisation, /*attempt=*/1, aggregate.id.value().ToText(),
      Money(aggregate.amount_minor, policy.currency), aggregate.key.day);
  request.aggregate = aggregate.id;
  request.card = card;
  request.tap = tap;
  request.chip_data = chip_data;
  out.requests.push_back(std::move(request));
}

// As its day ended: what is to be given back once the acquirer has spoken is still in the total
// that is asked for.
bool IsChargedTap(const AccountState& state, const AggregateKey& key, const TapId& tap) {
  const auto leg = std::ranges::find_if(state.legs, [&](const Leg& l) { return l.id == tap; });
  if (leg == state.legs.end()) return false;
  const bool charged = std::ranges::any_of(
      leg->portions, [&](const LegPortion& p) { return p.aggregate == key && p.amount_minor > 0; });
  return charged || std::ranges::any_of(state.parked, [&](const ParkedRefund& r) {
           return r.aggregate == key && r.leg == tap;
         });
}

// The earliest charged tap by (event time, tap id).
const Tap* OpeningTap(const AccountState& state, const AggregateKey& key,
                      std::span<const Tap> taps) {
  const Tap* earliest = nullptr;
  for (const Tap& tap : taps) {
    if (!IsChargedTap(state, key, tap.id)) continue;
    if (earliest == nullptr ||
        std::tie(tap.event_time, tap.id) < std::tie(earliest->event_time, earliest->id)) {
      earliest = &tap;
    }
  }
  return earliest;
}

void CloseOne(const Policy& policy, AccountState& state, Aggregate& aggregate,
              std::span<const Tap> taps, Effects& out) {
  if (aggregate.amount_minor == 0) {
    aggregate.state = AggregateState::kEmpty;
    return;
  }
  if (const Tap* tap = OpeningTap(state, aggregate.key, taps)) {
    SendAuthorisation(policy, state, aggregate, tap->token, tap->id, tap->chip_data, out);
    return;
  }
  // A difference to a leg whose tap is no longer kept: the card is known from the leg's aggregate
  // before.
  for (const Aggregate& before : state.aggregates) {
    if (!before.tap.value().empty() && IsChargedTap(state, aggregate.key, before.tap)) {
      SendAuthorisation(policy, state, aggregate, before.card, before.tap, {}, out);
      return;
    }
  }
  aggregate.state = AggregateState::kWaitingTap;
}

// Forgets what is older than any difference that may come, and settled with the acquirer.
void Forget(AccountState& state, Date horizon) {
  std::erase_if(state.legs, [&](const Leg& l) {
    return l.last_day < horizon && std::ranges::all_of(l.portions, [&](const LegPortion& p) {
             const Aggregate* a = Find(state, p.aggregate);
             return a == nullptr || internal::IsFinal(a->state) ||
                    a->state == AggregateState::kEmpty;
           });
  });
  std::erase_if(state.aggregates, [&](const Aggregate& a) {
    const bool done = a.state == AggregateState::kCaptured || a.state == AggregateState::kEmpty ||
                      a.state == AggregateState::kRefused;
    const auto of_this = [&](const auto& x) { return x.aggregate == a.key; };
    return done && a.key.day < horizon && std::ranges::none_of(state.parked, of_this) &&
           std::ranges::none_of(state.pending, of_this) &&
           std::ranges::none_of(
               state.legs, [&](const Leg& l) { return std::ranges::any_of(l.portions, of_this); });
  });
}

void GiveBackParked(const Policy& policy, AccountState& state, const AggregateKey& key,
                    Effects& out) {
  std::vector<ParkedRefund> due;
  std::erase_if(state.parked, [&](const ParkedRefund& r) {
    if (r.aggregate != key) return false;
    due.push_back(r);
    return true;
  });
  for (const ParkedRefund& refund : due) internal::GiveBack(policy, state, refund, out);
}

bool Approved(const Policy& policy, const Answer& answer) {
  return answer.response_code.empty()
             ? answer.approved
             : policy.response_codes.ClassOf(answer.response_code) == CodeClass::kApproved;
}

void OnVerification(const Policy& policy, AccountState& state, const Answer& answer, Effects& out) {
  if (state.first_use != FirstUse::kRequested || answer.attempt != state.first_use_attempts) {
    out.duplicate = true;
    return;
  }
  out.changed = true;
  if (Approved(policy, answer)) {
    state.first_use = FirstUse::kApproved;
    internal::Allow(state, internal::kReasonVerified, out);
  } else if (policy.response_codes.ClassOf(answer.response_code) == CodeClass::kRetryable) {
    state.first_use = FirstUse::kNone;  // the next tap tries again
  } else {
    state.first_use = FirstUse::kDeclined;
    internal::Deny(state, internal::kReasonFirstUse, out);
  }
}

void OnAuthorisation(const Policy& policy, AccountState& state, Aggregate& aggregate,
                     const Answer& answer, Effects& out) {
  if (aggregate.state != AggregateState::kAuthorising || answer.attempt != 1) {
    out.duplicate = true;
    return;
  }
  out.changed = true;
  const Money amount(aggregate.amount_minor, policy.currency);
  const AggregateKey key = aggregate.key;
  aggregate.response_code = answer.response_code;
  aggregate.approval_code = answer.approval_code;
  if (Approved(policy, answer)) {
    aggregate.state = AggregateState::kCapturing;
    out.aggregates.push_back(aggregate);
    AuthorisationRequest request = internal::MakeRequest(
        state, Purpose::kCapture, /*attempt=*/1, aggregate.id.value().ToText(), amount, key.day);
    request.aggregate = aggregate.id;
    request.card = aggregate.card;
    request.tap = aggregate.tap;
    out.requests.push_back(std::move(request));
    state.first_use = FirstUse::kApproved;
    internal::Allow(state, internal::kReasonVerified, out);
    return;
  }
  aggregate.state = AggregateState::kDebt;
  out.aggregates.push_back(aggregate);
  Posting p = internal::AboutAggregate(state, aggregate, kind::kDebt, "debt", amount, key.day,
                                       answer.event_time);
  p.debit = chart::kDebtReceivable;
  p.credit = chart::kCardReceivable;
  out.postings.push_back(std::move(p));
  internal::Deny(state, internal::kReasonDebt, out);
  GiveBackParked(policy, state, key, out);
}

void OnCapture(const Policy& policy, AccountState& state, Aggregate& aggregate,
               const Answer& answer, Effects& out) {
  if (aggregate.state != AggregateState::kCapturing || answer.attempt != 1) {
    out.duplicate = true;
    return;
  }
  out.changed = true;
  const AggregateKey key = aggregate.key;
  if (Approved(policy, answer)) {
    aggregate.state = AggregateState::kCaptured;
    Posting p = internal::AboutAggregate(state, aggregate, kind::kCapture, "capture",
                                         Money(aggregate.amount_minor, policy.currency), key.day,
                                         answer.event_time);
    p.debit = chart::kAcquirerReceivable;
    p.credit = chart::kCardReceivable;
    out.postings.push_back(std::move(p));
  } else {
    aggregate.state = AggregateState::kRefused;
    out.broken = true;
  }
  out.aggregates.push_back(aggregate);
  GiveBackParked(policy, state, key, out);
}

void OnRefund(const Policy& policy, AccountState& state, const Aggregate& aggregate,
              const Answer& answer, Effects& out) {
  auto pending = std::ranges::find_if(state.pending, [&](const PendingRefund& r) {
    return r.aggregate == aggregate.key && r.attempt == answer.attempt;
  });
  if (pending == state.pending.end()) {
    out.duplicate = true;
    return;
  }
  out.changed = true;
  if (Approved(policy, answer)) {
    Posting p = internal::AboutAggregate(
        state, aggregate, kind::kRefundPaid, "refund_paid/" + std::to_string(answer.attempt),
        Money(pending->amount_minor, policy.currency), pending->business_day, answer.event_time);
    p.debit = chart::kRefundsPayable;
    p.credit = chart::kAcquirerReceivable;
    out.postings.push_back(std::move(p));
  } else {
    out.broken = true;  // it stays in refunds_payable
  }
  state.pending.erase(pending);
}

}  // namespace

bool WantsTap(const AccountState& state, const TapId& tap) {
  return std::ranges::any_of(state.aggregates, [&](const Aggregate& a) {
    return (a.state == AggregateState::kOpen || a.state == AggregateState::kWaitingTap) &&
           IsChargedTap(state, a.key, tap);
  });
}

void CloseAggregates(AccountState& state, Date day, std::span<const Tap> taps, const Policy& policy,
                     Effects& out) {
  for (Aggregate& aggregate : state.aggregates) {
    const bool unclosed =
        aggregate.state == AggregateState::kOpen || aggregate.state == AggregateState::kWaitingTap;
    if (!unclosed || aggregate.key.day > day) continue;
    CloseOne(policy, state, aggregate, taps, out);
    out.aggregates.push_back(aggregate);
    out.changed = true;
  }
  Forget(state, day + 1 - kLegsKeptDays);
}

Result<void> ApplyAnswer(const Context& context, AccountState& state, const Answer& answer,
                         Effects& out) {
  if (answer.purpose == Purpose::kVerification) {
    OnVerification(context.policy, state, answer, out);
  } else {
    Aggregate* aggregate = Find(state, answer.aggregate);
    if (aggregate == nullptr) {
      return Error(kUnknownAggregate, "an answer about " + answer.aggregate.value().ToText());
    }
    switch (answer.purpose) {
      case Purpose::kAuthorisation:
        OnAuthorisation(context.policy, state, *aggregate, answer, out);
        break;
      case Purpose::kCapture:
        OnCapture(context.policy, state, *aggregate, answer, out);
        break;
      case Purpose::kRefund:
        OnRefund(context.policy, state, *aggregate, answer, out);
        break;
      case Purpose::kVerification:
        break;
    }
  }
  internal::TellSurvivor(state, out);
  return {};
}

}  // namespace plaza::clearing
