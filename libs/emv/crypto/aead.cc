#include "libs/emv/crypto/aead.h"

#include <openssl/evp.h>

#include <memory>

#include "libs/base/check.h"

namespace plaza::emv {
namespace {

struct CipherFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherFree>;

// One context per thread: setting it up again costs a key schedule, not an allocation.
EVP_CIPHER_CTX* ThreadContext() {
  thread_local const Cipher context(EVP_CIPHER_CTX_new());
  PLAZA_CHECK(context != nullptr);
  EVP_CIPHER_CTX_reset(context.get());
  return context.get();
}

int Length(ByteView bytes) { return static_cast<int>(bytes.size()); }

}  // namespace

Bytes AesGcmSeal(const std::array<std::uint8_t, 32>& key, const GcmNonce& nonce, ByteView aad,
                 ByteView plain) {
  EVP_CIPHER_CTX* context = ThreadContext();
  Bytes out(plain.size() + kGcmTagBytes);
  int length = 0;
  bool good =
      EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1;
  good = good && EVP_EncryptUpdate(context, nullptr, &length, aad.data(), Length(aad)) == 1;
  good = good && EVP_EncryptUpdate(context, out.data(), &length, plain.data(), Length(plain)) == 1;
  good = good && EVP_EncryptFinal_ex(context, out.data() + plain.size(), &length) == 1;
  good = good && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kGcmTagBytes,
                                     out.data() + plain.size()) == 1;
  PLAZA_CHECK(good);
  EVP_CIPHER_CTX_reset(context);  // forgets the key
  return out;
}

std::optional<Bytes> AesGcmOpen(const std::array<std::uint8_t, 32>& key, const GcmNonce& nonce,
                                ByteView aad, ByteView sealed) {
  if (sealed.size() < kGcmTagBytes) return std::nullopt;
  EVP_CIPHER_CTX* context = ThreadContext();
  const ByteView text = sealed.first(sealed.size() - kGcmTagBytes);
  Bytes mac = ToBytes(sealed.last(kGcmTagBytes));
  Bytes out(text.size() + 1);  // never empty, so that data() is never null
  int length = 0;
  bool good =
      EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1;
  good = good && EVP_DecryptUpdate(context, nullptr, &length, aad.data(), Length(aad)) == 1;
  good = good && EVP_DecryptUpdate(context, out.data(), &length, text.data(), Length(text)) == 1;
  good = good && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kGcmTagBytes, mac.data()) == 1;
  PLAZA_CHECK(good);
  const bool authentic = EVP_DecryptFinal_ex(context, out.data() + text.size(), &length) == 1;
  EVP_CIPHER_CTX_reset(context);
  if (!authentic) return std::nullopt;
  out.resize(text.size());
  return out;
}

}  // namespace plaza::emv
