#include "services/clearing/feed/handler.h"

#include <chrono>
#include <optional>
#include <utility>

#include "libs/base/hex.h"
#include "libs/eventlog/topics.h"
#include "services/clearing/core/chart.h"
#include "services/clearing/errors.h"
#include "services/clearing/feed/convert.h"
#include "services/clearing/store/sql_books.h"

namespace plaza::clearing {

namespace ev = plaza::events::v1;
namespace topic = plaza::eventlog::topic;

namespace {

std::string TextOf(const AggregateId& aggregate) {
  return aggregate.value().IsNil() ? std::string() : aggregate.value().ToText();
}

// Facts into the outbox of the transaction.
class OutboxFacts : public Facts {
 public:
  OutboxFacts(eventlog::Outbox& outbox, std::int64_t sample_per_million, runtime::TraceLines& lines)
      : outbox_(outbox), sample_per_million_(sample_per_million), lines_(lines) {}

  void Send(const AuthorisationRequest& request, Instant at) override {
    const TraceContext tap = RecordedContext(request.tap, sample_per_million_);
    const TraceContext trace = Child(tap, "requested/" + request.request_id.ToText());
    outbox_.AddByAccount(topic::kAuthorisations, request.account.value(),
                         ToEvent(request, at, trace).SerializeAsString());
    if (!lines_.Wants(trace)) return;
    lines_.Add(
        {.what = "requested",
         .context = trace,
         .parent = tap.span,
         .event_time = at,
         .tap = request.tap.value(),
         .detail = std::string(PurposeName(request.purpose)) + ", " + request.amount.ToText(),
         .aggregate = TextOf(request.aggregate)});
  }
  void Send(const DenyChange& change, std::uint64_t deny_list_epoch, Instant at) override {
    outbox_.Add(topic::kDenyList, /*partition=*/0, DenyListKey(change.token),
                ToEvent(change, deny_list_epoch, at).SerializeAsString());
  }
  void Send(const Handover& handover, Instant at) override {
    outbox_.AddByAccount(topic::kAccounts, handover.to.value(),
                         ToEvent(handover, at).SerializeAsString());
  }
  void Send(const Settlement& settlement, Instant at) override {
    outbox_.Add(topic::kSettlements, /*partition=*/0, settlement.operator_id.value(),
                ToEvent(settlement, at).SerializeAsString());
  }

 private:
  eventlog::Outbox& outbox_;
  std::int64_t sample_per_million_;
  runtime::TraceLines& lines_;
};

const char* OutcomeName(const ev::AuthorisationAnswered& answered) {
  if (!answered.approved()) return "declined";
  switch (answered.purpose()) {
    case ev::PURPOSE_VERIFICATION:
      return "verified";
    case ev::PURPOSE_AUTHORISATION:
      return "authorised";
    case ev::PURPOSE_CAPTURE:
      return "captured";
    default:
      return "refunded";
  }
}

// What clearing took from a charge or an answer of a sampled tap.
runtime::TraceStep StepOf(const TraceContext& trace, const ev::Event& event, bool known) {
  runtime::TraceStep step;
  step.parent = trace.span;
  step.event_time = Instant{event.event_time_ms()};
  std::string about;
  if (event.has_charge()) {
    step.what = "posted";
    about = std::to_string(event.charge().revision());
    step.tap = event.charge().leg_id();
  } else {
    const ev::AuthorisationAnswered& answered = event.authorisation_answered();
    step.what = OutcomeName(answered);
    about = ToHex(AsBytes(answered.request_id()));
    if (const auto id = Uuid::FromBytes(AsBytes(answered.aggregate_id())); id.ok()) {
      step.aggregate = id->ToText();
    }
  }
  step.context = Child(trace, step.what + "/" + about);
  if (known) step.detail = "known already";
  return step;
}

Result<void> OnCutOff(Batch& batch, const eventlog::TopicPartition& from,
                      const ev::CutOff& cut_off) {
  const Result<Date> day = Date::Parse(cut_off.business_day());
  if (!day.ok()) return Error(kBadFact, "a cut-off of day \"" + cut_off.business_day() + "\"");
  const Stream stream = from.topic == topic::kTaps      ? Stream::kTaps
                        : from.topic == topic::kCharges ? Stream::kCharges
                                                        : Stream::kClock;
  batch.OnCutOff(stream, from.partition, *day, Instant{cut_off.at_ms()});
  return {};
}

Result<void> OnTap(Batch& batch, int partition, const ev::TapRecorded& recorded) {
  if (recorded.decision() != ev::DECISION_ACCEPTED)
    return {};  // refused at the gate: nothing is owed
  PLAZA_ASSIGN_OR_RETURN(const AccountId account, AccountFrom(recorded.account_id()));
  PLAZA_ASSIGN_OR_RETURN(const Tap tap, TapFrom(recorded));
  return batch.OnTap(partition, account, tap);
}

std::int64_t DebtMinor(store::Tx& tx) {
  return tx
      .QueryOne("SELECT COALESCE(SUM(balance_minor), 0) FROM balances WHERE account = :account",
                {{"account", std::string(chart::kDebtReceivable)}}, "i")
      ->Int(0);
}

}  // namespace

std::vector<std::string> ConsumedTopics() {
  return {std::string(topic::kTaps), std::string(topic::kCharges), std::string(topic::kAccounts),
          std::string(topic::kAuthorisations), std::string(topic::kClock)};
}

Result<std::vector<eventlog::Rejected>> FactHandler::Handle(
    store::Tx& tx, eventlog::Outbox& outbox, const eventlog::TopicPartition& from,
    std::span<const eventlog::StoredRecord> records) {
  SqlBooks books(tx);
  runtime::TraceLines lines("clearing", traces_);
  OutboxFacts facts(outbox, traces_.sample_per_million, lines);
  Batch batch(policy_, account_partitions_, cache_, books, facts);
  std::vector<eventlog::Rejected> rejected;
  for (std::size_t i = 0; i < records.size(); ++i) {
    Result<void> taken = One(batch, from, records[i], lines);
    if (!taken.ok()) rejected.push_back({i, taken.error()});
  }
  batch.Finish();
  const std::int64_t debt_minor = DebtMinor(tx);
  tx.OnCommit([&metrics = metrics_, counts = batch.counts(), debt_minor, lines = std::move(lines)] {
    lines.Write();
    metrics.Committed(counts, debt_minor);
  });
  return rejected;
}

Result<void> FactHandler::One(Batch& batch, const eventlog::TopicPartition& from,
                              const eventlog::StoredRecord& stored, runtime::TraceLines& lines) {
  ev::Event event;
  if (!event.ParseFromString(stored.record.value)) {
    return Error(kBadFact, "not a plaza.events.v1.Event");
  }
  const auto at = std::chrono::system_clock::now();  // before what follows from it
  const std::int64_t duplicates = batch.counts().duplicates;
  PLAZA_RETURN_IF_ERROR(Take(batch, from, stored.record.key, event));
  if (!event.has_charge() && !event.has_authorisation_answered()) return {};
  const std::optional<TraceContext> trace = ParseTraceparent(event.traceparent());
  if (!trace || !lines.Wants(*trace)) return {};
  runtime::TraceStep step = StepOf(*trace, event, batch.counts().duplicates > duplicates);
  step.at = at;
  step.from = runtime::TracePlace(from.topic, from.partition, stored.offset);
  if (event.has_charge()) {
    const ev::Charge& charge = event.charge();
    PLAZA_ASSIGN_OR_RETURN(const AccountId account, AccountFrom(charge.account_id()));
    step.aggregate = TextOf(batch.AggregateOfLeg(account, TapId(charge.leg_id())));
  }
  lines.Add(std::move(step));
  return {};
}

Result<void> FactHandler::Take(Batch& batch, const eventlog::TopicPartition& from,
                               const std::string& key, const ev::Event& event) {
  switch (event.body_case()) {
    case ev::Event::kCutOff:
      return OnCutOff(batch, from, event.cut_off());
    case ev::Event::kTapRecorded:
      return OnTap(batch, from.partition, event.tap_recorded());
    case ev::Event::kCharge: {
      PLAZA_ASSIGN_OR_RETURN(const AccountId account, AccountFrom(event.charge().account_id()));
      PLAZA_ASSIGN_OR_RETURN(const Charge charge, ChargeFrom(event.charge()));
      return batch.OnCharge(from.partition, account, charge);
    }
    case ev::Event::kAuthorisationAnswered: {
      const ev::AuthorisationAnswered& answered = event.authorisation_answered();
      PLAZA_ASSIGN_OR_RETURN(const AccountId account, AccountFrom(answered.account_id()));
      PLAZA_ASSIGN_OR_RETURN(const Answer answer,
                             AnswerFrom(answered, Instant{event.event_time_ms()}));
      return batch.OnAnswer(from.partition, account, answer);
    }
    case ev::Event::kAccountLinked:
    case ev::Event::kAccountMoved:
    case ev::Event::kDebtMoved:
      return Account(batch, from.partition, key, event);
    default:
      return {};  // not for clearing: ticks, its own requests, entitlements
  }
}

Result<void> FactHandler::Account(Batch& batch, int partition, const std::string& key,
                                  const ev::Event& event) {
  const Instant at{event.event_time_ms()};
  if (event.has_debt_moved()) {
    PLAZA_ASSIGN_OR_RETURN(const Handover handover, HandoverFrom(event.debt_moved()));
    return batch.OnHandover(partition, handover, at);
  }
  // Fare's own: its taps carry no card. What the survivor may be charged by, the link says.
  if (event.has_account_moved()) return {};
  // Sent once for each side: the key says which.
  const ev::AccountLinked& linked = event.account_linked();
  PLAZA_ASSIGN_OR_RETURN(const AccountId from, AccountFrom(linked.from_account_id()));
  PLAZA_ASSIGN_OR_RETURN(const AccountId to, AccountFrom(linked.to_account_id()));
  const std::vector<Token> tokens = TokensFrom(linked.tokens());
  if (key == from.value().ToBinary()) return batch.OnLinkedAway(partition, from, to, tokens, at);
  if (key == to.value().ToBinary()) return batch.OnLinkedHere(partition, from, to, tokens, at);
  return Error(kWrongPartition, "a link that is keyed by neither of its accounts");
}

}  // namespace plaza::clearing
