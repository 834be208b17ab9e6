// The one-shot SHA-256 state is deprecated in OpenSSL 3 in favour of EVP, which cannot keep a state
// without allocating.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "libs/emv/crypto/hmac.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

namespace plaza::emv {
namespace {

constexpr std::size_t kBlockBytes = 64;
using State = std::array<std::uint32_t, 8>;

State StateAfterPad(const std::array<std::uint8_t, kBlockBytes>& key, std::uint8_t pad) {
  std::array<std::uint8_t, kBlockBytes> block{};
  for (std::size_t i = 0; i < block.size(); ++i) {
    block[i] = static_cast<std::uint8_t>(key[i] ^ pad);
  }
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Transform(&context, block.data());
  State state{};
  std::copy_n(context.h, state.size(), state.begin());
  OPENSSL_cleanse(block.data(), block.size());
  OPENSSL_cleanse(&context, sizeof context);
  return state;
}

// The digest of one block already in `state`, then `data`.
Sha256Digest FinishFrom(const State& state, ByteView data) {
  SHA256_CTX context;
  SHA256_Init(&context);
  std::copy_n(state.begin(), state.size(), context.h);
  context.Nl = kBlockBytes * 8;
  SHA256_Update(&context, data.data(), data.size());
  Sha256Digest digest{};
  SHA256_Final(digest.data(), &context);
  return digest;
}

}  // namespace

HmacSha256Key::HmacSha256Key(ByteView key) {
  std::array<std::uint8_t, kBlockBytes> block{};
  if (key.size() > block.size()) {
    const Sha256Digest digest = Sha256(key);
    std::ranges::copy(digest, block.begin());
  } else {
    std::ranges::copy(key, block.begin());
  }
  inner_ = StateAfterPad(block, 0x36);
  outer_ = StateAfterPad(block, 0x5C);
  OPENSSL_cleanse(block.data(), block.size());
}

HmacSha256Key::~HmacSha256Key() {
  OPENSSL_cleanse(inner_.data(), sizeof inner_);
  OPENSSL_cleanse(outer_.data(), sizeof outer_);
}

Sha256Digest HmacSha256Key::Sign(ByteView data) const {
  return FinishFrom(outer_, FinishFrom(inner_, data));
}

}  // namespace plaza::emv
