#include "libs/emv/closedloop/desfire_session.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/crypto/secret.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

constexpr std::uint16_t kCounterMax = 0xFFFF;
constexpr std::size_t kMessageBytesMax = 7 + 256;

// SV1 or SV2: label ‖ 0001 0080 ‖ RndA[15..14] ‖ (RndA[13..8] ⊕ RndB[15..10]) ‖ RndB[9..0] ‖
// RndA[7..0], where [15] is the first octet.
AesKey DeriveBySv(const AesKey& key, const Challenges& challenges, std::uint8_t label) {
  const auto& [rnd_a, rnd_b] = challenges;
  std::array<std::uint8_t, 32> sv{};
  sv[0] = label;
  sv[1] = static_cast<std::uint8_t>(~label);
  sv[3] = 0x01;
  sv[5] = 0x80;
  std::copy_n(rnd_a.begin(), 8, sv.begin() + 6);
  for (std::size_t i = 0; i < 6; ++i) {
    sv[8 + i] = static_cast<std::uint8_t>(rnd_a[2 + i] ^ rnd_b[i]);
  }
  std::copy_n(rnd_b.begin() + 6, 10, sv.begin() + 14);
  std::copy_n(rnd_a.begin() + 8, 8, sv.begin() + 24);
  AesBlock derived = AesCmac(key, sv);
  const AesKey out(derived);
  Zeroise(derived);
  Zeroise(sv);
  return out;
}

}  // namespace

AesKey DeriveEv1AesKey(const Challenges& challenges) {
  AesBlock derived{};
  for (std::size_t i = 0; i < 4; ++i) {
    derived[i] = challenges.rnd_a[i];
    derived[4 + i] = challenges.rnd_b[i];
    derived[8 + i] = challenges.rnd_a[12 + i];
    derived[12 + i] = challenges.rnd_b[12 + i];
  }
  const AesKey out(derived);
  Zeroise(derived);
  return out;
}

Ev2Keys DeriveEv2Keys(const AesKey& key, const Challenges& challenges) {
  return {DeriveBySv(key, challenges, 0xA5), DeriveBySv(key, challenges, 0x5A)};
}

bool Ev2Session::Count() {
  if (commands_ == kCounterMax) return false;
  ++commands_;
  return true;
}

CutCmac Ev2Session::Mac(std::uint8_t code, ByteView rest) const {
  std::array<std::uint8_t, kMessageBytesMax> message{};
  PLAZA_CHECK(rest.size() <= message.size() - 7);
  message[0] = code;
  message[1] = static_cast<std::uint8_t>(commands_ & 0xFF);
  message[2] = static_cast<std::uint8_t>(commands_ >> 8);
  std::ranges::copy(ti_, message.begin() + 3);
  std::ranges::copy(rest, message.begin() + 7);
  return AesCutCmac(keys_.mac, ByteView(message).first(7 + rest.size()));
}

bool Ev2Session::Verify(std::uint8_t code, ByteView rest, ByteView mac) const {
  return EqualConstantTime(Mac(code, rest), mac);
}

AesBlock Ev2Session::Iv(std::uint8_t label) const {
  AesBlock iv{};
  iv[0] = label;
  iv[1] = static_cast<std::uint8_t>(~label);
  std::ranges::copy(ti_, iv.begin() + 2);
  iv[6] = static_cast<std::uint8_t>(commands_ & 0xFF);
  iv[7] = static_cast<std::uint8_t>(commands_ >> 8);
  return AesEncryptBlock(keys_.enc, iv);
}

Bytes Ev2Session::Encrypt(ByteView plain, std::uint8_t label) const {
  Bytes out((plain.size() / kAesBlockBytes + 1) * kAesBlockBytes);
  std::ranges::copy(plain, out.begin());
  out[plain.size()] = 0x80;
  AesCbcEncrypt(keys_.enc, Iv(label), out);
  return out;
}

Result<Bytes> Ev2Session::Decrypt(ByteView cipher, std::uint8_t label) const {
  const Error malformed(errors::kCardError, "encrypted data without its padding");
  if (cipher.empty() || cipher.size() % kAesBlockBytes != 0) return malformed;
  Bytes out = ToBytes(cipher);
  AesCbcDecrypt(keys_.enc, Iv(label), out);
  while (!out.empty() && out.back() == 0) out.pop_back();
  if (out.empty() || out.back() != 0x80) return malformed;
  out.pop_back();
  return out;
}

}  // namespace plaza::emv
