#include "libs/base/digest.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "libs/base/check.h"

namespace plaza {

Sha256Digest Sha256(ByteView data) {
  Sha256Digest digest;
  SHA256(data.data(), data.size(), digest.data());
  return digest;
}

Sha1Digest Sha1(ByteView data) {
  Sha1Digest digest;
  SHA1(data.data(), data.size(), digest.data());
  return digest;
}

struct Sha256Hasher::Impl {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Impl() {
    PLAZA_CHECK(context != nullptr);
    Begin();
  }
  ~Impl() { EVP_MD_CTX_free(context); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  void Begin() { PLAZA_CHECK(EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1); }
};

Sha256Hasher::Sha256Hasher() : impl_(std::make_unique<Impl>()) {}
Sha256Hasher::~Sha256Hasher() = default;
Sha256Hasher::Sha256Hasher(Sha256Hasher&&) noexcept = default;
Sha256Hasher& Sha256Hasher::operator=(Sha256Hasher&&) noexcept = default;

void Sha256Hasher::Update(ByteView data) {
  PLAZA_CHECK(EVP_DigestUpdate(impl_->context, data.data(), data.size()) == 1);
}

Sha256Digest Sha256Hasher::Finish() {
  Sha256Digest digest;
  PLAZA_CHECK(EVP_DigestFinal_ex(impl_->context, digest.data(), nullptr) == 1);
  impl_->Begin();
  return digest;
}

}  // namespace plaza
