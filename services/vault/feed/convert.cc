#include "services/vault/feed/convert.h"

#include <algorithm>
#include <string>

#include "libs/eventlog/topics.h"
#include "services/vault/errors.h"
#include "services/vault/limits.h"

namespace plaza::vault {
namespace {

namespace ev = events::v1;

Result<Uuid> ToId(const std::string& bytes, const char* field) {
  const Result<Uuid> id = Uuid::FromBytes(AsBytes(bytes));
  if (!id.ok())
    return Error(kBadFact, "an id of " + std::to_string(bytes.size()) + " bytes", field);
  return *id;
}

Result<Purpose> ToPurpose(ev::Purpose purpose) {
  switch (purpose) {
    case ev::PURPOSE_VERIFICATION:
      return Purpose::kVerification;
    case ev::PURPOSE_AUTHORISATION:
      return Purpose::kAuthorisation;
    case ev::PURPOSE_CAPTURE:
      return Purpose::kCapture;
    case ev::PURPOSE_REFUND:
      return Purpose::kRefund;
    case ev::PURPOSE_REVERSAL:
      return Purpose::kReversal;
    default:
      return Error(kBadFact, "purpose " + std::to_string(static_cast<int>(purpose)), "purpose");
  }
}

Result<Money> ToMoney(const common::v1::Money& money) {
  const Result<Currency> currency = Currency::Parse(money.currency());
  if (!currency.ok()) return Error(kBadFact, "it is no currency", "amount.currency");
  if (money.amount_minor() < 0) return Error(kBadFact, "it is negative", "amount.amount_minor");
  return Money(money.amount_minor(), *currency);
}

ev::Event NewEvent(std::string_view topic, const std::string& about, Instant at) {
  ev::Event event;
  event.set_id(Uuid::V5(id_space::Event(), std::string(topic) + "/" + about).ToBinary());
  event.set_event_time_ms(at.unix_ms);
  event.set_source("vault");
  return event;
}

void Put(const CardKey& key, ev::TokenRef& out) {
  out.set_token_epoch(key.token_epoch);
  out.set_token(ToString(key.token));
}

}  // namespace

Result<CardKey> ToCardKey(std::uint32_t token_epoch, std::string_view token) {
  CardKey key;
  if (token.size() != key.token.size()) {
    return Error(kBadToken, "a token of " + std::to_string(token.size()) + " bytes", "token");
  }
  key.token_epoch = token_epoch;
  std::copy(token.begin(), token.end(), key.token.begin());
  return key;
}

Result<std::optional<SealedTap>> ToSealedTap(const ev::TapRecorded& tap) {
  const bool accepted = tap.decision() == ev::DECISION_ACCEPTED;
  const auto decision = accepted ? emv::Decision::kAccepted : emv::Decision::kDenied;
  const auto reason =
      static_cast<emv::Reason>(tap.reason());  // the numbers are the same by contract
  if (tap.sealed_card().empty() || !TeachesCard(decision, reason))
    return std::optional<SealedTap>();
  const std::string where = tap.validator_id() + ":" + std::to_string(tap.sequence());
  SealedTap sealed;
  const Result<CardKey> key = ToCardKey(tap.token_epoch(), tap.token());
  if (!key.ok()) return Error(kBadFact, "a sealed card without a token of 32 bytes", where);
  sealed.card = *key;
  PLAZA_ASSIGN_OR_RETURN(const Uuid medium, ToId(tap.medium_id(), "medium_id"));
  sealed.medium = MediumId(medium);
  if (tap.sealed_card().size() > kSealedBytesMax) {
    return Error(kBadFact, std::to_string(tap.sealed_card().size()) + " bytes of sealed card",
                 where);
  }
  if (!tap.par().empty() && tap.par().size() != kParChars) {
    return Error(kBadFact, "a PAR of " + std::to_string(tap.par().size()) + " characters", where);
  }
  sealed.validator_id = tap.validator_id();
  sealed.sequence = tap.sequence();
  sealed.par = tap.par();
  sealed.sealed = ToBytes(AsBytes(tap.sealed_card()));
  sealed.seal_scheme = tap.seal_scheme();
  return std::optional<SealedTap>(std::move(sealed));
}

Result<AuthRequest> ToRequest(const ev::AuthorisationRequested& requested, Instant event_time) {
  AuthRequest request;
  PLAZA_ASSIGN_OR_RETURN(request.id, ToId(requested.request_id(), "request_id"));
  PLAZA_ASSIGN_OR_RETURN(const Uuid account, ToId(requested.account_id(), "account_id"));
  request.account = AccountId(account);
  PLAZA_ASSIGN_OR_RETURN(request.purpose, ToPurpose(requested.purpose()));
  if (request.purpose != Purpose::kVerification || !requested.aggregate_id().empty()) {
    PLAZA_ASSIGN_OR_RETURN(const Uuid aggregate, ToId(requested.aggregate_id(), "aggregate_id"));
    request.aggregate = AggregateId(aggregate);
  }
  if (requested.attempt() == 0) return Error(kBadFact, "attempts count from 1", "attempt");
  request.attempt = requested.attempt();
  const Result<CardKey> key = ToCardKey(requested.card().token_epoch(), requested.card().token());
  if (!key.ok()) return Error(kBadFact, key.error().what(), "card.token");
  request.card = *key;
  PLAZA_ASSIGN_OR_RETURN(request.amount, ToMoney(requested.amount()));
  if (requested.tap_id().size() > kTapIdCharsMax)
    return Error(kBadFact, "it is too long", "tap_id");
  request.tap = TapId(requested.tap_id());
  if (requested.chip_data().size() > kChipDataBytesMax) {
    return Error(kBadFact, std::to_string(requested.chip_data().size()) + " bytes", "chip_data");
  }
  request.chip_data = ToBytes(AsBytes(requested.chip_data()));
  if (!Date::Parse(requested.business_day()).ok()) {
    return Error(kBadFact, "it is no date", "business_day");
  }
  request.business_day = requested.business_day();
  request.event_time = event_time;
  return request;
}

ev::Event ToEvent(const Answer& answer, const TraceContext& trace) {
  const std::string about =
      "answer/" + answer.request.ToText() + "/" + answer.account.value().ToText();
  ev::Event event = NewEvent(eventlog::topic::kAuthorisations, about, answer.event_time);
  event.set_traceparent(TraceparentOfFact(trace));
  ev::AuthorisationAnswered& out = *event.mutable_authorisation_answered();
  out.set_request_id(answer.request.ToBinary());
  out.set_account_id(answer.account.value().ToBinary());
  if (!answer.aggregate.value().IsNil()) out.set_aggregate_id(answer.aggregate.value().ToBinary());
  out.set_attempt(answer.attempt);
  out.set_purpose(static_cast<ev::Purpose>(answer.purpose));
  out.set_approved(answer.approved);
  out.set_response_code(answer.response_code);
  out.set_approval_code(answer.approval_code);
  out.mutable_amount()->set_amount_minor(answer.amount.amount_minor());
  out.mutable_amount()->set_currency(std::string(answer.amount.currency().code()));
  out.set_rrn(answer.rrn);
  return event;
}

ev::Event ToEvent(const LearnedPar& learned) {
  const std::string about = learned.medium.value().ToText() + "/" + learned.par;
  ev::Event event = NewEvent(eventlog::topic::kMedia, about, learned.event_time);
  ev::MediumLearned& out = *event.mutable_medium_learned();
  out.set_medium_id(learned.medium.value().ToBinary());
  Put(learned.card, *out.mutable_card());
  out.set_par(learned.par);
  return event;
}

}  // namespace plaza::vault
