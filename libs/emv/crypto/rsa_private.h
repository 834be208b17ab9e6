// RSA with a private key, without padding rules. For test cards and test CAs only: a validator
// never holds one. Not thread-safe (scratch memory inside): copy with FromDer(ToDer()), one per
// thread.
#pragma once
#include <memory>

#include "libs/base/bytes.h"
#include "libs/base/result.h"
#include "libs/emv/crypto/rsa.h"

namespace plaza::emv {

class RsaPrivateKey {
 public:
  // A new key from the operating system's random source. `bits`: 512 to 1984, a multiple of 8;
  // `exponent`: 3 or 65537.
  static Result<RsaPrivateKey> Generate(int bits, std::uint32_t exponent);
  static Result<RsaPrivateKey> FromDer(ByteView der);  // PKCS#1 or PKCS#8; BAD_KEY
  Bytes ToDer() const;
  ~RsaPrivateKey();
  RsaPrivateKey(RsaPrivateKey&&) noexcept;
  RsaPrivateKey& operator=(RsaPrivateKey&&) noexcept;

  std::size_t size() const;
  const Bytes& modulus() const;
  const Bytes& exponent() const;
  // block^d mod n by the Chinese remainder theorem. Checked: as long as the modulus and less than
  // it.
  Bytes Sign(ByteView block) const;

 private:
  struct Impl;
  explicit RsaPrivateKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::emv
