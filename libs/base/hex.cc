#include "libs/base/hex.h"

#include "libs/base/errors.h"

namespace plaza {
namespace {

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string ToHex(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (std::uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 0x0F]);
  }
  return text;
}

Result<Bytes> FromHex(std::string_view text) {
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = DigitOf(text[i]);
    if (high < 0) return Error(kBadHex, "not a hex digit", "offset " + std::to_string(i));
    if (i + 1 == text.size()) {
      return Error(kBadHex, "an odd number of digits", "offset " + std::to_string(text.size()));
    }
    const int low = DigitOf(text[i + 1]);
    if (low < 0) return Error(kBadHex, "not a hex digit", "offset " + std::to_string(i + 1));
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

}  // namespace plaza
