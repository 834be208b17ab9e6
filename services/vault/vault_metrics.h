// The vault's metrics. Counted once a batch is committed. Thread-safe.
#pragma once
#include <cstdint>
#include <map>

#include "libs/runtime/metrics.h"
#include "services/vault/app/desk.h"

namespace plaza::vault {

class VaultMetrics {
 public:
  explicit VaultMetrics(runtime::Metrics& metrics);
  void Committed(const DeskCounts& counts, std::int64_t rejected);
  void Parked(std::int64_t requests) { parked_.Set(requests); }

 private:
  runtime::Counter& cards_;
  runtime::Counter& pars_;
  runtime::Counter& repeated_;
  runtime::Counter& rejected_;
  runtime::Gauge& parked_;
  std::map<Purpose, runtime::Counter*> approved_;
  std::map<Purpose, runtime::Counter*> declined_;
};

}  // namespace plaza::vault
