#include "libs/emv/closedloop/sl3_session.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/crypto/secret.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

constexpr std::uint16_t kCounterMax = 0xFFFF;

// Five octets of each challenge from `own` on, then five of both, added, from `mixed` on.
AesKey Derive(const AesKey& key, const Challenges& challenges, std::size_t own, std::size_t mixed,
              std::uint8_t label) {
  AesBlock base{};
  for (std::size_t i = 0; i < 5; ++i) {
    base[i] = challenges.rnd_a[own + i];
    base[5 + i] = challenges.rnd_b[own + i];
    base[10 + i] =
        static_cast<std::uint8_t>(challenges.rnd_a[mixed + i] ^ challenges.rnd_b[mixed + i]);
  }
  base[15] = label;
  AesBlock derived = AesEncryptBlock(key, base);
  const AesKey out(derived);
  Zeroise(derived);
  Zeroise(base);
  return out;
}

}  // namespace

bool IsSectorTrailer(Sl3Block block) {
  constexpr std::uint16_t kFirstOfLargeSectors = 128;
  const unsigned last = block.number < kFirstOfLargeSectors ? 3U : 15U;
  return (block.number & last) == last;
}

Sl3Keys DeriveSl3Keys(const AesKey& key, const Challenges& challenges) {
  return {Derive(key, challenges, 11, 4, 0x11), Derive(key, challenges, 7, 0, 0x22)};
}

bool Sl3Session::Count(Sl3Counter counter) {
  std::uint16_t& value = counter == Sl3Counter::kRead ? reads_ : writes_;
  if (value == kCounterMax) return false;
  ++value;
  return true;
}

CutCmac Sl3Session::Mac(Sl3Counter counter, std::uint8_t code, ByteView rest) const {
  const std::uint16_t value = counter == Sl3Counter::kRead ? reads_ : writes_;
  std::array<std::uint8_t, 7 + 3 + kSl3AnswerBytesMax> message{};
  PLAZA_CHECK(rest.size() <= message.size() - 7);
  message[0] = code;
  message[1] = static_cast<std::uint8_t>(value & 0xFF);
  message[2] = static_cast<std::uint8_t>(value >> 8);
  std::ranges::copy(ti_, message.begin() + 3);
  std::ranges::copy(rest, message.begin() + 7);
  return AesCutCmac(keys_.mac, ByteView(message).first(7 + rest.size()));
}

bool Sl3Session::Verify(Sl3Counter counter, std::uint8_t code, ByteView rest, ByteView mac) const {
  return EqualConstantTime(Mac(counter, code, rest), mac);
}

std::array<std::uint8_t, 12> Sl3Session::Counters() const {
  std::array<std::uint8_t, 12> out{};
  for (std::size_t i = 0; i < out.size(); i += 4) {
    out[i] = static_cast<std::uint8_t>(reads_ & 0xFF);
    out[i + 1] = static_cast<std::uint8_t>(reads_ >> 8);
    out[i + 2] = static_cast<std::uint8_t>(writes_ & 0xFF);
    out[i + 3] = static_cast<std::uint8_t>(writes_ >> 8);
  }
  return out;
}

AesBlock Sl3Session::CommandIv() const {
  AesBlock iv{};
  std::ranges::copy(ti_, iv.begin());
  std::ranges::copy(Counters(), iv.begin() + 4);
  return iv;
}

AesBlock Sl3Session::AnswerIv() const {
  AesBlock iv{};
  std::ranges::copy(Counters(), iv.begin());
  std::ranges::copy(ti_, iv.begin() + 12);
  return iv;
}

bool ProvesKey(ByteView plain_answer, const AesBlock& rnd_a) {
  const std::size_t offset = plain_answer.size() == 32 ? 4 : 0;
  if (plain_answer.size() < offset + kAesBlockBytes) return false;
  return EqualConstantTime(plain_answer.subspan(offset, kAesBlockBytes), RotatedLeft(rnd_a));
}

}  // namespace plaza::emv
