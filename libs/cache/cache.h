// A cache of bytes. What is in it may be gone at any moment, so no correctness may rest on it
// (docs/architecture.md, rule 4): a cache that is away, slow, full or lying looks empty, and says
// so within a bounded time. Thread-safe.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"

namespace plaza::cache {

// To a counter.
struct Addition {
  std::string key;
  std::int64_t by;  // 1 to kIncrementMax
  std::chrono::milliseconds window;
};

// Keys have 1 to kKeyBytesMax bytes, any octets; times are 1 ms to kExpiryMax (checked). Values and
// counters have key spaces of their own.
class Cache {
 public:
  virtual ~Cache() = default;

  // Absent: never set, expired, evicted, damaged, or the cache is away.
  std::optional<std::string> Get(const std::string& key) { return GetMany({&key, 1}).front(); }
  // One answer per key, in the order of the keys. Pipelined.
  virtual std::vector<std::optional<std::string>> GetMany(std::span<const std::string> keys) = 0;

  // Value of at most kValueBytesMax bytes, for `expiry` at most. An error says that it may not be
  // kept, and that the old value may still be there: BAD_CACHE_KEY, VALUE_TOO_LARGE, CACHE_AWAY,
  // CACHE_SLOW, CACHE_REFUSED (full, for one), CACHE_LIED.
  virtual Result<void> Set(const std::string& key, std::string_view value,
                           std::chrono::milliseconds expiry) = 0;
  // The same errors; fine if there is none.
  virtual Result<void> Delete(const std::string& key) = 0;

  // The sum after this addition. The first addition begins a window, at whose end the counter is
  // gone. Absent: the cache is away; the addition may have been made all the same.
  std::optional<std::int64_t> Increment(const std::string& key, std::int64_t by,
                                        std::chrono::milliseconds window) {
    const Addition one{key, by, window};
    return IncrementMany({&one, 1}).front();
  }
  virtual std::vector<std::optional<std::int64_t>> IncrementMany(
      std::span<const Addition> additions) = 0;
};

// BAD_CACHE_KEY.
Result<void> CheckKey(const std::string& key);
// CheckKey, VALUE_TOO_LARGE.
Result<void> CheckEntry(const std::string& key, std::string_view value);
// Aborts on an addition or a time that breaks the bounds: these are the caller's code, not data.
void CheckTime(std::chrono::milliseconds time);
void CheckAddition(const Addition& addition);

}  // namespace plaza::cache
