// Application cryptograms: issuer master key → card key → session key → cryptogram (EMV Book 2, 8.1
// and Annex A1; Visa and Mastercard versions of it). The card's and the issuer's side, for test
// cards and eval: a validator holds no such key.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "libs/base/bytes.h"

namespace plaza::emv {

using TripleDesKey = std::array<std::uint8_t, 16>;  // two keys, odd parity
using DesBlock = std::array<std::uint8_t, 8>;

enum class CardKeyDerivation { kOptionA, kOptionB };  // Book 2, A1.4.1 and A1.4.2

// The card's key from the issuer's. `pan`: 8 to 19 digits; `psn`: the PAN sequence number's octet
// in BCD (checked: digits). Option B is A for a PAN of up to 16 digits.
TripleDesKey DeriveCardKey(const TripleDesKey& issuer_key, std::string_view pan, std::uint8_t psn,
                           CardKeyDerivation derivation);

// EMV common session key: diversified by the ATC (A1.3.1).
TripleDesKey DeriveCommonSessionKey(const TripleDesKey& card_key,
                                    const std::array<std::uint8_t, 2>& atc);
// Mastercard's proprietary session key: by ATC and unpredictable number.
TripleDesKey DeriveMastercardSessionKey(const TripleDesKey& card_key,
                                        const std::array<std::uint8_t, 2>& atc,
                                        const std::array<std::uint8_t, 4>& unpredictable_number);

enum class MacPadding { kZeros, kIso9797Method2 };
// ISO/IEC 9797-1, algorithm 3, eight octets (Book 2, A1.2.1).
DesBlock RetailMac(const TripleDesKey& key, ByteView data, MacPadding padding);

// What a cryptogram version number means.
struct CryptogramScheme {
  enum class Session { kCardKey, kCommon, kMastercard };
  std::string_view name;  // "visa-cvn18"
  Session session;
  MacPadding padding;
  CardKeyDerivation long_pan;  // of a PAN of more than 16 digits
};
const CryptogramScheme* FindCryptogramScheme(std::string_view name);  // null if unknown

struct CryptogramInput {
  TripleDesKey issuer_key{};
  std::string_view pan;
  std::uint8_t psn = 0;
  std::array<std::uint8_t, 2> atc{};
  std::array<std::uint8_t, 4> unpredictable_number{};
  ByteView data;  // what the version says, as one string
};
struct Cryptogram {
  DesBlock ac{};
  TripleDesKey session_key{};
};
Cryptogram MakeCryptogram(const CryptogramScheme& scheme, const CryptogramInput& input);

}  // namespace plaza::emv
