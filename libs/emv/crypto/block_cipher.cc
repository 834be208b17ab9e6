#include "libs/emv/crypto/block_cipher.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "libs/base/check.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kTdeaKeyBytes = 24;

struct ContextFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }  // erases
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, ContextFree>;

const EVP_CIPHER* CipherOf(CipherKind kind, std::size_t key_bytes) {
  if (kind == CipherKind::kTdea) return EVP_des_ede3_ecb();
  if (key_bytes == 16) return EVP_aes_128_ecb();
  return key_bytes == 24 ? EVP_aes_192_ecb() : EVP_aes_256_ecb();
}

Context NewContext(CipherKind kind, std::size_t key_bytes, const std::uint8_t* key, bool encrypt) {
  Context context(EVP_CIPHER_CTX_new());
  PLAZA_CHECK(context != nullptr);
  PLAZA_CHECK(EVP_CipherInit_ex(context.get(), CipherOf(kind, key_bytes), nullptr, key, nullptr,
                                encrypt ? 1 : 0) == 1);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  return context;
}

void XorInto(std::span<std::uint8_t> into, ByteView other) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] ^= other[i];
}

}  // namespace

struct BlockCipher::Contexts {
  Contexts(CipherKind kind_in, ByteView key) : kind(kind_in) {
    if (kind == CipherKind::kTdea) {
      // K1 K2 K1 of two keys; K K K of one is single DES.
      for (std::size_t i = 0; i < kTdeaKeyBytes; ++i) full[i] = key[i % key.size()];
      size = kTdeaKeyBytes;
    } else {
      std::ranges::copy(key, full.begin());
      size = key.size();
    }
    encrypt = NewContext(kind, size, full.data(), /*encrypt=*/true);
  }
  ~Contexts() { Zeroise(full); }
  Contexts(const Contexts&) = delete;
  Contexts& operator=(const Contexts&) = delete;

  // Set up when first needed: most keys only ever encrypt.
  EVP_CIPHER_CTX* Decrypting() {
    if (decrypt == nullptr) decrypt = NewContext(kind, size, full.data(), /*encrypt=*/false);
    return decrypt.get();
  }

  CipherKind kind;
  std::array<std::uint8_t, 32> full{};
  std::size_t size = 0;
  Context encrypt;
  Context decrypt;
};

namespace {

void Run(EVP_CIPHER_CTX* context, std::size_t block_bytes, ByteView in,
         std::span<std::uint8_t> out) {
  PLAZA_CHECK(in.size() == out.size() && in.size() % block_bytes == 0);
  int length = 0;
  PLAZA_CHECK(
      EVP_CipherUpdate(context, out.data(), &length, in.data(), static_cast<int>(in.size())) == 1);
  PLAZA_CHECK(static_cast<std::size_t>(length) == in.size());
}

}  // namespace

std::size_t BlockBytes(CipherKind kind) { return kind == CipherKind::kAes ? 16 : 8; }

bool IsKeyLength(CipherKind kind, std::size_t bytes) {
  if (bytes == 16 || bytes == 24) return true;
  return bytes == (kind == CipherKind::kAes ? 32U : 8U);
}

BlockCipher::BlockCipher(CipherKind kind, ByteView key) {
  PLAZA_CHECK(IsKeyLength(kind, key.size()));
  contexts_ = std::make_unique<Contexts>(kind, key);
}
BlockCipher::~BlockCipher() = default;
BlockCipher::BlockCipher(BlockCipher&&) noexcept = default;
BlockCipher& BlockCipher::operator=(BlockCipher&&) noexcept = default;

std::size_t BlockCipher::block_bytes() const { return BlockBytes(contexts_->kind); }

void BlockCipher::Encrypt(ByteView in, std::span<std::uint8_t> out) const {
  Run(contexts_->encrypt.get(), block_bytes(), in, out);
}

void BlockCipher::Decrypt(ByteView in, std::span<std::uint8_t> out) const {
  Run(contexts_->Decrypting(), block_bytes(), in, out);
}

SecretBytes CbcEncrypt(const BlockCipher& cipher, ByteView iv, ByteView in) {
  const std::size_t block = cipher.block_bytes();
  PLAZA_CHECK(iv.size() == block && in.size() % block == 0);
  SecretBytes out(ToBytes(in));
  ByteView before = iv;
  for (std::size_t at = 0; at < in.size(); at += block) {
    const auto current = out.span().subspan(at, block);
    XorInto(current, before);
    cipher.Encrypt(current, current);
    before = current;
  }
  return out;
}

SecretBytes CbcDecrypt(const BlockCipher& cipher, ByteView iv, ByteView in) {
  const std::size_t block = cipher.block_bytes();
  PLAZA_CHECK(iv.size() == block && in.size() % block == 0);
  SecretBytes out{Bytes(in.size())};
  cipher.Decrypt(in, out.span());
  for (std::size_t at = 0; at < in.size(); at += block) {
    XorInto(out.span().subspan(at, block), at == 0 ? iv : in.subspan(at - block, block));
  }
  return out;
}

SecretBytes CounterCrypt(const BlockCipher& cipher, ByteView first_counter, ByteView in) {
  const std::size_t block = cipher.block_bytes();
  PLAZA_CHECK(first_counter.size() == block);
  SecretBytes out(ToBytes(in));
  Bytes counter = ToBytes(first_counter);
  SecretBytes stream{Bytes(block)};
  for (std::size_t at = 0; at < in.size(); at += block) {
    cipher.Encrypt(counter, stream.span());
    XorInto(out.span().subspan(at, std::min(block, in.size() - at)), stream.view());
    for (std::size_t i = block; i-- > 0 && ++counter[i] == 0;) {
    }
  }
  return out;
}

}  // namespace plaza::emv
