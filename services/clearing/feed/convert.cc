#include "services/clearing/feed/convert.h"

#include "libs/eventlog/topics.h"
#include "services/clearing/errors.h"

namespace plaza::clearing {

namespace ev = plaza::events::v1;

Result<AccountId> AccountFrom(const std::string& bytes) {
  const Result<Uuid> id = Uuid::FromBytes(AsBytes(bytes));
  if (!id.ok())
    return Error(kBadFact, "an account id of " + std::to_string(bytes.size()) + " bytes");
  return AccountId(*id);
}

Result<Tap> TapFrom(const ev::TapRecorded& tap) {
  if (tap.validator_id().empty()) return Error(kBadFact, "a tap of no validator");
  Tap value;
  value.id = MakeTapId(ValidatorId(tap.validator_id()), tap.sequence());
  value.event_time = Instant{tap.event_time_ms()};
  value.token = {tap.token_epoch(), tap.token()};
  value.chip_data = tap.chip_data();
  return value;
}

Result<Charge> ChargeFrom(const ev::Charge& charge) {
  const Result<Currency> currency = Currency::Parse(charge.currency());
  if (!currency.ok())
    return Error(kBadCharge, currency.error().what(), "charge " + charge.leg_id());
  Charge value;
  value.leg = TapId(charge.leg_id());
  value.revision = charge.revision();
  value.event_time = Instant{charge.event_time_ms()};
  value.amount = Money(charge.amount_minor(), *currency);
  for (const auto& share : charge.shares()) {
    value.shares.push_back({OperatorId(share.operator_id()), share.amount_minor()});
  }
  for (const auto& subsidy : charge.subsidies()) {
    PLAZA_ASSIGN_OR_RETURN(value.subsidies_minor,
                           AddMinor(value.subsidies_minor, subsidy.amount_minor()));
  }
  return value;
}

Result<Answer> AnswerFrom(const ev::AuthorisationAnswered& answer, Instant at) {
  Answer value;
  value.attempt = answer.attempt();
  value.approved = answer.approved();
  value.response_code = answer.response_code();
  value.approval_code = answer.approval_code();
  value.event_time = at;
  switch (answer.purpose()) {
    case ev::PURPOSE_VERIFICATION:
      value.purpose = Purpose::kVerification;
      return value;
    case ev::PURPOSE_AUTHORISATION:
      value.purpose = Purpose::kAuthorisation;
      break;
    case ev::PURPOSE_CAPTURE:
      value.purpose = Purpose::kCapture;
      break;
    case ev::PURPOSE_REFUND:
      value.purpose = Purpose::kRefund;
      break;
    default:
      return Error(kBadFact, "an answer of purpose " + std::to_string(answer.purpose()));
  }
  const Result<Uuid> aggregate = Uuid::FromBytes(AsBytes(answer.aggregate_id()));
  if (!aggregate.ok()) return Error(kBadFact, "an answer about no aggregate");
  value.aggregate = AggregateId(*aggregate);
  return value;
}

std::vector<Token> TokensFrom(const google::protobuf::RepeatedPtrField<ev::TokenRef>& tokens) {
  std::vector<Token> values;
  for (const ev::TokenRef& token : tokens) values.push_back({token.token_epoch(), token.token()});
  return values;
}

Result<Handover> HandoverFrom(const ev::DebtMoved& moved) {
  Handover value;
  PLAZA_ASSIGN_OR_RETURN(value.from, AccountFrom(moved.from_account_id()));
  PLAZA_ASSIGN_OR_RETURN(value.to, AccountFrom(moved.to_account_id()));
  value.revision = moved.revision();
  value.tokens = TokensFrom(moved.tokens());
  value.owing = moved.owing();
  value.denied_reason = moved.denied_reason();
  return value;
}

namespace {

ev::Event NewEvent(std::string_view topic, const std::string& about, Instant at) {
  ev::Event event;
  event.set_id(Uuid::V5(id_space::Event(), std::string(topic) + "/" + about).ToBinary());
  event.set_event_time_ms(at.unix_ms);
  event.set_source("clearing");
  return event;
}

void Put(const Token& token, ev::TokenRef& out) {
  out.set_token_epoch(token.epoch);
  out.set_token(token.bytes);
}

ev::Purpose PurposeOf(Purpose purpose) {
  switch (purpose) {
    case Purpose::kVerification:
      return ev::PURPOSE_VERIFICATION;
    case Purpose::kAuthorisation:
      return ev::PURPOSE_AUTHORISATION;
    case Purpose::kCapture:
      return ev::PURPOSE_CAPTURE;
    case Purpose::kRefund:
      return ev::PURPOSE_REFUND;
  }
  return ev::PURPOSE_UNSPECIFIED;
}

}  // namespace

ev::Event ToEvent(const AuthorisationRequest& request, Instant at, const TraceContext& trace) {
  ev::Event event = NewEvent(eventlog::topic::kAuthorisations, request.request_id.ToText(), at);
  event.set_traceparent(TraceparentOfFact(trace));
  ev::AuthorisationRequested& out = *event.mutable_authorisation_requested();
  out.set_request_id(request.request_id.ToBinary());
  out.set_account_id(request.account.value().ToBinary());
  if (!request.aggregate.value().IsNil())
    out.set_aggregate_id(request.aggregate.value().ToBinary());
  out.set_attempt(request.attempt);
  out.set_purpose(PurposeOf(request.purpose));
  Put(request.card, *out.mutable_card());
  out.mutable_amount()->set_amount_minor(request.amount.amount_minor());
  out.mutable_amount()->set_currency(std::string(request.amount.currency().code()));
  out.set_tap_id(request.tap.value());
  out.set_chip_data(request.chip_data);
  out.set_business_day(request.business_day.ToText());
  return event;
}

ev::Event ToEvent(const DenyChange& change, std::uint64_t deny_list_epoch, Instant at) {
  ev::Event event = NewEvent(eventlog::topic::kDenyList, std::to_string(deny_list_epoch), at);
  ev::DenyListChanged& out = *event.mutable_deny_list_changed();
  out.set_deny_list_epoch(deny_list_epoch);
  Put(change.token, *out.mutable_card());
  out.set_denied(change.denied);
  out.set_reason(change.reason);
  out.set_account_id(change.account.value().ToBinary());
  return event;
}

ev::Event ToEvent(const Handover& handover, Instant at) {
  ev::Event event = NewEvent(
      eventlog::topic::kAccounts,
      "debt_moved/" + handover.from.value().ToText() + "/" + std::to_string(handover.revision), at);
  ev::DebtMoved& out = *event.mutable_debt_moved();
  out.set_from_account_id(handover.from.value().ToBinary());
  out.set_to_account_id(handover.to.value().ToBinary());
  out.set_revision(handover.revision);
  for (const Token& token : handover.tokens) Put(token, *out.add_tokens());
  out.set_owing(handover.owing);
  out.set_denied_reason(handover.denied_reason);
  return event;
}

ev::Event ToEvent(const Settlement& s, Instant at) {
  ev::Event event = NewEvent(eventlog::topic::kSettlements,
                             s.business_day.ToText() + "/" + s.operator_id.value(), at);
  ev::DaySettled& out = *event.mutable_day_settled();
  out.set_business_day(s.business_day.ToText());
  out.set_operator_id(s.operator_id.value());
  out.set_collection_supplier_id(s.collection_supplier_id);
  out.set_currency(std::string(s.currency.code()));
  out.set_gross_minor(s.gross_minor);
  out.set_refunds_minor(s.refunds_minor);
  out.set_fees_minor(s.fees_minor);
  out.set_carry_in_minor(s.carry_in_minor);
  out.set_net_minor(s.net_minor);
  out.set_payout_minor(s.payout_minor);
  out.set_carry_out_minor(s.carry_out_minor);
  return event;
}

std::string DenyListKey(const Token& token) {
  std::string key;
  for (int shift = 24; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>((token.epoch >> shift) & 0xFFU));
  }
  return key + token.bytes;
}

}  // namespace plaza::clearing
