// The structure of type RSA is deprecated in OpenSSL 3; here it only codes and reads DER.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "libs/emv/crypto/rsa_private.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "libs/emv/crypto/bn.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {

struct RsaPrivateKey::Impl {
  Bytes modulus;
  Bytes exponent;
  Bn n = NewBn();
  Bn e = NewBn();
  Bn d = NewBn();
  Bn p = NewBn();
  Bn q = NewBn();
  Bn dp = NewBn();
  Bn dq = NewBn();
  Bn q_inverse = NewBn();
  Bn in = NewBn();
  Bn mp = NewBn();
  Bn mq = NewBn();
  BnContext context{BN_CTX_new()};
  BnMont mont_p;
  BnMont mont_q;

  void Prepare() {
    modulus = BnBytes(n.get());
    exponent = BnBytes(e.get());
    mont_p = NewMont(p.get(), context.get());
    mont_q = NewMont(q.get(), context.get());
  }
  void Derive();  // n, d, dp, dq and q's inverse from p, q and e
};

namespace {

struct RsaFree {
  void operator()(RSA* rsa) const { RSA_free(rsa); }
};
using RsaStruct = std::unique_ptr<RSA, RsaFree>;

// A prime whose predecessor has no factor in common with e, so that e has an inverse.
void GeneratePrime(BIGNUM* prime, int bits, std::uint32_t e) {
  do {
    PLAZA_CHECK(BN_generate_prime_ex(prime, bits, /*safe=*/0, nullptr, nullptr, nullptr) == 1);
  } while (BN_mod_word(prime, e) == 1);
}

void Copy(BIGNUM* to, const BIGNUM* from) { PLAZA_CHECK(from && BN_copy(to, from) != nullptr); }

BIGNUM* Duplicate(const Bn& number) {
  BIGNUM* copy = BN_dup(number.get());
  PLAZA_CHECK(copy != nullptr);
  return copy;
}

}  // namespace

void RsaPrivateKey::Impl::Derive() {
  BN_CTX* ctx = context.get();
  if (BN_cmp(p.get(), q.get()) < 0) std::swap(p, q);
  Bn p1 = NewBn();
  Bn q1 = NewBn();
  Bn phi = NewBn();
  bool good = BN_mul(n.get(), p.get(), q.get(), ctx) == 1;
  good = good && BN_sub(p1.get(), p.get(), BN_value_one()) == 1;
  good = good && BN_sub(q1.get(), q.get(), BN_value_one()) == 1;
  good = good && BN_mul(phi.get(), p1.get(), q1.get(), ctx) == 1;
  good = good && BN_mod_inverse(d.get(), e.get(), phi.get(), ctx) != nullptr;
  good = good && BN_mod(dp.get(), d.get(), p1.get(), ctx) == 1;
  good = good && BN_mod(dq.get(), d.get(), q1.get(), ctx) == 1;
  good = good && BN_mod_inverse(q_inverse.get(), q.get(), p.get(), ctx) != nullptr;
  PLAZA_CHECK(good);
}

RsaPrivateKey::RsaPrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RsaPrivateKey::~RsaPrivateKey() = default;
RsaPrivateKey::RsaPrivateKey(RsaPrivateKey&&) noexcept = default;
RsaPrivateKey& RsaPrivateKey::operator=(RsaPrivateKey&&) noexcept = default;

Result<RsaPrivateKey> RsaPrivateKey::Generate(int bits, std::uint32_t exponent) {
  const bool size_fits = bits % 8 == 0 && bits >= static_cast<int>(kRsaBytesMin) * 8 &&
                         bits <= static_cast<int>(kRsaBytesMax) * 8;
  if (!size_fits || (exponent != 3 && exponent != 65537)) {
    return Error(errors::kBadKey, std::to_string(bits) + " bits, e = " + std::to_string(exponent));
  }
  auto impl = std::make_unique<Impl>();
  PLAZA_CHECK(BN_set_word(impl->e.get(), exponent) == 1);
  // BN_generate_prime_ex sets the two top bits of each prime, so that the product has all its bits.
  GeneratePrime(impl->p.get(), bits / 2, exponent);
  do {
    GeneratePrime(impl->q.get(), bits - bits / 2, exponent);
  } while (BN_cmp(impl->p.get(), impl->q.get()) == 0);
  impl->Derive();
  PLAZA_CHECK(BN_num_bits(impl->n.get()) == bits);
  impl->Prepare();
  return RsaPrivateKey(std::move(impl));
}

Result<RsaPrivateKey> RsaPrivateKey::FromDer(ByteView der) {
  const std::uint8_t* at = der.data();
  EVP_PKEY* parsed = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size()));
  RsaStruct rsa(parsed == nullptr ? nullptr : EVP_PKEY_get1_RSA(parsed));
  EVP_PKEY_free(parsed);
  if (rsa == nullptr) return Error(errors::kBadKey, "not an RSA private key in DER");
  auto impl = std::make_unique<Impl>();
  Copy(impl->e.get(), RSA_get0_e(rsa.get()));
  if (RSA_get0_p(rsa.get()) == nullptr) return Error(errors::kBadKey, "the key has no primes");
  Copy(impl->p.get(), RSA_get0_p(rsa.get()));
  Copy(impl->q.get(), RSA_get0_q(rsa.get()));
  impl->Derive();
  impl->Prepare();
  return RsaPrivateKey(std::move(impl));
}

Bytes RsaPrivateKey::ToDer() const {
  RsaStruct rsa(RSA_new());
  PLAZA_CHECK(rsa != nullptr);
  const Impl& key = *impl_;
  PLAZA_CHECK(RSA_set0_key(rsa.get(), Duplicate(key.n), Duplicate(key.e), Duplicate(key.d)) == 1);
  PLAZA_CHECK(RSA_set0_factors(rsa.get(), Duplicate(key.p), Duplicate(key.q)) == 1);
  PLAZA_CHECK(RSA_set0_crt_params(rsa.get(), Duplicate(key.dp), Duplicate(key.dq),
                                  Duplicate(key.q_inverse)) == 1);
  const int length = i2d_RSAPrivateKey(rsa.get(), nullptr);
  PLAZA_CHECK(length > 0);
  Bytes der(static_cast<std::size_t>(length));
  std::uint8_t* at = der.data();
  i2d_RSAPrivateKey(rsa.get(), &at);
  return der;
}

std::size_t RsaPrivateKey::size() const { return impl_->modulus.size(); }
const Bytes& RsaPrivateKey::modulus() const { return impl_->modulus; }
const Bytes& RsaPrivateKey::exponent() const { return impl_->exponent; }

Bytes RsaPrivateKey::Sign(ByteView block) const {
  const Impl& key = *impl_;
  PLAZA_CHECK(block.size() == size());
  SetBn(key.in.get(), block);
  PLAZA_CHECK(BN_cmp(key.in.get(), key.n.get()) < 0);
  BN_CTX* ctx = key.context.get();
  bool good = BN_mod(key.mp.get(), key.in.get(), key.p.get(), ctx) == 1;
  good = good && BN_mod(key.mq.get(), key.in.get(), key.q.get(), ctx) == 1;
  good = good && BN_mod_exp_mont_consttime(key.mp.get(), key.mp.get(), key.dp.get(), key.p.get(),
                                           ctx, key.mont_p.get()) == 1;
  good = good && BN_mod_exp_mont_consttime(key.mq.get(), key.mq.get(), key.dq.get(), key.q.get(),
                                           ctx, key.mont_q.get()) == 1;
  // Garner: m = mq + q·((mp − mq)·q⁻¹ mod p)
  good = good && BN_mod_sub(key.mp.get(), key.mp.get(), key.mq.get(), key.p.get(), ctx) == 1;
  good = good && BN_mod_mul(key.mp.get(), key.mp.get(), key.q_inverse.get(), key.p.get(), ctx) == 1;
  good = good && BN_mul(key.mp.get(), key.mp.get(), key.q.get(), ctx) == 1;
  good = good && BN_add(key.mp.get(), key.mp.get(), key.mq.get()) == 1;
  PLAZA_CHECK(good);
  Bytes out(size());
  PLAZA_CHECK(BN_bn2binpad(key.mp.get(), out.data(), static_cast<int>(out.size())) >= 0);
  return out;
}

}  // namespace plaza::emv
