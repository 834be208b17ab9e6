// Clearing's door for facts: taps, charges, accounts, answers of the acquirer, the clock.
// One thread calls it (libs/eventlog/consumer.h).
#pragma once
#include "libs/eventlog/consumer.h"
#include "plaza/events/v1/events.pb.h"
#include "services/clearing/app/batch.h"
#include "services/clearing/feed/clearing_metrics.h"

namespace plaza::clearing {

class FactHandler : public eventlog::Handler {
 public:
  // All outlive the handler.
  FactHandler(const Policy& policy, int account_partitions, ClearingMetrics& metrics)
      : policy_(policy), account_partitions_(account_partitions), metrics_(metrics) {}

  Result<std::vector<eventlog::Rejected>> Handle(
      store::Tx& tx, eventlog::Outbox& outbox, const eventlog::TopicPartition& from,
      std::span<const eventlog::StoredRecord> records) override;
  void Reset() override { cache_.Clear(); }

 private:
  Result<void> One(Batch& batch, const eventlog::TopicPartition& from,
                   const eventlog::Record& record);
  Result<void> Account(Batch& batch, int partition, const std::string& key,
                       const events::v1::Event& event);

  const Policy& policy_;
  int account_partitions_;
  ClearingMetrics& metrics_;
  AccountCache cache_;
};

// The topics that the handler takes.
std::vector<std::string> ConsumedTopics();

}  // namespace plaza::clearing
