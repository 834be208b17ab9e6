#include "libs/emv/vsam/key_check.h"

#include "libs/emv/crypto/cmac.h"
#include "libs/emv/errors.h"

namespace plaza::emv {

Result<Bytes> KeyCheckValue(CipherKind kind, ByteView key) {
  if (!IsKeyLength(kind, key.size())) {
    return Error(errors::kKeyLength, "a key of " + std::to_string(key.size()) + " bytes");
  }
  const BlockCipher cipher(kind, key);
  Bytes zeros(cipher.block_bytes());
  if (kind == CipherKind::kAes) return ToBytes(Cmac(cipher, zeros).view().first(5));
  cipher.Encrypt(zeros, zeros);
  zeros.resize(3);
  return zeros;
}

}  // namespace plaza::emv
