#include "services/vault/feed/handler.h"

#include <string>

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
  explicit OutboxFacts(eventlog::Outbox& outbox) : outbox_(outbox) {}
  void Send(const Answer& answer) override {
    outbox_.AddByAccount(eventlog::topic::kAuthorisations, answer.account.value(),
                         ToEvent(answer).SerializeAsString());
  }
  void Send(const LearnedPar& learned) override {
    outbox_.Add(eventlog::topic::kMedia, 0, learned.medium.value().ToBinary(),
                ToEvent(learned).SerializeAsString());
  }

 private:
  eventlog::Outbox& outbox_;
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
    store::Tx& tx, eventlog::Outbox& outbox, const eventlog::TopicPartition&,
    std::span<const eventlog::StoredRecord> records) {
  // Processes take turns: a card that one learns while another parks a request for it, or a request
  // that two are asked at once, would else be missed or asked twice.
  tx.Lock("desk");
  TxCards cards(tx, safe_, cache_);
  TxRequests requests(tx);
  OutboxFacts facts(outbox);
  Desk desk(data_base_, acquirer_, cards, requests, facts);
  std::vector<eventlog::Rejected> rejected;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Result<void> taken = Take(desk, records[i].record);
    if (!taken.ok()) rejected.push_back({i, taken.error()});
  }
  const std::int64_t parked = desk.counts().parked_changed ? requests.CountParked() : -1;
  tx.OnCommit(
      [&metrics = metrics_, counts = desk.counts(), parked, n = std::int64_t(rejected.size())] {
        metrics.Committed(counts, n);
        if (parked >= 0) metrics.Parked(parked);
      });
  return rejected;
}

}  // namespace plaza::vault
