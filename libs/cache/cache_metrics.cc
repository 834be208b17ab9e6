#include "libs/cache/cache_metrics.h"

#include "libs/cache/errors.h"

namespace plaza::cache {

CacheMetrics::CacheMetrics(runtime::Metrics& metrics, const std::string& cache)
    : hits_(&metrics.AddCounter("plaza_cache_hits_total", "Values that were there",
                                {{"cache", cache}})),
      misses_(&metrics.AddCounter("plaza_cache_misses_total", "Values that were not",
                                  {{"cache", cache}})) {
  for (const ErrorKind* kind : {&kCacheAway, &kCacheSlow, &kCacheRefused, &kCacheLied}) {
    errors_.emplace_back(
        kind, &metrics.AddCounter("plaza_cache_errors_total", "Answers that a cache could not give",
                                  {{"cache", cache}, {"reason", kind->reason}}));
  }
}

void CacheMetrics::Failed(const Error& error) {
  for (const auto& [kind, counter] : errors_) {
    if (error.Is(*kind)) counter->Add();
  }
}

}  // namespace plaza::cache
