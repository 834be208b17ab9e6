// UUIDs by name (RFC 9562, 5.5: version 5). Plaza's ids are never random: they follow from what
// they name.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "libs/base/bytes.h"
#include "libs/base/result.h"

namespace plaza {

class Uuid {
 public:
  Uuid() = default;  // the nil UUID
  explicit Uuid(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}

  static Result<Uuid> FromBytes(ByteView bytes);     // exactly 16
  static Result<Uuid> Parse(std::string_view text);  // 8-4-4-4-12, either case
  static Uuid V5(const Uuid& name_space, ByteView name);
  static Uuid V5(const Uuid& name_space, std::string_view name) {
    return V5(name_space, AsBytes(name));
  }

  bool IsNil() const { return *this == Uuid(); }
  ByteView bytes() const { return bytes_; }
  std::string ToBinary() const {
    return ToString(ByteView(bytes_));
  }                            // 16 bytes, for protobuf and keys
  std::string ToText() const;  // lower case, with hyphens
  auto operator<=>(const Uuid&) const = default;

 private:
  static std::string ToString(ByteView bytes) { return std::string(AsText(bytes)); }
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace plaza

template <>
struct std::hash<plaza::Uuid> {
  std::size_t operator()(const plaza::Uuid& id) const noexcept {
    std::size_t value;  // version 5 ids are digests, so any eight bytes are a hash
    std::memcpy(&value, id.bytes().data() + 8, sizeof value);
    return value;
  }
};
