// Sizes of the test scheme.
#pragma once
#include <cstddef>
#include <cstdint>

namespace plaza::citysim {

inline constexpr int kCardKeysMax = 256;
inline constexpr int kCardKeysDefault = 32;
// Bits of the moduli: each certificate holds most of the key below it (EMV Book 2, Annex D allows
// up to 1984).
inline constexpr int kCaKeyBits = 1408;
inline constexpr int kIssuerKeyBits = 1152;
inline constexpr int kCardKeyBits = 1024;
inline constexpr std::uint8_t kCaKeyIndex = 0xF1;  // no scheme's own test index
inline constexpr int kCertificateMonths = 48;
inline constexpr std::uint16_t kRefusedCountry = 999;  // ISO 3166-1: for users to assign

// Nine digits of the PAN name the account (PAN digits 7 to 15).
inline constexpr std::uint64_t kAccountNumbers = 1'000'000'000;

// Padding of a recovered certificate and signature (EMV Book 2, tables 2, 4 and 16).
inline constexpr std::size_t kHashBytes = 20;
inline constexpr std::size_t kIssuerCertificateOverhead = 36;
inline constexpr std::size_t kIccCertificateOverhead = 42;
inline constexpr std::size_t kSignedDynamicOverhead = 25;

}  // namespace plaza::citysim
