#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "libs/cache/errors.h"
#include "libs/cache/limits.h"
#include "tests/contract/cache/backend.h"

namespace plaza::cache::contract {
namespace {

using std::chrono::milliseconds;
using Values = std::vector<std::optional<std::string>>;
using Sums = std::vector<std::optional<std::int64_t>>;
constexpr std::chrono::hours kLong{1};

std::string AllOctets() {
  std::string octets;
  for (int i = 0; i < 256; ++i) octets.push_back(static_cast<char>(i));
  return octets + std::string("\r\n\0$-1\r\n", 8);
}

class CacheContract : public ::testing::TestWithParam<BackendFactory> {
 protected:
  void SetUp() override { backend_ = GetParam().make(); }
  Cache& cache() { return backend_->cache(); }
  void Set(const std::string& key, const std::string& value, milliseconds expiry = kLong) {
    const Result<void> done = cache().Set(key, value, expiry);
    ASSERT_TRUE(done.ok()) << key << ": " << done.error().ToString();
  }
  // Lets time pass until it is so; false after a minute.
  bool Eventually(const std::function<bool()>& so) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!so()) {
      if (std::chrono::steady_clock::now() >= give_up) return false;
      backend_->Pass();
    }
    return true;
  }
  std::unique_ptr<Backend> backend_;
};

TEST_P(CacheContract, ValuesComeBackExactly) {
  const struct {
    const char* name;
    std::string key;
    std::string value;
  } table[] = {
      {"plain", "k", "v"},
      {"empty is not absent", "empty", ""},
      {"all octets", AllOctets(), AllOctets()},
      {"another key that begins alike", "k2", "v2"},
      {"the largest", std::string(kKeyBytesMax, 'k'), std::string(kValueBytesMax, 'v')},
  };
  for (const auto& row : table) {
    EXPECT_EQ(cache().Get(row.key), std::nullopt) << row.name;
    Set(row.key, row.value);
  }
  for (const auto& row : table) EXPECT_EQ(cache().Get(row.key), row.value) << row.name;
}

TEST_P(CacheContract, TheLastSetAndTheDeleteCount) {
  Set("k", "first");
  Set("k", "second");
  EXPECT_EQ(cache().Get("k"), "second");
  EXPECT_TRUE(cache().Delete("k").ok());
  EXPECT_EQ(cache().Get("k"), std::nullopt);
  EXPECT_TRUE(cache().Delete("k").ok());
  Set("k", "third");
  EXPECT_EQ(cache().Get("k"), "third");
}

TEST_P(CacheContract, ManyAreAnsweredInOrder) {
  std::vector<std::string> keys;
  Values wanted;
  for (std::size_t i = 0; i < kBatchMax * 2 + 7; ++i) {
    keys.push_back("k" + std::to_string(i));
    wanted.push_back(i % 3 == 0 ? std::nullopt : std::optional("v" + std::to_string(i)));
    if (wanted.back()) Set(keys.back(), *wanted.back());
  }
  keys.push_back(keys[1]);  // the same twice
  wanted.push_back(wanted[1]);
  EXPECT_EQ(cache().GetMany(keys), wanted);
  EXPECT_EQ(cache().GetMany({}), Values());
}

TEST_P(CacheContract, ValuesExpire) {
  Set("short", "v", milliseconds(30));
  Set("long", "v");
  EXPECT_TRUE(Eventually([&] { return !cache().Get("short"); }));
  EXPECT_EQ(cache().Get("long"), "v");
  Set("long", "v2", milliseconds(30));  // the new expiry counts
  EXPECT_TRUE(Eventually([&] { return !cache().Get("long"); }));
  Set("short", "again");
  EXPECT_EQ(cache().Get("short"), "again");
}

TEST_P(CacheContract, CountersAddUpUntilTheirWindowEnds) {
  EXPECT_EQ(cache().Increment("n", 2, kLong), 2);
  EXPECT_EQ(cache().Increment("n", kIncrementMax, kLong), kIncrementMax + 2);
  const Addition additions[] = {{"n", 1, kLong}, {"m", 5, kLong}, {"m", 6, kLong}};
  EXPECT_EQ(cache().IncrementMany(additions), (Sums{kIncrementMax + 3, 5, 11}));
  EXPECT_EQ(cache().IncrementMany({}), Sums());
  // The first addition set the window: later ones do not lengthen it.
  EXPECT_EQ(cache().Increment("w", 1, milliseconds(30)), 1);
  std::int64_t before = 1;
  EXPECT_TRUE(Eventually([&] {
    const std::int64_t now = cache().Increment("w", 1, kLong).value();
    const bool anew = now == 1;
    EXPECT_TRUE(anew || now == before + 1) << now << " after " << before;
    before = now;
    return anew;
  }));
}

TEST_P(CacheContract, ValuesAndCountersDoNotMeet) {
  Set("k", "v");
  EXPECT_EQ(cache().Increment("k", 1, kLong), 1);
  EXPECT_EQ(cache().Get("k"), "v");
  EXPECT_TRUE(cache().Delete("k").ok());
  EXPECT_EQ(cache().Increment("k", 1, kLong), 2);
  EXPECT_EQ(cache().Get("k"), std::nullopt);
}

TEST_P(CacheContract, RefusesWhatIsOutOfBoundsAndGoesOn) {
  const std::string long_key(kKeyBytesMax + 1, 'k');
  for (const std::string& key : {std::string(), long_key}) {
    EXPECT_TRUE(cache().Set(key, "v", kLong).error().Is(kBadKey)) << key.size();
    EXPECT_TRUE(cache().Delete(key).error().Is(kBadKey)) << key.size();
    EXPECT_EQ(cache().Get(key), std::nullopt) << key.size();
    EXPECT_EQ(cache().Increment(key, 1, kLong), std::nullopt) << key.size();
  }
  const auto large = cache().Set("k", std::string(kValueBytesMax + 1, 'v'), kLong);
  ASSERT_FALSE(large.ok());
  EXPECT_TRUE(large.error().Is(kValueTooLarge));
  Set("k", "v");
  const std::string keys[] = {long_key, "k", ""};
  EXPECT_EQ(cache().GetMany(keys), (Values{std::nullopt, "v", std::nullopt}));
  const Addition additions[] = {{"", 1, kLong}, {"n", 4, kLong}};
  EXPECT_EQ(cache().IncrementMany(additions), (Sums{std::nullopt, 4}));
}

TEST_P(CacheContract, ManyThreadsGetTheirOwnAnswers) {
  constexpr int kThreads = 12;
  constexpr int kEach = 100;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string key = "t" + std::to_string(t) + "." + std::to_string(i % 7);
        const std::string value = key + "=" + std::to_string(i);
        if (!cache().Set(key, value, kLong).ok() || cache().Get(key) != value) ++wrong;
        if (!cache().Increment("all", 1, kLong)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cache().Increment("all", 1, kLong), kThreads * kEach + 1);
}

INSTANTIATE_TEST_SUITE_P(Cache, CacheContract, ::testing::ValuesIn(Backends()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace plaza::cache::contract
