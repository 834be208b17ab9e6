// What a call of the cache costs in this process, in Redis, and while Redis is away; and what a
// caller's limit costs a call. One JSON line each.
#include <chrono>
#include <cstdio>
#include <functional>

#include "apps/plaza/servers/redis.h"
#include "libs/base/check.h"
#include "libs/cache/process_cache.h"
#include "libs/cache/redis_cache.h"
#include "libs/rpc/limiter.h"
#include "tests/support/temp_folder.h"

namespace plaza::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::hours kLong{1};
constexpr int kKeys = 100;

void Time(const char* name, int calls, const std::function<void(int)>& call) {
  const auto start = Clock::now();
  for (int i = 0; i < calls; ++i) call(i);
  const double ns = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  std::printf("{\"bench\":\"%s\",\"calls\":%d,\"us_a_call\":%.2f}\n", name, calls,
              ns / 1000 / calls);
}

void BenchCache(const std::string& name, cache::Cache& cache) {
  std::vector<std::string> keys;
  for (int i = 0; i < kKeys; ++i) keys.push_back("key" + std::to_string(i));
  for (const std::string& key : keys) {
    PLAZA_CHECK(cache.Set(key, std::string(300, 'v'), kLong).ok());
  }
  Time((name + ", get").c_str(), 100'000, [&](int i) { PLAZA_CHECK(cache.Get(keys[i % kKeys])); });
  Time((name + ", get 100 at once").c_str(), 2'000,
       [&](int) { PLAZA_CHECK(cache.GetMany(keys).back()); });
  Time((name + ", increment").c_str(), 100'000,
       [&](int i) { PLAZA_CHECK(cache.Increment(keys[i % kKeys], 1, kLong)); });
}

void BenchLimiter(runtime::Metrics& metrics) {
  rpc::Limiter limiter(rpc::RateRules::Parse("support=1000000/1000000").value(), metrics);
  std::vector<rpc::Caller> callers;
  for (int i = 0; i < kKeys; ++i) callers.push_back({"c" + std::to_string(i), {"support"}, {}});
  const rpc::Access access{{"support"}};
  Time("a caller's limit", 1'000'000,
       [&](int i) { (void)limiter.Admit(callers[i % kKeys], access, "plaza.fare.v1.Fare/X"); });
}

void Run() {
  runtime::Metrics metrics;
  BenchCache("in this process", *cache::MakeProcessCache({}, metrics));
  const testing::TempFolder folder;
  const auto redis = servers::Redis::Start({.folder = folder.path()}).value();
  cache::RedisOptions options;
  options.address = redis->address();
  options.call_time_max = std::chrono::seconds(20);
  const auto cache = cache::OpenRedisCache(options, metrics).value();
  BenchCache("redis", *cache);
  redis->Kill();
  for (int i = 0; i < 3; ++i) (void)cache->Get("key");
  Time("redis is away, get", 1'000'000, [&](int) { (void)cache->Get("key"); });
  BenchLimiter(metrics);
}

}  // namespace
}  // namespace plaza::bench

int main() { plaza::bench::Run(); }
