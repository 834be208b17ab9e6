// Every bound of the vault.
#pragma once
#include <cstddef>
#include <cstdint>

namespace plaza::vault {

inline constexpr std::size_t kPanDigitsMin = 12;  // ISO/IEC 7812-1, as payment schemes use it
inline constexpr std::size_t kPanDigitsMax = 19;
inline constexpr std::size_t kSealedBytesMax = 1024;    // of one card, in a fact
inline constexpr std::size_t kParChars = 29;            // EMVCo's Payment Account Reference
inline constexpr std::size_t kChipDataBytesMax = 1024;  // of one request
inline constexpr std::size_t kTapIdCharsMax = 64;
inline constexpr std::size_t kKnownCardsMax =
    250'000;  // remembered beside the store; then it is asked again
inline constexpr std::int64_t kBasisPointsMax = 10'000;  // all

}  // namespace plaza::vault
