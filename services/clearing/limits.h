// Every bound of clearing.
#pragma once
#include <cstddef>
#include <cstdint>

namespace plaza::clearing {

// What a token is: HMAC-SHA-256 (libs/emv).
inline constexpr std::size_t kTokenBytes = 32;
inline constexpr std::size_t kTokensPerAccountMax = 64;  // more: the fact is refused
inline constexpr std::size_t kSharesPerChargeMax = 64;
// One amount of a charge, in minor units: far above any fare, and sums of it stay within 64 bits.
inline constexpr std::int64_t kAmountMinorMax = 1'000'000'000'000;
inline constexpr std::size_t kIdTextBytesMax = 128;  // tap, leg and operator ids
inline constexpr std::size_t kChipDataBytesMax = 1024;

// A leg stays known, for differences and for recognising copies, this many business days after its
// last movement.
inline constexpr int kLegsKeptDays = 14;
// A tap's chip data stays at hand this many business days; after that a difference is asked for
// without it.
inline constexpr int kTapsKeptDays = 3;

// Accounts held in memory between batches; more, and all are dropped and read again.
inline constexpr std::size_t kAccountsCachedMax = 200'000;

inline constexpr std::uint32_t kPageSizeDefault = 100;
inline constexpr std::uint32_t kPageSizeMax = 1000;
inline constexpr std::size_t kSettlementsMax = 10'000;   // rows of one answer
inline constexpr std::size_t kDeniedMax = 100'000;       // rows of one answer
inline constexpr std::size_t kDifferencesMax = 100;      // of one rebuild
inline constexpr std::size_t kPolicyBytesMax = 1 << 20;  // the policy file

}  // namespace plaza::clearing
