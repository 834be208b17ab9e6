// Byte sequences: a view and an owner.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plaza {

using ByteView = std::span<const std::uint8_t>;
using Bytes = std::vector<std::uint8_t>;

// The same octets as another type; no copy.
inline ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::string ToString(ByteView bytes) { return std::string(AsText(bytes)); }
inline Bytes ToBytes(ByteView bytes) { return Bytes(bytes.begin(), bytes.end()); }

}  // namespace plaza
