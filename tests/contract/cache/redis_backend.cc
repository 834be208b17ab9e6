// The conformance suite on a real Redis: one server for the whole program, a prefix a test.
#include <atomic>
#include <thread>

#include "apps/plaza/servers/redis.h"
#include "libs/cache/redis_cache.h"
#include "tests/contract/cache/backend.h"
#include "tests/support/temp_folder.h"

namespace plaza::cache::contract {
namespace {

servers::Redis& Server() {
  static const testing::TempFolder folder;
  static const auto server = servers::Redis::Start({.folder = folder.path()}).value();
  return *server;
}

class RedisBackend : public Backend {
 public:
  RedisBackend() {
    static std::atomic<int> count{0};
    RedisOptions options;
    options.address = Server().address();
    options.prefix = "test" + std::to_string(++count) + ".";
    // The suite is about answers, on a machine that may be busy; tests/integration is about time.
    options.call_time_max = std::chrono::seconds(20);
    cache_ = OpenRedisCache(options, metrics_).value();
  }
  Cache& cache() override { return *cache_; }
  void Pass() override { std::this_thread::yield(); }

 private:
  runtime::Metrics metrics_;
  std::unique_ptr<Cache> cache_;
};

}  // namespace

std::vector<BackendFactory> Backends() {
  return {{"redis", [] { return std::make_unique<RedisBackend>(); }}};
}

}  // namespace plaza::cache::contract
