// The metrics of tap-ingest (README.md, "Metrics"). Thread-safe.
#pragma once
#include <cstdint>

#include "libs/runtime/metrics.h"
#include "services/tap-ingest/app/ports.h"

namespace plaza::tap_ingest {

class TapIngestMetrics {
 public:
  explicit TapIngestMetrics(runtime::Metrics& metrics);

  // A call that was answered: what became of its records.
  void Submitted(const Counts& counts, std::size_t records, double seconds);
  void BacklogRefused() { backlog_refused_.Add(); }
  void DeadLetterSuppressed() { dead_letters_suppressed_.Add(); }
  void ParConflicts(int count) { par_conflicts_.Add(count); }
  void Media(std::size_t count) { media_.Set(static_cast<std::int64_t>(count)); }
  void Denied(std::size_t count) { denied_.Set(static_cast<std::int64_t>(count)); }

 private:
  runtime::Metrics& metrics_;
  runtime::Histogram& batch_records_;
  runtime::Histogram& batch_seconds_;
  runtime::Counter& backlog_refused_;
  runtime::Counter& dead_letters_suppressed_;
  runtime::Counter& par_conflicts_;
  runtime::Gauge& media_;
  runtime::Gauge& denied_;
};

}  // namespace plaza::tap_ingest
