// The other door of tap-ingest: the city's clock, the deny list, and what the vault learned of
// media. Called on the consumer's thread. What it changes in memory goes through a Memory::Step
// (which a rollback puts right) or is told to the City after the commit; so Reset() has nothing to
// drop.
#pragma once
#include "libs/eventlog/consumer.h"
#include "libs/store/db.h"
#include "services/tap-ingest/app/city.h"
#include "services/tap-ingest/app/memory.h"
#include "services/tap-ingest/app/ports.h"
#include "services/tap-ingest/tap_ingest_metrics.h"

namespace plaza::events::v1 {
class Event;
}

namespace plaza::tap_ingest {

class FactHandler : public eventlog::Handler {
 public:
  // All of them outlive this object.
  FactHandler(TapStore& taps, FactStore& facts, Memory& memory, City& city,
              TapIngestMetrics& metrics)
      : taps_(taps), facts_(facts), memory_(memory), city_(city), metrics_(metrics) {}

  Result<std::vector<eventlog::Rejected>> Handle(
      store::Tx& tx, eventlog::Outbox& outbox, const eventlog::TopicPartition& from,
      std::span<const eventlog::StoredRecord> records) override;

 private:
  using Rejects = std::vector<eventlog::Rejected>;
  using Records = std::span<const eventlog::StoredRecord>;
  Result<Rejects> HandleClock(store::Tx& tx, Records records);
  Result<Rejects> HandleDenyList(store::Tx& tx, Records records);
  Result<Rejects> HandleMedia(store::Tx& tx, eventlog::Outbox& outbox, Records records);

  TapStore& taps_;
  FactStore& facts_;
  Memory& memory_;
  City& city_;
  TapIngestMetrics& metrics_;
};

}  // namespace plaza::tap_ingest
