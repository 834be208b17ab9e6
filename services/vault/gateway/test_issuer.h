// What the issuers of our test cards tell of a card: never of real ones. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/digest.h"

namespace plaza::vault {

// The PAR of a test card: "V0010013" and 21 characters of base32 (A-Z, 2-7) of SHA-256("plaza test
// par " and the PAN's digits 7 to 15). A phone's device PAN and its card's share those digits, and
// hence the PAR. Empty for a PAN of fewer than 15 digits. The form is EMVCo's: 4 characters of the
// BIN controller, 25 of the account.
inline std::string TestIssuerPar(std::string_view pan) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  constexpr std::size_t kBase32Chars = 21;
  if (pan.size() < 15) return {};
  Sha256Hasher hasher;
  hasher.Update(AsBytes("plaza test par "));
  hasher.Update(AsBytes(pan.substr(6, 9)));
  const Sha256Digest digest = hasher.Finish();
  std::string par = "V0010013";
  for (std::size_t i = 0; i < kBase32Chars; ++i) {
    const std::size_t bit = 5 * i;
    const std::uint32_t two =
        static_cast<std::uint32_t>(digest[bit / 8] << 8) | digest[bit / 8 + 1];
    par.push_back(kAlphabet[(two >> (11 - bit % 8)) & 0x1F]);
  }
  return par;
}

}  // namespace plaza::vault
