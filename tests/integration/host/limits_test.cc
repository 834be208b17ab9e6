// Copies of a service that share their callers' limits through a real Redis, which goes away and
// comes back.
#include <gtest/gtest.h>
#include <hiredis.h>

#include <functional>

#include "apps/plaza/servers/redis.h"
#include "libs/cache/redis_cache.h"
#include "libs/host/cache_counts.h"
#include "libs/host/host.h"
#include "libs/rpc/client.h"
#include "libs/rpc/dev_ca.h"
#include "plaza/ops/v1/ops.pb.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_folder.h"

namespace plaza::host {
namespace {

using std::chrono::milliseconds;

using plaza::testing::Eventually;

// A copy of a service as far as its limits go. Its clock is the test's.
class Copy {
 public:
  Copy(const std::string& redis, const rpc::Bucket::Time& now) {
    cache::RedisOptions options;
    options.address = redis;
    options.call_time_max = std::chrono::seconds(20);
    options.breaker.open_max = milliseconds(100);
    cache_ = cache::OpenRedisCache(options, metrics_).value();
    counts_ = std::make_unique<CacheCounts>(*cache_);
    limiter_ = std::make_unique<rpc::Limiter>(rpc::RateRules::Parse("support=1/20").value(),
                                              metrics_, [&now] { return now; });
  }
  // How many of 100 calls may go on, with a round after the first one.
  int Admitted() {
    const int first = Admit();
    limiter_->Share(*counts_);
    int more = 0;
    for (int i = 0; i < 99; ++i) more += Admit();
    limiter_->Share(*counts_);
    return first + more;
  }
  bool Reaches() { return cache_->Set("reaches", "yes", std::chrono::hours(1)).ok(); }

 private:
  int Admit() {
    const rpc::Caller caller{"helper", {"support"}, {}};
    return limiter_->Admit(caller, {{"support"}}, "plaza.fare.v1.Fare/ExplainFare").count() == 0;
  }
  runtime::Metrics metrics_;
  std::unique_ptr<cache::Cache> cache_;
  std::unique_ptr<CacheCounts> counts_;
  std::unique_ptr<rpc::Limiter> limiter_;
};

TEST(SharedLimits, CopiesShareThemUnlessRedisIsAway) {
  const testing::TempFolder folder;
  const auto redis = servers::Redis::Start({.folder = folder.path()}).value();
  rpc::Bucket::Time now = rpc::Bucket::Time() + std::chrono::hours(1);
  Copy a(redis->address(), now);
  Copy b(redis->address(), now);
  EXPECT_EQ(a.Admitted(), 20);
  EXPECT_EQ(b.Admitted(), 1);  // until it has looked

  redis->Kill();
  now += std::chrono::minutes(1);
  EXPECT_EQ(a.Admitted(), 20);
  EXPECT_EQ(b.Admitted(), 20);

  ASSERT_TRUE(redis->StartAgain().ok());
  ASSERT_TRUE(Eventually([&] { return a.Reaches() && b.Reaches(); }));
  now += std::chrono::minutes(1);
  EXPECT_EQ(a.Admitted(), 20);
  EXPECT_EQ(b.Admitted(), 1);
}

// The whole way: two processes' worth of hosts, told by their settings.
class TwoHosts : public ::testing::Test {
 protected:
  TwoHosts() {
    tls_ = (folder_.path() / "tls").string();
    EXPECT_TRUE(rpc::EnsureDevCa(tls_).ok());
    for (int i = 0; i < 2; ++i) {
      Config config;
      config.name = "plaza-test";
      config.tls = rpc::EnsureDevCertificate(tls_, "server", {"server"}, {}).value();
      config.embedded_log = folder_.path() / ("log" + std::to_string(i) + ".db");
      config.rpc_limits = "admin=1/10000";
      config.redis = redis_->address();
      hosts_.push_back(Host::Open(config).value());
      EXPECT_TRUE(hosts_.back()->Start().ok());
    }
  }
  std::unique_ptr<rpc::Client> Connect(int host) {
    const std::string address = "127.0.0.1:" + std::to_string(hosts_[host]->rpc_port());
    const auto admin = rpc::EnsureDevCertificate(tls_, "admin", {"admin"}, {}).value();
    return rpc::Client::Connect({.route = address, .tls = admin}).value();
  }

  testing::TempFolder folder_;
  std::unique_ptr<servers::Redis> redis_ =
      servers::Redis::Start({.folder = folder_.path() / "redis"}).value();
  std::string tls_;
  std::vector<std::unique_ptr<Host>> hosts_;
};

// The only counter there, as the hosts' threads tell it.
int Counter(redisContext* redis) {
  int count = 0;
  auto* keys = static_cast<redisReply*>(redisCommand(redis, "KEYS plaza.plaza-test.c.limit.*"));
  if (keys != nullptr && keys->elements == 1) {
    auto* value = static_cast<redisReply*>(redisCommand(redis, "GET %s", keys->element[0]->str));
    if (value != nullptr && value->str != nullptr) count = std::stoi(value->str);
    freeReplyObject(value);
  }
  freeReplyObject(keys);
  return count;
}

TEST_F(TwoHosts, TellTheirCallersCallsToEachOther) {
  const std::unique_ptr<rpc::Client> clients[] = {Connect(0), Connect(1)};
  redisContext* redis = redisConnect("127.0.0.1", redis_->port());
  int calls = 0;  // of each host: neither can have told more by itself
  EXPECT_TRUE(Eventually([&] {
    ++calls;
    for (const auto& client : clients) {
      (void)client->Call<ops::v1::GetProgressResponse>("plaza.ops.v1.Ops", "GetProgress",
                                                       ops::v1::GetProgressRequest(),
                                                       std::chrono::seconds(30));
    }
    return Counter(redis) > calls;
  })) << Counter(redis)
      << " of " << 2 * calls;
  redisFree(redis);
}

}  // namespace
}  // namespace plaza::host
