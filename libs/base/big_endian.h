// Numbers as octets, the most significant first.
#pragma once
#include <cstdint>
#include <span>

#include "libs/base/bytes.h"

namespace plaza {

// Fills `out`; what does not fit is cut off above.
inline void PutBigEndian(std::span<std::uint8_t> out, std::uint64_t value) {
  for (std::size_t i = out.size(); i-- > 0; value >>= 8) out[i] = static_cast<std::uint8_t>(value);
}

inline void AppendBigEndian(Bytes& out, std::uint64_t value, std::size_t octets) {
  out.resize(out.size() + octets);
  PutBigEndian(std::span(out).last(octets), value);
}

// Of at most 8 octets.
inline std::uint64_t GetBigEndian(ByteView octets) {
  std::uint64_t value = 0;
  for (const std::uint8_t octet : octets) value = value << 8 | octet;
  return value;
}

}  // namespace plaza
