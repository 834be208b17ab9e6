// The counts of a limiter on a cache: libs/rpc and libs/cache do not know each other. Thread-safe.
#pragma once
#include "libs/cache/cache.h"
#include "libs/rpc/limiter.h"

namespace plaza::host {

class CacheCounts : public rpc::SharedCounts {
 public:
  explicit CacheCounts(cache::Cache& cache) : cache_(cache) {}
  std::vector<std::optional<std::int64_t>> Add(std::span<const Addition> additions) override;

 private:
  cache::Cache& cache_;
};

}  // namespace plaza::host
