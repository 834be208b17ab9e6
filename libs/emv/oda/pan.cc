#include "libs/emv/oda/pan.h"

#include "libs/emv/crypto/secret.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kPanDigitsMin = 8;
constexpr std::uint8_t kTrack2Separator = 0xD;

std::uint8_t NibbleAt(ByteView value, std::size_t index) {
  const std::uint8_t octet = value[index / 2];
  return index % 2 == 0 ? static_cast<std::uint8_t>(octet >> 4) : octet & 0x0FU;
}

}  // namespace

Pan::~Pan() { Zeroise({reinterpret_cast<std::uint8_t*>(digits_.data()), digits_.size()}); }

bool Pan::Append(std::uint8_t digit) {
  if (digit > 9 || size_ == digits_.size()) return false;
  digits_[size_++] = static_cast<char>('0' + digit);
  return true;
}

std::optional<Pan> Pan::FromCompressed(ByteView value) {
  Pan pan;
  bool padding = false;
  for (std::size_t i = 0; i < value.size() * 2; ++i) {
    const std::uint8_t nibble = NibbleAt(value, i);
    if (nibble == 0xF) {
      padding = true;
    } else if (padding || !pan.Append(nibble)) {
      return std::nullopt;
    }
  }
  if (pan.size_ < kPanDigitsMin) return std::nullopt;
  return pan;
}

std::optional<Pan> Pan::FromTrack2(ByteView value) {
  Pan pan;
  for (std::size_t i = 0; i < value.size() * 2; ++i) {
    const std::uint8_t nibble = NibbleAt(value, i);
    if (nibble == kTrack2Separator) {
      return pan.size_ < kPanDigitsMin ? std::nullopt : std::optional(pan);
    }
    if (!pan.Append(nibble)) return std::nullopt;
  }
  return std::nullopt;  // no separator
}

std::optional<Pan> PanOf(const DataElements& card, bool* present) {
  const auto pan = card.Find(tag::kPan);
  const auto track2 = card.Find(tag::kTrack2);
  *present = pan || track2;
  if (pan) return Pan::FromCompressed(*pan);
  if (track2) return Pan::FromTrack2(*track2);
  return std::nullopt;
}

}  // namespace plaza::emv
