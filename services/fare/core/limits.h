// Every bound of the fare core.
#pragma once
#include <cstddef>
#include <cstdint>

namespace plaza::fare {

inline constexpr std::size_t kMaxTapsPerRating = 20'000;  // an account's taps in one call
inline constexpr std::int64_t kMaxAmountMinor =
    1'000'000'000'000;  // of one price, so that sums stay in 64 bits
inline constexpr std::size_t kMaxFileBytes = 256u << 20;  // one file of a tariff
inline constexpr std::size_t kMaxLintIssues = 1'000;      // per list; the rest is counted, not kept
inline constexpr std::size_t kMaxChoiceStates = 4'096;    // alternatives kept while a leg is chosen
inline constexpr std::size_t kMaxCombinationSteps =
    1'000'000;                             // branches of one search for the best combination
inline constexpr int kMaxStopDepth = 4;    // stop, platform, station, and one to spare
inline constexpr int kMaxQuotedText = 48;  // bytes of a foreign value in a message

}  // namespace plaza::fare
