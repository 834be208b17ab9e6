#include "services/vault/feed/handler.h"

#include <string>
#include <utility>

#include "libs/eventlog/outbox.h"
#include "libs/eventlog/topics.h"
#include "plaza/events/v1/events.pb.h"
#include "services/vault/errors.h"
#include "services/vault/feed/convert.h"

namespace plaza::vault {
namespace {

// Answers and PARs leave through the outbox of the transaction.
class OutboxFacts : public Facts {
 public:
  OutboxFacts(eventlog::Outbox& outbox, std::int64_t sample_per_million, runtime::TraceLines& lines)
      : outbox_(outbox), sample_per_million_(sample_per_million), lines_(lines) {}
  // From the tap, as clearing did for the request: a request that was parked has no event any more.
  void Send(const AuthRequest& request, const Answer& answer) override {
    const TraceContext tap = RecordedContext(request.tap, sample_per_million_);
    const std::string id = request.id.ToText();
    const TraceContext trace = Child(tap, "answered/" + id);
    outbox_.AddByAccount(eventlog::topic::kAuthorisations, answer.account.value(),
                         ToEvent(answer, trace).SerializeAsString());
    if (!lines_.Wants(trace)) return;
    const Uuid& aggregate = answer.aggregate.value();
    lines_.Add({.what = "answered",
                .context = trace,
                .parent = SpanIdOf(trace.trace, "requested/" + id),
                .event_time = answer.event_time,
                .tap = request.tap.value(),
                .detail = std::string(PurposeName(answer.purpose)) + ", " + answer.response_code,
                .aggregate = aggregate.IsNil() ? "" : aggregate.ToText(),
                .from = from_});
  }
  // Of the fact that is handled now.
  void From(std::string place) { from_ = std::move(place); }
  void Send(const LearnedPar& learned) override {
    outbox_.Add(eventlog::topic::kMedia, 0, learned.medium.value().ToBinary(),
                ToEvent(learned).SerializeAsString());
  }

 private:
  eventlog::Outbox& outbox_;
  std::int64_t sample_per_million_;
  runtime::TraceLines& lines_;
  std::string from_;
};

Result<void> Take(Desk& desk, const eventlog::Record& record) {
  events::v1::Event event;
  if (!event.ParseFromString(record.value)) return Error(kBadFact, "not a plaza.events.v1.Event");
  if (event.has_tap_recorded()) {
    PLAZA_ASSIGN_OR_RETURN(const std::optional<SealedTap> tap, ToSealedTap(event.tap_recorded()));
    return tap.has_value() ? desk.OnTap(*tap) : Result<void>();
  }
  if (event.has_authorisation_requested()) {
    PLAZA_ASSIGN_OR_RETURN(const AuthRequest request, ToRequest(event.authorisation_requested(),
                                                                Instant{event.event_time_ms()}));
    return desk.OnRequest(request);
  }
  return {};
}

}  // namespace

Result<std::vector<eventlog::Rejected>> FactHandler::Handle(
    store::Tx& tx, eventlog::Outbox& outbox, const eventlog::TopicPartition& from,
    std::span<const eventlog::StoredRecord> records) {
  // Processes take turns: a card that one learns while another parks a request for it, or a request
  // that two are asked at once, would else be missed or asked twice.
  tx.Lock("desk");
  TxCards cards(tx, safe_, cache_);
  TxRequests requests(tx);
  runtime::TraceLines lines("vault", traces_);
  OutboxFacts facts(outbox, traces_.sample_per_million, lines);
  Desk desk(data_base_, acquirer_, cards, requests, facts);
  std::vector<eventlog::Rejected> rejected;
  for (std::size_t i = 0; i < records.size(); ++i) {
    facts.From(runtime::TracePlace(from.topic, from.partition, records[i].offset));
    const Result<void> taken = Take(desk, records[i].record);
    if (!taken.ok()) rejected.push_back({i, taken.error()});
  }
  const std::int64_t parked = desk.counts().parked_changed ? requests.CountParked() : -1;
  tx.OnCommit([&metrics = metrics_, counts = desk.counts(), parked,
               n = std::int64_t(rejected.size()), lines = std::move(lines)] {
    lines.Write();
    metrics.Committed(counts, n);
    if (parked >= 0) metrics.Parked(parked);
  });
  return rejected;
}

}  // namespace plaza::vault
