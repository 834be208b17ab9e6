#include "libs/emv/vsam/an10922.h"

#include <algorithm>

#include "libs/emv/crypto/cmac.h"
#include "libs/emv/errors.h"

namespace plaza::emv {
namespace {

struct Scheme {
  CipherKind kind;
  std::size_t key_bytes;
  std::uint8_t constant;  // of the first CMAC; the next ones count on
};

Scheme SchemeOf(An10922Cipher cipher) {
  switch (cipher) {
    case An10922Cipher::kAes128:
      return {CipherKind::kAes, 16, 0x01};
    case An10922Cipher::kAes192:
      return {CipherKind::kAes, 24, 0x11};
    case An10922Cipher::kAes256:
      return {CipherKind::kAes, 32, 0x41};
    case An10922Cipher::k2Tdea:
      return {CipherKind::kTdea, 16, 0x21};
    case An10922Cipher::k3Tdea:
      break;
  }
  return {CipherKind::kTdea, 24, 0x31};
}

}  // namespace

Result<SecretBytes> DiversifyAn10922(An10922Cipher cipher, ByteView master, ByteView input) {
  const Scheme scheme = SchemeOf(cipher);
  if (master.size() != scheme.key_bytes) {
    return Error(errors::kKeyLength, "a master key of " + std::to_string(master.size()) +
                                         " bytes, not " + std::to_string(scheme.key_bytes));
  }
  const BlockCipher prepared(scheme.kind, master);
  const CmacFunction cmac = [&](ByteView message, std::size_t blocks_min) {
    return Result<SecretBytes>(Cmac(prepared, message, blocks_min));
  };
  return DiversifyAn10922(cipher, cmac, input);
}

Result<SecretBytes> DiversifyAn10922(An10922Cipher cipher, const CmacFunction& master,
                                     ByteView input) {
  const Scheme scheme = SchemeOf(cipher);
  const std::size_t block = BlockBytes(scheme.kind);
  if (input.empty() || input.size() > 2 * block - 1) {
    return Error(errors::kDiversificationInput,
                 "an input of " + std::to_string(input.size()) + " bytes");
  }
  SecretBytes message{Bytes(1 + input.size())};
  std::ranges::copy(input, message.span().begin() + 1);
  SecretBytes key{Bytes(scheme.key_bytes)};
  // AES-192 has two CMACs for one and a half blocks: their halves overlap by XOR (AN10922, 2.3).
  const std::size_t step = cipher == An10922Cipher::kAes192 ? block / 2 : block;
  for (std::size_t at = 0, i = 0; at + block <= key.size(); at += step, ++i) {
    message.span()[0] = static_cast<std::uint8_t>(scheme.constant + i);
    PLAZA_ASSIGN_OR_RETURN(const SecretBytes mac, master(message.view(), /*blocks_min=*/2));
    for (std::size_t j = 0; j < block; ++j) key.span()[at + j] ^= mac.view()[j];
  }
  return key;
}

}  // namespace plaza::emv
