// What a cache counts. Thread-safe.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "libs/base/error.h"
#include "libs/runtime/metrics.h"

namespace plaza::cache {

// plaza_cache_hits_total{cache}, plaza_cache_misses_total{cache} and
// plaza_cache_errors_total{cache,reason}. A get that an error spoils is a miss too.
class CacheMetrics {
 public:
  // `cache`: "process" or "redis". `metrics` outlives this.
  CacheMetrics(runtime::Metrics& metrics, const std::string& cache);
  void Hit() { hits_->Add(); }
  void Miss() { misses_->Add(); }
  void Failed(const Error& error);

 private:
  runtime::Counter* hits_;
  runtime::Counter* misses_;
  std::vector<std::pair<const ErrorKind*, runtime::Counter*>> errors_;
};

}  // namespace plaza::cache
