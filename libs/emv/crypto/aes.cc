#include "libs/emv/crypto/aes.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "libs/base/check.h"
#include "libs/emv/crypto/secret.h"

namespace plaza::emv {
namespace {

struct CipherFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherFree>;

enum class Direction { kDecrypt = 0, kEncrypt = 1 };

// CBC in steps; forgets the key at its end.
class Cbc {
 public:
  Cbc(const AesKey& key, const AesBlock& iv, Direction direction) : context_(ThreadContext()) {
    const int good = EVP_CipherInit_ex(context_, EVP_aes_128_cbc(), nullptr, key.octets().data(),
                                       iv.data(), static_cast<int>(direction));
    PLAZA_CHECK(good == 1 && EVP_CIPHER_CTX_set_padding(context_, 0) == 1);
  }
  ~Cbc() { EVP_CIPHER_CTX_reset(context_); }
  Cbc(const Cbc&) = delete;
  Cbc& operator=(const Cbc&) = delete;

  void Update(ByteView in, std::uint8_t* out) {
    PLAZA_CHECK(in.size() % kAesBlockBytes == 0);
    int written = 0;
    const int length = static_cast<int>(in.size());
    PLAZA_CHECK(EVP_CipherUpdate(context_, out, &written, in.data(), length) == 1);
    PLAZA_CHECK(written == length);
  }

 private:
  static EVP_CIPHER_CTX* ThreadContext() {
    thread_local const Cipher context(EVP_CIPHER_CTX_new());
    PLAZA_CHECK(context != nullptr);
    return context.get();
  }

  EVP_CIPHER_CTX* context_;
};

void Run(const AesKey& key, const AesBlock& iv, std::span<std::uint8_t> data, Direction direction) {
  if (!data.empty()) Cbc(key, iv, direction).Update(data, data.data());
}

// Times x in GF(2^128): SP 800-38B, 6.1.
AesBlock Doubled(const AesBlock& block) {
  AesBlock out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const unsigned next = i + 1 < block.size() ? block[i + 1] : 0U;
    out[i] = static_cast<std::uint8_t>((block[i] << 1) | (next >> 7));
  }
  const unsigned carry = block[0] >> 7;
  out.back() = static_cast<std::uint8_t>(out.back() ^ (carry * 0x87));
  return out;
}

}  // namespace

AesKey::~AesKey() { Zeroise(octets_); }

void AesCbcEncrypt(const AesKey& key, const AesBlock& iv, std::span<std::uint8_t> data) {
  Run(key, iv, data, Direction::kEncrypt);
}

void AesCbcDecrypt(const AesKey& key, const AesBlock& iv, std::span<std::uint8_t> data) {
  Run(key, iv, data, Direction::kDecrypt);
}

AesBlock AesEncryptBlock(const AesKey& key, const AesBlock& block) {
  AesBlock out = block;
  AesCbcEncrypt(key, AesBlock{}, out);
  return out;
}

AesBlock AesCmac(const AesKey& key, ByteView message) {
  AesBlock subkey = Doubled(AesEncryptBlock(key, AesBlock{}));
  const std::size_t blocks = message.empty() ? 0 : (message.size() - 1) / kAesBlockBytes;
  const ByteView tail = message.subspan(blocks * kAesBlockBytes);
  AesBlock last{};
  std::ranges::copy(tail, last.begin());
  if (tail.size() < last.size()) {
    last[tail.size()] = 0x80;
    subkey = Doubled(subkey);
  }
  for (std::size_t i = 0; i < last.size(); ++i) {
    last[i] = static_cast<std::uint8_t>(last[i] ^ subkey[i]);
  }
  Zeroise(subkey);
  AesBlock mac{};
  Cbc cbc(key, AesBlock{}, Direction::kEncrypt);
  for (std::size_t i = 0; i < blocks; ++i) {
    cbc.Update(message.subspan(i * kAesBlockBytes, kAesBlockBytes), mac.data());
  }
  cbc.Update(last, mac.data());
  return mac;
}

CutCmac AesCutCmac(const AesKey& key, ByteView message) {
  const AesBlock mac = AesCmac(key, message);
  CutCmac cut{};
  for (std::size_t i = 0; i < cut.size(); ++i) cut[i] = mac[2 * i + 1];
  return cut;
}

}  // namespace plaza::emv
