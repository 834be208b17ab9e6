// What fare counts (services/fare/README.md, "Metrics"). Thread-safe.
#pragma once
#include "libs/runtime/metrics.h"
#include "services/fare/app/fold.h"

namespace plaza::fare {

class FareMetrics {
 public:
  explicit FareMetrics(runtime::Metrics& metrics);
  void Add(const FoldCounts& counts);  // of a batch that was committed
  void SetCachedAccounts(std::int64_t accounts);

 private:
  runtime::Counter& rated_;
  runtime::Counter& ignored_;
  runtime::Counter& held_;
  runtime::Counter& refused_;
  runtime::Counter& moved_;
  runtime::Counter& charges_;
  runtime::Counter& corrections_;
  runtime::Counter& failures_;
  runtime::Gauge& cached_;
};

}  // namespace plaza::fare
