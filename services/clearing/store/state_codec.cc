#include "services/clearing/store/state_codec.h"

#include "libs/store/errors.h"
#include "plaza/clearing/state/v1/state.pb.h"

namespace plaza::clearing {
namespace {

namespace pb = plaza::clearing::state::v1;

void Put(const Token& token, pb::Token& out) {
  out.set_epoch(token.epoch);
  out.set_bytes(token.bytes);
}
Token Get(const pb::Token& in) { return {in.epoch(), in.bytes()}; }

void Put(const AggregateKey& key, pb::AggregateKey& out) {
  out.set_day(key.day.days_since_epoch);
  out.set_ordinal(key.ordinal);
}
AggregateKey Get(const pb::AggregateKey& in) { return {Date{in.day()}, in.ordinal()}; }

void Put(const Aggregate& a, pb::Aggregate& out) {
  Put(a.key, *out.mutable_key());
  out.set_id(a.id.value().ToBinary());
  out.set_state(static_cast<std::uint32_t>(a.state));
  out.set_amount_minor(a.amount_minor);
  out.set_charges(a.charges);
  out.set_refunds(a.refunds);
  if (!a.card.bytes.empty()) Put(a.card, *out.mutable_card());
  out.set_tap_id(a.tap.value());
  out.set_response_code(a.response_code);
  out.set_approval_code(a.approval_code);
}

Result<Aggregate> Get(const pb::Aggregate& in) {
  Aggregate a;
  a.key = Get(in.key());
  PLAZA_ASSIGN_OR_RETURN(const Uuid id, Uuid::FromBytes(AsBytes(in.id())));
  a.id = AggregateId(id);
  if (in.state() > static_cast<std::uint32_t>(AggregateState::kRefused)) {
    return Error(plaza::store::kStoreDamaged, "aggregate state " + std::to_string(in.state()));
  }
  a.state = static_cast<AggregateState>(in.state());
  a.amount_minor = in.amount_minor();
  a.charges = in.charges();
  a.refunds = in.refunds();
  a.card = Get(in.card());
  a.tap = TapId(in.tap_id());
  a.response_code = in.response_code();
  a.approval_code = in.approval_code();
  return a;
}

void Put(const Leg& leg, pb::Leg& out) {
  out.set_id(leg.id.value());
  out.set_revision(leg.revision);
  out.set_last_day(leg.last_day.days_since_epoch);
  for (const LegPortion& p : leg.portions) {
    pb::LegPortion& portion = *out.add_portions();
    Put(p.aggregate, *portion.mutable_aggregate());
    portion.set_amount_minor(p.amount_minor);
  }
  for (const SharePortion& s : leg.shares) {
    pb::SharePortion& share = *out.add_shares();
    share.set_operator_id(s.operator_id.value());
    share.set_day(s.day.days_since_epoch);
    share.set_amount_minor(s.amount_minor);
  }
}

Leg Get(const pb::Leg& in) {
  Leg leg;
  leg.id = TapId(in.id());
  leg.revision = in.revision();
  leg.last_day = Date{in.last_day()};
  for (const pb::LegPortion& p : in.portions()) {
    leg.portions.push_back({Get(p.aggregate()), p.amount_minor()});
  }
  for (const pb::SharePortion& s : in.shares()) {
    leg.shares.push_back({OperatorId(s.operator_id()), Date{s.day()}, s.amount_minor()});
  }
  return leg;
}

void PutRefunds(const AccountState& state, pb::AccountState& out) {
  for (const ParkedRefund& r : state.parked) {
    pb::ParkedRefund& parked = *out.add_parked();
    Put(r.aggregate, *parked.mutable_aggregate());
    parked.set_leg(r.leg.value());
    parked.set_revision(r.revision);
    parked.set_amount_minor(r.amount_minor);
    parked.set_business_day(r.business_day.days_since_epoch);
    parked.set_event_time_ms(r.event_time.unix_ms);
  }
  for (const PendingRefund& r : state.pending) {
    pb::PendingRefund& pending = *out.add_pending();
    Put(r.aggregate, *pending.mutable_aggregate());
    pending.set_attempt(r.attempt);
    pending.set_amount_minor(r.amount_minor);
    pending.set_business_day(r.business_day.days_since_epoch);
  }
}

void GetRefunds(const pb::AccountState& in, AccountState& state) {
  for (const pb::ParkedRefund& r : in.parked()) {
    state.parked.push_back({Get(r.aggregate()), TapId(r.leg()), r.revision(), r.amount_minor(),
                            Date{r.business_day()}, Instant{r.event_time_ms()}});
  }
  for (const pb::PendingRefund& r : in.pending()) {
    state.pending.push_back(
        {Get(r.aggregate()), r.attempt(), r.amount_minor(), Date{r.business_day()}});
  }
}

Result<void> GetLinks(const pb::AccountState& in, AccountState& state) {
  if (!in.survivor().empty()) {
    PLAZA_ASSIGN_OR_RETURN(const Uuid survivor, Uuid::FromBytes(AsBytes(in.survivor())));
    state.survivor = AccountId(survivor);
  }
  for (const pb::LinkedAccount& l : in.linked()) {
    PLAZA_ASSIGN_OR_RETURN(const Uuid account, Uuid::FromBytes(AsBytes(l.account())));
    state.linked.push_back({AccountId(account), l.revision(), l.owing(), l.denied()});
  }
  return {};
}

}  // namespace

std::string EncodeState(const AccountState& state) {
  pb::AccountState out;
  for (const Token& token : state.tokens) Put(token, *out.add_tokens());
  out.set_first_use(static_cast<std::uint32_t>(state.first_use));
  out.set_first_use_attempts(state.first_use_attempts);
  for (const Aggregate& a : state.aggregates) Put(a, *out.add_aggregates());
  for (const Leg& leg : state.legs) Put(leg, *out.add_legs());
  PutRefunds(state, out);
  out.set_denied(state.denied);
  out.set_denied_reason(state.denied_reason);
  if (state.survivor) out.set_survivor(state.survivor->value().ToBinary());
  out.set_handover_revision(state.handover_revision);
  out.set_handed_owing(state.handed_owing);
  out.set_handed_reason(state.handed_reason);
  out.set_handed_tokens(state.handed_tokens);
  for (const LinkedAccount& l : state.linked) {
    pb::LinkedAccount& linked = *out.add_linked();
    linked.set_account(l.account.value().ToBinary());
    linked.set_revision(l.revision);
    linked.set_owing(l.owing);
    linked.set_denied(l.denied);
  }
  return out.SerializeAsString();
}

Result<AccountState> DecodeState(const AccountId& id, std::string_view bytes) {
  const auto damaged = [&] {
    return Error(plaza::store::kStoreDamaged, "the state of account " + id.value().ToText());
  };
  pb::AccountState in;
  if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return damaged();
  if (in.first_use() > static_cast<std::uint32_t>(FirstUse::kDeclined)) return damaged();
  AccountState state;
  state.id = id;
  for (const pb::Token& token : in.tokens()) state.tokens.push_back(Get(token));
  state.first_use = static_cast<FirstUse>(in.first_use());
  state.first_use_attempts = in.first_use_attempts();
  for (const pb::Aggregate& a : in.aggregates()) {
    PLAZA_ASSIGN_OR_RETURN(Aggregate aggregate, Get(a));
    state.aggregates.push_back(std::move(aggregate));
  }
  for (const pb::Leg& leg : in.legs()) state.legs.push_back(Get(leg));
  GetRefunds(in, state);
  state.denied = in.denied();
  state.denied_reason = in.denied_reason();
  state.handover_revision = in.handover_revision();
  state.handed_owing = in.handed_owing();
  state.handed_reason = in.handed_reason();
  state.handed_tokens = in.handed_tokens();
  PLAZA_RETURN_IF_ERROR(GetLinks(in, state));
  return state;
}

}  // namespace plaza::clearing
