#include "libs/emv/crypto/ed25519.h"

#include <openssl/evp.h>

#include <memory>

#include "libs/base/check.h"

namespace plaza::emv {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

Key PrivateKey(ByteView seed) {
  PLAZA_CHECK(seed.size() == 32);
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
          &EVP_PKEY_free);
  PLAZA_CHECK(key != nullptr);
  return key;
}

Context NewContext() {
  Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  PLAZA_CHECK(context != nullptr);
  return context;
}

}  // namespace

Ed25519PublicKey Ed25519PublicKeyOf(ByteView seed) {
  const Key key = PrivateKey(seed);
  Ed25519PublicKey octets{};
  std::size_t size = octets.size();
  PLAZA_CHECK(EVP_PKEY_get_raw_public_key(key.get(), octets.data(), &size) == 1);
  return octets;
}

Ed25519Signature SignEd25519(ByteView seed, ByteView message) {
  const Key key = PrivateKey(seed);
  const Context context = NewContext();
  Ed25519Signature signature{};
  std::size_t size = signature.size();
  PLAZA_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  PLAZA_CHECK(
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
  return signature;
}

bool VerifyEd25519(const Ed25519PublicKey& key, ByteView message,
                   const Ed25519Signature& signature) {
  const Key public_key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()),
      &EVP_PKEY_free);
  if (public_key == nullptr) return false;
  const Context context = NewContext();
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace plaza::emv
