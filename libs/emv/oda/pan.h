// A primary account number as digits. Zeroised at its end; never put it in a text.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "libs/base/bytes.h"
#include "libs/emv/tlv/data_elements.h"

namespace plaza::emv {

class Pan {
 public:
  // cn: digits, then F to the end of the octets. 8 to 19 digits; none if malformed.
  static std::optional<Pan> FromCompressed(ByteView value);
  // Track 2 equivalent data: digits, then D.
  static std::optional<Pan> FromTrack2(ByteView value);
  ~Pan();
  Pan(const Pan&) = default;
  Pan& operator=(const Pan&) = default;

  std::string_view digits() const { return {digits_.data(), size_}; }
  bool operator==(const Pan& other) const { return digits() == other.digits(); }

 private:
  Pan() = default;
  bool Append(std::uint8_t digit);
  std::array<char, 19> digits_{};
  std::size_t size_ = 0;
};

// 5A, else from 57. `present` tells whether either is there at all.
std::optional<Pan> PanOf(const DataElements& card, bool* present);

}  // namespace plaza::emv
