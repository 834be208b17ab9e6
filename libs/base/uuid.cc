#include "libs/base/uuid.h"

#include <algorithm>

#include "libs/base/digest.h"
#include "libs/base/errors.h"
#include "libs/base/hex.h"

namespace plaza {

Result<Uuid> Uuid::FromBytes(ByteView bytes) {
  if (bytes.size() != 16) {
    return Error(kBadUuid, std::to_string(bytes.size()) + " bytes instead of 16");
  }
  std::array<std::uint8_t, 16> copy;
  std::copy(bytes.begin(), bytes.end(), copy.begin());
  return Uuid(copy);
}

Result<Uuid> Uuid::Parse(std::string_view text) {
  const bool shaped =
      text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';
  if (!shaped) return Error(kBadUuid, "'" + std::string(text.substr(0, 64)) + "' is not a UUID");
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool at_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (!at_hyphen) digits.push_back(text[i]);
  }
  auto bytes = FromHex(digits);
  if (!bytes.ok()) return Error(kBadUuid, "'" + std::string(text) + "' is not a UUID");
  return FromBytes(*bytes);
}

Uuid Uuid::V5(const Uuid& name_space, ByteView name) {
  Bytes input(name_space.bytes_.begin(), name_space.bytes_.end());
  input.insert(input.end(), name.begin(), name.end());
  const Sha1Digest digest = Sha1(input);
  std::array<std::uint8_t, 16> bytes;
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x50);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  return Uuid(bytes);
}

std::string Uuid::ToText() const {
  std::string text = ToHex(bytes_);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  for (std::size_t position : {8U, 13U, 18U, 23U}) text.insert(position, 1, '-');
  return text;
}

}  // namespace plaza
