// Owners of libcrypto's big numbers, for the .cc files of this folder.
#pragma once
#include <openssl/bn.h>

#include <memory>

#include "libs/base/bytes.h"
#include "libs/base/check.h"

namespace plaza::emv {

struct BnFree {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
  void operator()(BN_MONT_CTX* context) const { BN_MONT_CTX_free(context); }
};
using Bn = std::unique_ptr<BIGNUM, BnFree>;
using BnContext = std::unique_ptr<BN_CTX, BnFree>;
using BnMont = std::unique_ptr<BN_MONT_CTX, BnFree>;

inline Bn NewBn() {
  Bn number(BN_new());
  PLAZA_CHECK(number != nullptr);
  return number;
}
inline void SetBn(BIGNUM* number, ByteView bytes) {
  PLAZA_CHECK(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), number) != nullptr);
}
inline Bytes BnBytes(const BIGNUM* number) {
  Bytes out(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, out.data());
  return out;
}
inline BnMont NewMont(const BIGNUM* modulus, BN_CTX* context) {
  BnMont mont(BN_MONT_CTX_new());
  PLAZA_CHECK(mont != nullptr && BN_MONT_CTX_set(mont.get(), modulus, context) == 1);
  return mont;
}

}  // namespace plaza::emv
