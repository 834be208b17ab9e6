// The plain SHA-1 state is deprecated in OpenSSL 3 in favour of EVP, which allocates for each
// digest.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "libs/emv/crypto/sha1.h"

#include <openssl/sha.h>

namespace plaza::emv {

Sha1Digest Sha1OfParts(std::initializer_list<ByteView> parts) {
  SHA_CTX context;
  SHA1_Init(&context);
  for (const ByteView part : parts) SHA1_Update(&context, part.data(), part.size());
  Sha1Digest digest{};
  SHA1_Final(digest.data(), &context);
  return digest;
}

}  // namespace plaza::emv
