// Clearing's metrics (services/clearing/README.md, "Metrics"). Thread-safe.
#pragma once
#include <map>

#include "libs/runtime/metrics.h"
#include "services/clearing/app/batch.h"

namespace plaza::clearing {

class ClearingMetrics {
 public:
  explicit ClearingMetrics(runtime::Metrics& metrics);
  // After the commit of a batch. `debt_minor`: what riders owe now.
  void Committed(const BatchCounts& counts, std::int64_t debt_minor);

 private:
  runtime::Counter& taps_;
  runtime::Counter& charges_;
  runtime::Counter& duplicates_;
  runtime::Counter& postings_;
  runtime::Counter& breaks_;
  runtime::Counter& days_settled_;
  runtime::Gauge& debt_;
  runtime::Gauge& deny_list_epoch_;
  std::map<AggregateState, runtime::Counter*> aggregates_;
};

}  // namespace plaza::clearing
