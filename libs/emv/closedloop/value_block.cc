#include "libs/emv/closedloop/value_block.h"

#include <algorithm>

namespace plaza::emv {

std::array<std::uint8_t, 4> ValueOctets(std::int32_t value) {
  const auto bits = static_cast<std::uint32_t>(value);
  std::array<std::uint8_t, 4> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(bits >> (8 * i));
  return out;
}

std::int32_t ValueFrom(const std::array<std::uint8_t, 4>& octets) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    bits |= static_cast<std::uint32_t>(octets[i]) << (8 * i);
  }
  return static_cast<std::int32_t>(bits);
}

AesBlock MakeValueBlock(std::int32_t value, std::uint8_t address) {
  const auto octets = ValueOctets(value);
  AesBlock block{};
  for (std::size_t i = 0; i < 4; ++i) {
    block[i] = block[8 + i] = octets[i];
    block[4 + i] = static_cast<std::uint8_t>(~octets[i]);
  }
  block[12] = block[14] = address;
  block[13] = block[15] = static_cast<std::uint8_t>(~address);
  return block;
}

std::optional<std::int32_t> ReadValueBlock(const AesBlock& block) {
  std::array<std::uint8_t, 4> octets{};
  std::copy_n(block.begin(), octets.size(), octets.begin());
  const std::int32_t value = ValueFrom(octets);
  if (MakeValueBlock(value, block[12]) != block) return std::nullopt;
  return value;
}

}  // namespace plaza::emv
