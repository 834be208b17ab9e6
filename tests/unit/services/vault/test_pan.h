// Card numbers of test BINs, made here so that none stands in a file.
#pragma once
#include <string>

#include "libs/base/bytes.h"
#include "libs/emv/tlv/writer.h"

namespace plaza::vault {

// ISO/IEC 7812-1's check digit after the BIN and a padded account number.
inline std::string TestPan(const std::string& bin, unsigned account, std::size_t length = 16) {
  const std::string number = std::to_string(account);
  std::string digits = bin + std::string(length - 1 - bin.size() - number.size(), '0') + number;
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 0) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  digits.push_back(static_cast<char>('0' + (10 - sum % 10) % 10));
  return digits;
}

// Packed decimals: two digits an octet; D separates on track 2; F fills up.
inline Bytes Packed(std::string text) {
  if (text.size() % 2 != 0) text.push_back('F');
  Bytes bytes;
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(nibble(text[i]) << 4 | nibble(text[i + 1])));
  }
  return bytes;
}

inline Bytes CardTlv(const std::string& pan, const std::string& expiry = "310531") {
  Bytes out;
  emv::AppendTlv(out, emv::tag::kPan, Packed(pan));
  emv::AppendTlv(out, emv::tag::kExpiry, Packed(expiry));
  emv::AppendTlv(out, emv::tag::kPanSequence, Packed("01"));
  emv::AppendTlv(out, emv::tag::kTrack2,
                 Packed(pan + "D" + expiry.substr(0, 4) + "2010000012300000"));
  return out;
}

}  // namespace plaza::vault
