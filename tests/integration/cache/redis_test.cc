// What a real Redis can do to a cache: be away, die, forget, halt, be full, hold somebody else's
// garbage.
#include <signal.h>

#include <fstream>

#include "apps/plaza/servers/port.h"
#include "apps/plaza/servers/redis.h"
#include "tests/integration/cache/fixture.h"
#include "tests/support/temp_folder.h"

namespace plaza::cache {
namespace {

using std::chrono::milliseconds;

class CacheOnRedis : public ::testing::Test {
 protected:
  void Start(servers::RedisOptions options = {}) {
    options.folder = folder_.path();
    server_ = servers::Redis::Start(options).value();
  }
  // Long enough for a busy machine, unless the test is about an answer that does not come.
  RedisOptions Options(milliseconds call_time_max = std::chrono::seconds(20)) const {
    RedisOptions options;
    options.address = server_ == nullptr ? "" : server_->address();
    options.prefix = "p.";
    options.call_time_max = call_time_max;
    options.connect_time_max = milliseconds(500);
    options.breaker.open_first = milliseconds(20);
    options.breaker.open_max = milliseconds(100);
    return options;
  }

  testing::TempFolder folder_;
  std::unique_ptr<servers::Redis> server_;
};

// A call that waited for its hour would outlast the suite.
TEST_F(CacheOnRedis, WhileItIsAbsentNobodyWaitsAndOnceItIsThereItIsUsed) {
  const int port = servers::FreePort();
  RedisOptions options = Options(kLong);
  options.address = "127.0.0.1:" + std::to_string(port);
  Subject cache(options);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(cache->Get("k"), std::nullopt);
    EXPECT_TRUE(cache->Set("k", "v", kLong).error().Is(kCacheAway));
    EXPECT_TRUE(cache->Delete("k").error().Is(kCacheAway));
    EXPECT_EQ(cache->Increment("k", 1, kLong), std::nullopt);
  }
  EXPECT_FALSE(cache.closed());
  EXPECT_EQ(cache.Errors(kCacheAway), 4000);
  EXPECT_EQ(cache.Metric("plaza_cache_misses_total{cache=\"redis\"}"), 1000);
  std::ofstream(folder_.path() / "port") << port << "\n";
  Start();
  EXPECT_TRUE(Eventually([&] { return cache.Works(); }));
}

TEST_F(CacheOnRedis, ARestartLosesTheValuesAndNothingElse) {
  Start();
  Subject cache(Options());
  ASSERT_TRUE(cache->Set("k", "v", kLong).ok());
  for (int round = 0; round < 2; ++round) {
    server_->Kill();
    EXPECT_EQ(cache->Get("k"), std::nullopt);
    EXPECT_TRUE(Eventually([&] {
      (void)cache->Get("k");
      return !cache.closed();
    }));
    ASSERT_TRUE(server_->StartAgain().ok());
    EXPECT_TRUE(Eventually([&] { return cache.Works(); }));
    EXPECT_EQ(cache->Get("k"), std::nullopt);
    ASSERT_TRUE(cache->Set("k", "v", kLong).ok());
    EXPECT_EQ(cache->Get("k"), "v");
  }
}

// The connections that it left are not used again, so nobody notices.
TEST_F(CacheOnRedis, ARestartBetweenTwoCallsCostsNoCall) {
  Start();
  Subject cache(Options());
  ASSERT_TRUE(cache.Works());
  ASSERT_TRUE(server_->Stop().ok());
  ASSERT_TRUE(server_->StartAgain().ok());
  EXPECT_TRUE(cache.Works());
  EXPECT_EQ(cache.Errors(kCacheAway), 0);
}

TEST_F(CacheOnRedis, WhenItIsEmptiedEverythingIsAbsent) {
  Start();
  Subject cache(Options());
  ASSERT_TRUE(cache->Set("k", "v", kLong).ok());
  ASSERT_EQ(cache->Increment("n", 7, kLong), 7);
  EXPECT_EQ(SecondClient(server_->port()).Do({"FLUSHALL"}), "OK");
  EXPECT_EQ(cache->Get("k"), std::nullopt);
  EXPECT_EQ(cache->Increment("n", 1, kLong), 1);
  EXPECT_TRUE(cache.Works());
}

TEST_F(CacheOnRedis, WhileItIsHaltedCallsComeBackAndThenAreNotTried) {
  Start();
  Subject cache(Options(milliseconds(300)));
  ASSERT_TRUE(Eventually([&] { return cache->Set("k", "v", kLong).ok(); }));
  server_->process().Signal(SIGSTOP);
  EXPECT_TRUE(Eventually([&] {
    EXPECT_EQ(cache->Get("k"), std::nullopt);
    return !cache.closed();
  }));
  const int slow = cache.Errors(kCacheSlow);
  EXPECT_GE(slow, 2);  // the third may be told of a connection that could not be made
  const int away_before = cache.Errors(kCacheAway);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(cache->Get("k"), std::nullopt);
  EXPECT_EQ(cache.Errors(kCacheSlow), slow);
  EXPECT_EQ(cache.Errors(kCacheAway), away_before + 1000);
  server_->process().Signal(SIGCONT);
  EXPECT_TRUE(Eventually([&] { return cache->Get("k") == "v"; }));
  EXPECT_TRUE(cache.closed());
}

TEST_F(CacheOnRedis, WhenItIsFullWhatIsThereIsStillRead) {
  Start({.folder = {}, .memory_bytes_max = 4 * 1024 * 1024});
  Subject cache(Options());
  int kept = 0;
  Result<void> set;
  while ((set = cache->Set("k" + std::to_string(kept), std::string(100'000, 'x'), kLong)).ok()) {
    ++kept;
    ASSERT_LT(kept, 1000);
  }
  EXPECT_TRUE(set.error().Is(kCacheRefused)) << set.error().ToString();
  EXPECT_EQ(set.error().what(), "Redis says OOM");
  ASSERT_GT(kept, 0);
  int counters = 0;  // there is place for some of them still
  while (cache->Increment("n" + std::to_string(counters), 1, kLong)) ASSERT_LT(++counters, 100'000);
  for (int i = 0; i < kept; ++i) {
    EXPECT_EQ(cache->Get("k" + std::to_string(i)), std::string(100'000, 'x'));
  }
  EXPECT_TRUE(cache.closed());
  for (int i = 0; i < kept; ++i) EXPECT_TRUE(cache->Delete("k" + std::to_string(i)).ok());
  EXPECT_TRUE(Eventually([&] { return cache->Increment("n", 1, kLong).has_value(); }));
  EXPECT_TRUE(cache.Works());
}

TEST_F(CacheOnRedis, AValueThatIsNotOursIsAMissAndIsCounted) {
  Start();
  Subject cache(Options());
  SecondClient liar(server_->port());
  ASSERT_TRUE(cache->Set("other", "other's value", kLong).ok());
  const std::string others = liar.Do({"GET", "p.v.other"});
  ASSERT_EQ(others.size(), 2 + 32 + 13U);
  ASSERT_TRUE(cache->Set("k", "v", kLong).ok());
  const std::string own = liar.Do({"GET", "p.v.k"});
  const struct {
    const char* name;
    std::vector<std::string> command;
  } table[] = {
      {"garbage", {"SET", "p.v.k", "garbage"}},
      {"empty", {"SET", "p.v.k", ""}},
      {"another key's", {"SET", "p.v.k", others}},
      {"cut", {"SET", "p.v.k", own.substr(0, own.size() - 1)}},
      {"longer", {"SET", "p.v.k", own + "v"}},
      {"a number", {"SET", "p.v.k", "12"}},
      {"a list", {"RPUSH", "p.v.k", own}},
      {"a hash", {"HSET", "p.v.k", "k", own}},
      {"longer than may be kept", {"SET", "p.v.k", std::string(3'000'000, 'x')}},
  };
  for (const auto& row : table) {
    liar.Do({"DEL", "p.v.k"});
    const int lies = cache.Errors(kCacheLied);
    const std::string said = liar.Do(row.command);
    EXPECT_FALSE(said.starts_with("error")) << row.name << said;
    EXPECT_EQ(cache->Get("k"), std::nullopt) << row.name;
    EXPECT_EQ(cache.Errors(kCacheLied), lies + 1) << row.name;
    ASSERT_TRUE(cache->Set("k", "v", kLong).ok()) << row.name;  // mends it
    EXPECT_EQ(cache->Get("k"), "v") << row.name;
  }
  EXPECT_EQ(liar.Do({"GET", "p.v.k"}), own);
}

TEST_F(CacheOnRedis, ACounterThatIsNotOursIsAbsentAndIsCounted) {
  Start();
  Subject cache(Options());
  SecondClient liar(server_->port());
  const std::vector<std::string> table[] = {{"SET", "p.c.n", "abc"},
                                            {"SET", "p.c.n", "-5"},
                                            {"RPUSH", "p.c.n", "1"},
                                            {"SET", "p.c.n", "9223372036854775807"}};
  for (const auto& command : table) {
    liar.Do({"DEL", "p.c.n"});
    liar.Do(command);
    const Addition additions[] = {{"n", 2, kLong}, {"m", 1, kLong}};
    const auto sums = cache->IncrementMany(additions);
    EXPECT_EQ(sums[0], std::nullopt) << command.back();
    EXPECT_TRUE(sums[1].has_value()) << command.back();
  }
  EXPECT_EQ(cache.Errors(kCacheLied) + cache.Errors(kCacheRefused), 4);
  // One that was left without an end gets one.
  liar.Do({"SET", "p.c.n", "5"});
  EXPECT_EQ(cache->Increment("n", 2, kLong), 7);
  EXPECT_GT(std::stoi(liar.Do({"PTTL", "p.c.n"})), 0);
}

TEST_F(CacheOnRedis, SendsPasswordDatabasePrefixAndExpiry) {
  Start({.folder = {}, .password = "letmein"});
  RedisOptions options = Options();
  options.password = "letmein";
  options.db = 3;
  Subject cache(options);
  ASSERT_TRUE(cache->Set("k", "v", kLong).ok());
  ASSERT_EQ(cache->Increment("n", 1, kLong), 1);
  SecondClient other(server_->port());
  EXPECT_EQ(other.Do({"AUTH", "letmein"}), "OK");
  EXPECT_EQ(other.Do({"DBSIZE"}), "0");
  EXPECT_EQ(other.Do({"SELECT", "3"}), "OK");
  EXPECT_EQ(other.Do({"DBSIZE"}), "2");
  for (const char* key : {"p.v.k", "p.c.n"}) {
    const int left = std::stoi(other.Do({"PTTL", key}));
    EXPECT_GT(left, 0) << key;
    EXPECT_LE(left, milliseconds(kLong).count()) << key;
  }
  for (const char* wrong : {"", "wrong"}) {
    options.password = wrong;
    Subject stranger(options);
    EXPECT_EQ(stranger->Get("k"), std::nullopt);
    EXPECT_FALSE(stranger.closed());
  }
}

TEST_F(CacheOnRedis, AnAddressIsHostAndPort) {
  runtime::Metrics metrics;
  for (const char* address :
       {"", "redis", "redis:", ":6379", "redis:0", "redis:65536", "redis:6x"}) {
    RedisOptions options;
    options.address = address;
    const auto refused = OpenRedisCache(options, metrics);
    ASSERT_FALSE(refused.ok()) << address;
    EXPECT_TRUE(refused.error().Is(kBadCacheAddress)) << address;
  }
}

}  // namespace
}  // namespace plaza::cache
