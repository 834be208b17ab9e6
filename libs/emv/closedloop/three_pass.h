// The AES mutual authentication that MIFARE Plus and DESFire share: the card sends E(RndB), the
// terminal E(RndA ‖ RndB'), the card E(… RndA' …); ' is a rotation by one octet to the left. IVs
// are zero, except in DESFire EV1, where they go on over all three. Pure; both sides use it.
#pragma once
#include <functional>

#include "libs/base/result.h"
#include "libs/emv/crypto/aes.h"

namespace plaza::emv {

using RandomSource = std::function<AesBlock()>;
RandomSource SystemRandom();  // RandomBytes of crypto/secret.h

// Session keys come from these: zeroised at their end.
struct Challenges {
  AesBlock rnd_a{};  // the terminal's
  AesBlock rnd_b{};  // the card's
  ~Challenges();
};

AesBlock RotatedLeft(const AesBlock& block);
AesBlock BlockAt(ByteView bytes, std::size_t offset);  // Checked: 16 octets are there
void AppendTo(Bytes& out, ByteView more);

// The terminal's answer: E(RndA ‖ RndB').
std::array<std::uint8_t, 32> ChallengeAnswer(const AesKey& key, const AesBlock& iv,
                                             const Challenges& challenges);
// The card's side of it: RndA, or CARD_NOT_AUTHENTIC if its RndB' is not `rnd_b` rotated.
Result<AesBlock> OpenChallengeAnswer(const AesKey& key, const AesBlock& iv, const AesBlock& rnd_b,
                                     ByteView answer);

}  // namespace plaza::emv
