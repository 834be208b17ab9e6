#include "libs/emv/crypto/rsa.h"

#include <algorithm>

#include "libs/emv/crypto/bn.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {

struct RsaPublicKey::Impl {
  Bytes modulus;
  Bytes exponent;
  Bn n = NewBn();
  Bn e = NewBn();
  Bn in = NewBn();
  Bn out = NewBn();
  BnContext context{BN_CTX_new()};
  BnMont mont;
};

namespace {

ByteView WithoutLeadingZeros(ByteView bytes) {
  while (!bytes.empty() && bytes[0] == 0) bytes = bytes.subspan(1);
  return bytes;
}

bool IsAllowedExponent(ByteView exponent) {
  constexpr std::uint8_t kThree[] = {0x03};
  constexpr std::uint8_t kF4[] = {0x01, 0x00, 0x01};
  return std::ranges::equal(exponent, kThree) || std::ranges::equal(exponent, kF4);
}

}  // namespace

RsaPublicKey::RsaPublicKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RsaPublicKey::~RsaPublicKey() = default;
RsaPublicKey::RsaPublicKey(RsaPublicKey&&) noexcept = default;
RsaPublicKey& RsaPublicKey::operator=(RsaPublicKey&&) noexcept = default;

Result<RsaPublicKey> RsaPublicKey::Make(ByteView modulus, ByteView exponent) {
  exponent = WithoutLeadingZeros(exponent);
  if (modulus.size() < kRsaBytesMin || modulus.size() > kRsaBytesMax) {
    return Error(errors::kBadKey, "the modulus has " + std::to_string(modulus.size()) + " bytes",
                 "modulus");
  }
  if (modulus.front() == 0 || (modulus.back() & 1U) == 0) {
    return Error(errors::kBadKey, "the modulus is even or begins with zero", "modulus");
  }
  if (!IsAllowedExponent(exponent)) {
    return Error(errors::kBadKey, "the exponent is neither 3 nor 65537", "exponent");
  }
  auto impl = std::make_unique<Impl>();
  impl->modulus = ToBytes(modulus);
  impl->exponent = ToBytes(exponent);
  PLAZA_CHECK(impl->context != nullptr);
  SetBn(impl->n.get(), modulus);
  SetBn(impl->e.get(), exponent);
  impl->mont = NewMont(impl->n.get(), impl->context.get());
  return RsaPublicKey(std::move(impl));
}

std::size_t RsaPublicKey::size() const { return impl_->modulus.size(); }
const Bytes& RsaPublicKey::modulus() const { return impl_->modulus; }
const Bytes& RsaPublicKey::exponent() const { return impl_->exponent; }

bool RsaPublicKey::Recover(ByteView input, MutableBytes output) const {
  PLAZA_CHECK(output.size() == size());
  if (input.size() != size()) return false;
  const Impl& key = *impl_;
  SetBn(key.in.get(), input);
  if (BN_cmp(key.in.get(), key.n.get()) >= 0) return false;
  PLAZA_CHECK(BN_mod_exp_mont(key.out.get(), key.in.get(), key.e.get(), key.n.get(),
                              key.context.get(), key.mont.get()) == 1);
  PLAZA_CHECK(BN_bn2binpad(key.out.get(), output.data(), static_cast<int>(output.size())) >= 0);
  return true;
}

}  // namespace plaza::emv
