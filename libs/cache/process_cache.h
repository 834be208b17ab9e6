// The cache in this process: bounded by bytes, least recently used goes first.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "libs/cache/cache.h"
#include "libs/runtime/metrics.h"

namespace plaza::cache {

struct ProcessCacheOptions {
  std::size_t bytes_max = 16 * 1024 * 1024;  // keys, values and kEntryOverheadBytes each
  // Never goes back; thread-safe.
  std::function<std::chrono::steady_clock::time_point()> clock = &std::chrono::steady_clock::now;
};

// `metrics` outlives the cache.
std::unique_ptr<Cache> MakeProcessCache(ProcessCacheOptions options, runtime::Metrics& metrics);

}  // namespace plaza::cache
