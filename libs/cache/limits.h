// The bounds of libs/cache.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace plaza::cache {

inline constexpr std::size_t kKeyBytesMax = 512;
inline constexpr std::size_t kValueBytesMax = 256 * 1024;
inline constexpr std::size_t kBatchMax = 256;  // keys of one exchange with Redis
inline constexpr std::chrono::hours kExpiryMax{30 * 24};
inline constexpr std::int64_t kIncrementMax = 1'000'000'000;
// What an entry in this process costs beside its key and value.
inline constexpr std::size_t kEntryOverheadBytes = 160;
// A short answer of Redis: a number, a status, an error's text.
inline constexpr std::size_t kShortReplyBytesMax = 1024;

}  // namespace plaza::cache
