// What answers where Redis should be, and is not Redis.
#include "libs/cache/envelope.h"
#include "tests/integration/cache/fake_server.h"
#include "tests/integration/cache/fixture.h"

namespace plaza::cache {
namespace {

using std::chrono::milliseconds;
using Then = Script::Then;

RedisOptions OptionsFor(const FakeServer& server, milliseconds call_time_max) {
  RedisOptions options;
  options.address = server.address();
  options.prefix = "p.";
  options.call_time_max = call_time_max;
  options.connect_time_max = milliseconds(200);
  options.breaker.open_first = std::chrono::hours(1);
  return options;
}

std::string Bulk(const std::string& value) {
  return "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
}

// What is noticed at once may take its time; what never ends, or never comes, must be given up.
TEST(NonsenseTest, EveryNonsenseIsAMissAndOpensTheBreaker) {
  const milliseconds at_once = std::chrono::minutes(10);
  const milliseconds given_up(100);
  const struct {
    const char* name;
    Script script;
    milliseconds call_time_max;
    const ErrorKind& kind;
  } table[] = {
      {"no protocol at all", {"HTTP/1.1 400 Bad Request\r\n\r\n"}, at_once, kCacheLied},
      {"no length", {"$x\r\n"}, at_once, kCacheLied},
      {"a length below nothing", {"$-7\r\n"}, at_once, kCacheLied},
      {"a number", {":12\r\n"}, at_once, kCacheLied},
      {"a status", {"+OK\r\n"}, at_once, kCacheLied},
      {"an array", {"*1\r\n$1\r\nv\r\n"}, at_once, kCacheLied},
      {"a huge array", {"*2147483647\r\n"}, at_once, kCacheLied},
      {"half an answer, then closed", {"$5\r\nab", Then::kClose}, at_once, kCacheAway},
      {"closed", {"", Then::kClose}, at_once, kCacheAway},
      {"half an answer, then nothing", {"$5\r\nab"}, given_up, kCacheSlow},
      {"nothing", {""}, given_up, kCacheSlow},
      {"an octet at a time", {"+", Then::kRepeat}, given_up, kCacheSlow},
      {"a line without an end", {std::string(1 << 20, 'x'), Then::kRepeat}, at_once, kCacheLied},
      {"a value without an end",
       {"$2000000000\r\n" + std::string(1 << 20, 'x'), Then::kRepeat},
       at_once,
       kCacheLied},
      {"a greeting that is none", {"", Then::kServe, "+OK\r\n:1\r\n"}, at_once, kCacheAway},
      {"no greeting", {"", Then::kServe, ""}, given_up, kCacheSlow},
      {"it wants a password",
       {"", Then::kServe, "-NOAUTH Authentication required.\r\n-NOAUTH\r\n"},
       at_once,
       kCacheAway},
  };
  for (const auto& row : table) {
    const FakeServer server(row.script);
    Subject cache(OptionsFor(server, row.call_time_max));
    EXPECT_TRUE(Eventually([&] {
      EXPECT_EQ(cache->Get("k"), std::nullopt) << row.name;
      return !cache.closed();
    })) << row.name;
    EXPECT_GE(cache.Errors(row.kind), 1) << row.name;
    const int asked = server.questions();
    const auto set = cache->Set("k", "v", kLong);
    ASSERT_FALSE(set.ok()) << row.name;
    EXPECT_TRUE(set.error().Is(kCacheAway)) << row.name;
    EXPECT_EQ(server.questions(), asked) << row.name;
  }
}

// As a network brings it: what is slow to come is no lie.
TEST(NonsenseTest, AValueInManyPiecesIsAValue) {
  const std::string value(200'000, 'v');
  const FakeServer server({Bulk(Seal("p.v.k", value)), Then::kPieces});
  Subject cache(OptionsFor(server, std::chrono::minutes(10)));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(cache->Get("k"), value);
  EXPECT_EQ(cache.Errors(kCacheLied), 0);
}

TEST(NonsenseTest, AnotherKeysAnswerIsAMiss) {
  const FakeServer server({Bulk(Seal("p.v.other", "v"))});
  Subject cache(OptionsFor(server, std::chrono::minutes(10)));
  EXPECT_EQ(cache->Get("other"), "v");
  EXPECT_EQ(cache->Get("k"), std::nullopt);
  EXPECT_EQ(cache.Errors(kCacheLied), 1);
}

// Answers that are left over would be taken for the next question's.
TEST(NonsenseTest, AConnectionWithAnswersLeftOverIsNotUsedAgain) {
  const FakeServer server({":5\r\n:1\r\n:7\r\n"});
  Subject cache(OptionsFor(server, std::chrono::minutes(10)));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(cache->Increment("n", 1, kLong), 5) << i;
  EXPECT_TRUE(cache.closed());
}

}  // namespace
}  // namespace plaza::cache
