#include "libs/emv/closedloop/three_pass.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/crypto/secret.h"
#include "libs/emv/errors.h"

namespace plaza::emv {

Challenges::~Challenges() {
  Zeroise(rnd_a);
  Zeroise(rnd_b);
}

RandomSource SystemRandom() {
  return [] {
    AesBlock block{};
    RandomBytes(block);
    return block;
  };
}

AesBlock RotatedLeft(const AesBlock& block) {
  AesBlock out = block;
  std::rotate(out.begin(), out.begin() + 1, out.end());
  return out;
}

AesBlock BlockAt(ByteView bytes, std::size_t offset) {
  PLAZA_CHECK(offset <= bytes.size() && bytes.size() - offset >= kAesBlockBytes);
  AesBlock block{};
  std::ranges::copy(bytes.subspan(offset, block.size()), block.begin());
  return block;
}

void AppendTo(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

std::array<std::uint8_t, 32> ChallengeAnswer(const AesKey& key, const AesBlock& iv,
                                             const Challenges& challenges) {
  std::array<std::uint8_t, 32> answer{};
  std::ranges::copy(challenges.rnd_a, answer.begin());
  std::ranges::copy(RotatedLeft(challenges.rnd_b), answer.begin() + kAesBlockBytes);
  AesCbcEncrypt(key, iv, answer);
  return answer;
}

Result<AesBlock> OpenChallengeAnswer(const AesKey& key, const AesBlock& iv, const AesBlock& rnd_b,
                                     ByteView answer) {
  std::array<std::uint8_t, 32> plain{};
  if (answer.size() != plain.size()) {
    return Error(errors::kCardNotAuthentic, "the answer to a challenge has 32 bytes");
  }
  std::ranges::copy(answer, plain.begin());
  AesCbcDecrypt(key, iv, plain);
  const AesBlock rnd_a = BlockAt(plain, 0);
  const bool proved = EqualConstantTime(BlockAt(plain, kAesBlockBytes), RotatedLeft(rnd_b));
  Zeroise(plain);
  if (!proved) {
    return Error(errors::kCardNotAuthentic, "the answer to the challenge is of another key");
  }
  return rnd_a;
}

}  // namespace plaza::emv
