// What kernels 2 and 4 find out before they ask for a cryptogram (EMV Book 3, 10.3 to 10.6; Book
// C-2, 6; C-4, 3): terminal verification results and CVM results, as a gate without a keypad has
// them. Pure.
#pragma once
#include <array>

#include "libs/emv/kernel/kernel.h"

namespace plaza::emv {

using Tvr = std::array<std::uint8_t, 5>;         // 95
using CvmResults = std::array<std::uint8_t, 3>;  // 9F34

// A bit of the TVR (Book 3, Annex C5).
struct TvrBit {
  std::size_t byte;  // 0 to 4
  std::uint8_t mask;
};
namespace tvr {
inline constexpr TvrBit kOdaNotPerformed{0, 0x80};
inline constexpr TvrBit kIccDataMissing{0, 0x20};
inline constexpr TvrBit kCdaFailed{0, 0x04};
inline constexpr TvrBit kVersionsDiffer{1, 0x80};
inline constexpr TvrBit kExpired{1, 0x40};
inline constexpr TvrBit kNotYetEffective{1, 0x20};
inline constexpr TvrBit kServiceNotAllowed{1, 0x10};
inline constexpr TvrBit kCvmFailed{2, 0x80};
inline constexpr TvrBit kUnrecognisedCvm{2, 0x40};
inline constexpr TvrBit kFloorLimitExceeded{3, 0x80};
}  // namespace tvr

struct Verification {
  Tvr tvr{};
  CvmResults cvm_results{};
  bool cda = false;  // ask for CDA
};

// `card`: all that was read.
Verification Verify(const DataElements& card, const KernelInput& input);

// n6 YYMMDD; years 00 to 49 are of this century (EMV Book 4, 6.7.3). None if it is no date.
std::optional<Date> ParseCardDate(ByteView value);

}  // namespace plaza::emv
