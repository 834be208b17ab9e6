// Clearing's door for facts: taps, charges, accounts, answers of the acquirer, the clock.
// One thread calls it (libs/eventlog/consumer.h).
#pragma once
#include "libs/eventlog/consumer.h"
#include "libs/runtime/trace.h"
#include "plaza/events/v1/events.pb.h"
#include "services/clearing/app/batch.h"
#include "services/clearing/feed/clearing_metrics.h"

namespace plaza::clearing {

class FactHandler : public eventlog::Handler {
 public:
  // All outlive the handler.
  FactHandler(const Policy& policy, int account_partitions, ClearingMetrics& metrics,
              const runtime::TraceSettings& traces = {})
      : policy_(policy),
        account_partitions_(account_partitions),
        metrics_(metrics),
        traces_(traces) {}

  Result<std::vector<eventlog::Rejected>> Handle(
      store::Tx& tx, eventlog::Outbox& outbox, const eventlog::TopicPartition& from,
      std::span<const eventlog::StoredRecord> records) override;
  void Reset() override { cache_.Clear(); }

 private:
  Result<void> One(Batch& batch, const eventlog::TopicPartition& from,
                   const eventlog::StoredRecord& stored, runtime::TraceLines& lines);
  Result<void> Take(Batch& batch, const eventlog::TopicPartition& from, const std::string& key,
                    const events::v1::Event& event);
  Result<void> Account(Batch& batch, int partition, const std::string& key,
                       const events::v1::Event& event);

  const Policy& policy_;
  int account_partitions_;
  ClearingMetrics& metrics_;
  const runtime::TraceSettings traces_;
  AccountCache cache_;
};

// The topics that the handler takes.
std::vector<std::string> ConsumedTopics();

}  // namespace plaza::clearing
