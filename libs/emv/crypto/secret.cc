#include "libs/emv/crypto/secret.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "libs/base/check.h"

namespace plaza::emv {

void Zeroise(std::span<std::uint8_t> memory) {
  if (!memory.empty()) OPENSSL_cleanse(memory.data(), memory.size());
}

bool EqualConstantTime(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

void RandomBytes(std::span<std::uint8_t> out) {
  PLAZA_CHECK(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

}  // namespace plaza::emv
