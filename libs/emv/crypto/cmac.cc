#include "libs/emv/crypto/cmac.h"

#include <algorithm>

#include "libs/base/check.h"

namespace plaza::emv {
namespace {

// Doubling in GF(2^b), most significant bit first; without branches on the secret.
void Double(std::span<std::uint8_t> value) {
  const std::uint8_t reduction = value.size() == 16 ? 0x87 : 0x1B;  // R128, R64 (SP 800-38B, 5.3)
  const auto carry_out = static_cast<std::uint8_t>(value[0] >> 7);
  for (std::size_t i = 0; i < value.size(); ++i) {
    const unsigned next = i + 1 < value.size() ? value[i + 1] >> 7 : 0;
    value[i] = static_cast<std::uint8_t>(value[i] << 1 | next);
  }
  value.back() ^= static_cast<std::uint8_t>(reduction & (0 - carry_out));
}

}  // namespace

SecretBytes Cmac(const BlockCipher& cipher, ByteView message, std::size_t blocks_min) {
  const std::size_t block = cipher.block_bytes();
  const std::size_t needed = (message.size() + block - 1) / block;
  const std::size_t size = std::max(needed, blocks_min) * block;
  SecretBytes padded{Bytes(size)};
  std::ranges::copy(message, padded.span().begin());

  SecretBytes subkey{Bytes(block)};
  cipher.Encrypt(subkey.view(), subkey.span());
  Double(subkey.span());
  if (message.size() < size) {
    padded.span()[message.size()] = 0x80;
    Double(subkey.span());
  }
  const auto last = padded.span().last(block);
  for (std::size_t i = 0; i < block; ++i) last[i] ^= subkey.view()[i];

  SecretBytes state{Bytes(block)};
  for (std::size_t at = 0; at < size; at += block) {
    for (std::size_t i = 0; i < block; ++i) state.span()[i] ^= padded.view()[at + i];
    cipher.Encrypt(state.view(), state.span());
  }
  return state;
}

SecretBytes PaddedForCmac(ByteView encrypted_zeros, ByteView message, std::size_t blocks_min) {
  const std::size_t block = encrypted_zeros.size();
  SecretBytes padded{Bytes(blocks_min * block)};
  PLAZA_CHECK(message.size() < padded.size());
  std::ranges::copy(message, padded.span().begin());
  padded.span()[message.size()] = 0x80;
  // The standard adds K1 to a last block that is whole; here it has to come to K2.
  SecretBytes subkey(ToBytes(encrypted_zeros));
  const auto last = padded.span().last(block);
  for (int i = 0; i < 2; ++i) {
    Double(subkey.span());
    for (std::size_t j = 0; j < block; ++j) last[j] ^= subkey.view()[j];
  }
  return padded;
}

}  // namespace plaza::emv
