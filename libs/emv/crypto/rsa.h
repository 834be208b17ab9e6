// RSA with a public key, without padding rules: EMV recovers certificates and signatures with it
// (Book 2, Annex B2.1). What a key needs is prepared once; Recover() allocates nothing after a
// thread's first call. Const methods are thread-safe: scratch numbers are the thread's own.
#pragma once
#include <memory>
#include <span>

#include "libs/base/bytes.h"
#include "libs/base/result.h"

namespace plaza::emv {

using MutableBytes = std::span<std::uint8_t>;

class RsaPublicKey {
 public:
  // `modulus` and `exponent` big-endian. BAD_KEY unless the modulus is odd with 64 to 248 bytes
  // (its first byte not zero) and the exponent is 3 or 65537.
  static Result<RsaPublicKey> Make(ByteView modulus, ByteView exponent);
  ~RsaPublicKey();
  RsaPublicKey(RsaPublicKey&&) noexcept;
  RsaPublicKey& operator=(RsaPublicKey&&) noexcept;

  std::size_t size() const;  // bytes of the modulus
  const Bytes& modulus() const;
  const Bytes& exponent() const;  // without leading zeros
  // input^exponent mod modulus. False if `input` is not as long as the modulus, or not less than
  // it. `output` has size() bytes.
  [[nodiscard]] bool Recover(ByteView input, MutableBytes output) const;

 private:
  struct Impl;
  explicit RsaPublicKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::emv
