#include "libs/cache/process_cache.h"

#include <gmock/gmock.h>

#include "libs/cache/errors.h"
#include "libs/cache/limits.h"

namespace plaza::cache {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
constexpr std::chrono::hours kLong{1};

class ProcessCacheTest : public ::testing::Test {
 protected:
  // Room for `entries` values of 100 octets under keys of one.
  std::unique_ptr<Cache> Make(std::size_t entries) {
    ProcessCacheOptions options;
    options.bytes_max = entries * (2 + 100 + kEntryOverheadBytes);
    options.clock = [this] { return now_; };
    return MakeProcessCache(options, metrics_);
  }
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
  runtime::Metrics metrics_;
  const std::string value_ = std::string(100, 'x');
};

TEST_F(ProcessCacheTest, TheLeastRecentlyUsedGoesFirst) {
  const auto cache = Make(3);
  for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(cache->Set(key, value_, kLong).ok());
  EXPECT_EQ(cache->Get("a"), value_);  // so "b" is the oldest
  ASSERT_TRUE(cache->Set("d", value_, kLong).ok());
  EXPECT_EQ(cache->Get("b"), std::nullopt);
  for (const char* key : {"a", "c", "d"}) EXPECT_EQ(cache->Get(key), value_) << key;
  // One that is replaced takes its own place.
  ASSERT_TRUE(cache->Set("a", std::string(100, 'y'), kLong).ok());
  EXPECT_EQ(cache->Get("a"), std::string(100, 'y'));
  EXPECT_EQ(cache->Get("c"), value_);
  const std::string text = metrics_.Expose();
  EXPECT_THAT(text, HasSubstr("plaza_cache_evictions_total 1\n"));
  EXPECT_THAT(text, HasSubstr("plaza_cache_held_bytes 786\n"));
  EXPECT_THAT(text, HasSubstr("plaza_cache_hits_total{cache=\"process\"} 6\n"));
  EXPECT_THAT(text, HasSubstr("plaza_cache_misses_total{cache=\"process\"} 1\n"));
}

TEST_F(ProcessCacheTest, ALargeOneMakesPlaceForItselfAndATooLargeOneIsRefused) {
  const auto cache = Make(3);
  for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(cache->Set(key, value_, kLong).ok());
  const std::string large(2 * (2 + 100 + kEntryOverheadBytes) - 2 - kEntryOverheadBytes, 'l');
  ASSERT_TRUE(cache->Set("d", large, kLong).ok());
  EXPECT_EQ(cache->Get("a"), std::nullopt);
  EXPECT_EQ(cache->Get("b"), std::nullopt);
  EXPECT_EQ(cache->Get("c"), value_);
  EXPECT_EQ(cache->Get("d"), large);
  const auto refused = cache->Set("c", std::string(1000, 'x'), kLong);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(kValueTooLarge));
  EXPECT_EQ(cache->Get("c"), std::nullopt);  // not the old one either
  EXPECT_EQ(cache->Get("d"), large);
}

TEST_F(ProcessCacheTest, ExpiresByTheClockThatItWasGiven) {
  const auto cache = Make(8);
  ASSERT_TRUE(cache->Set("k", "v", milliseconds(10)).ok());
  EXPECT_EQ(cache->Increment("k", 2, milliseconds(10)), 2);
  now_ += milliseconds(9);
  EXPECT_EQ(cache->Get("k"), "v");
  EXPECT_EQ(cache->Increment("k", 3, milliseconds(10)), 5);  // does not lengthen the window
  now_ += milliseconds(1);
  EXPECT_EQ(cache->Get("k"), std::nullopt);
  EXPECT_EQ(cache->Increment("k", 1, milliseconds(10)), 1);
}

TEST_F(ProcessCacheTest, TimesAndAdditionsOutOfBoundsAreBugs) {
  const auto cache = Make(8);
  EXPECT_DEATH((void)cache->Set("k", "v", milliseconds(0)), "kExpiryMax");
  EXPECT_DEATH((void)cache->Set("k", "v", kExpiryMax + kLong), "kExpiryMax");
  EXPECT_DEATH(cache->Increment("k", 0, milliseconds(1)), "addition.by");
}

}  // namespace
}  // namespace plaza::cache
