// The door for facts: topics plaza.taps.v1 and plaza.accounts.v1 in, plaza.charges.v1 and
// plaza.accounts.v1 out. One thread calls it (libs/eventlog/consumer.h).
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "libs/eventlog/consumer.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/trace.h"
#include "services/fare/app/fold.h"
#include "services/fare/feed/fare_metrics.h"
#include "services/fare/store/fare_store.h"

namespace plaza::fare {

class FactHandler : public eventlog::Handler {
 public:
  FactHandler(std::shared_ptr<const Tariff> tariff, FoldOptions options,
              std::size_t cached_accounts_max, runtime::Metrics& metrics,
              const runtime::TraceSettings& traces = {});

  Result<std::vector<eventlog::Rejected>> Handle(
      store::Tx& tx, eventlog::Outbox& outbox, const eventlog::TopicPartition& from,
      std::span<const eventlog::StoredRecord> records) override;
  void Reset() override;

 private:
  class Batch;
  std::shared_ptr<const Tariff> tariff_;
  FoldOptions options_;
  FareMetrics metrics_;
  const runtime::TraceSettings traces_;
  AccountCache cache_;
  std::map<int, PassedCutOff> cut_offs_;  // by partition
  // A batch whose commit was not seen leaves the cache ahead of the store.
  bool uncommitted_ = false;
};

}  // namespace plaza::fare
