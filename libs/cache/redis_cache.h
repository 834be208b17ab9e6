// The cache in Redis 7, which several processes share.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "libs/cache/breaker.h"
#include "libs/cache/cache.h"
#include "libs/runtime/metrics.h"

namespace plaza::cache {

struct RedisOptions {
  std::string address;   // host:port
  std::string password;  // empty: none is sent
  int db = 0;
  std::string prefix = "plaza.";  // of every key
  // How long a call may take in all, waiting for a connection included.
  std::chrono::milliseconds call_time_max{50};
  std::chrono::milliseconds connect_time_max{500};  // waited for beside the calls
  int connections_max = 4;
  BreakerOptions breaker;
};

// Does not wait for Redis: while it is away the cache looks empty. Calls only ever use connections
// that stand: a thread of the cache makes them, and probes while the breaker is open, when a call
// is answered without any I/O. Beside CacheMetrics: the gauge plaza_cache_breaker_state (0 closed,
// 1 half open, 2 open). `metrics` outlives the cache. BAD_CACHE_ADDRESS.
Result<std::unique_ptr<Cache>> OpenRedisCache(RedisOptions options, runtime::Metrics& metrics);

}  // namespace plaza::cache
