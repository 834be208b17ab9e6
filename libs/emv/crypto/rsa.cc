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
  BnMont mont;  // none for exponent 3, where making it costs more than it saves
};

namespace {

// Numbers that are worth nothing after a call, kept so that no call allocates.
struct Scratch {
  Bn in = NewBn();
  Bn square = NewBn();
  Bn out = NewBn();
  Bn f4 = NewBn();  // 65537
  BnContext context{BN_CTX_new()};
  Scratch() { PLAZA_CHECK(context != nullptr && BN_set_word(f4.get(), 65537) == 1); }
};

Scratch& ThreadScratch() {
  thread_local Scratch scratch;
  return scratch;
}

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
  SetBn(impl->n.get(), modulus);
  if (exponent.size() > 1) impl->mont = NewMont(impl->n.get(), ThreadScratch().context.get());
  return RsaPublicKey(std::move(impl));
}

std::size_t RsaPublicKey::size() const { return impl_->modulus.size(); }
const Bytes& RsaPublicKey::modulus() const { return impl_->modulus; }
const Bytes& RsaPublicKey::exponent() const { return impl_->exponent; }

bool RsaPublicKey::Recover(ByteView input, MutableBytes output) const {
  PLAZA_CHECK(output.size() == size());
  if (input.size() != size()) return false;
  const BIGNUM* n = impl_->n.get();
  const Scratch& scratch = ThreadScratch();
  BN_CTX* context = scratch.context.get();
  const BIGNUM* in = scratch.in.get();
  BIGNUM* out = scratch.out.get();
  SetBn(scratch.in.get(), input);
  if (BN_cmp(in, n) >= 0) return false;
  bool good = false;
  if (impl_->mont != nullptr) {
    good = BN_mod_exp_mont(out, in, scratch.f4.get(), n, context, impl_->mont.get()) == 1;
  } else {
    BIGNUM* square = scratch.square.get();
    good = BN_mod_sqr(square, in, n, context) == 1 && BN_mod_mul(out, square, in, n, context) == 1;
  }
  PLAZA_CHECK(good);
  PLAZA_CHECK(BN_bn2binpad(out, output.data(), static_cast<int>(output.size())) >= 0);
  return true;
}

}  // namespace plaza::emv
