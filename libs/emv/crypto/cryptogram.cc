#include "libs/emv/crypto/cryptogram.h"

#include <openssl/evp.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <string>

#include "libs/base/check.h"
#include "libs/base/digest.h"
#include "libs/base/hex.h"

namespace plaza::emv {
namespace {

using Session = CryptogramScheme::Session;

constexpr CryptogramScheme kSchemes[] = {
    {"visa-cvn10", Session::kCardKey, MacPadding::kZeros, CardKeyDerivation::kOptionA},
    {"visa-cvn17", Session::kCardKey, MacPadding::kZeros, CardKeyDerivation::kOptionA},
    {"visa-cvn18", Session::kCommon, MacPadding::kIso9797Method2, CardKeyDerivation::kOptionB},
    {"visa-cvn22", Session::kCommon, MacPadding::kIso9797Method2, CardKeyDerivation::kOptionB},
    {"mastercard-cvn16", Session::kMastercard, MacPadding::kIso9797Method2,
     CardKeyDerivation::kOptionB},
    {"mastercard-cvn17", Session::kMastercard, MacPadding::kIso9797Method2,
     CardKeyDerivation::kOptionB},
    {"mastercard-cvn20", Session::kCommon, MacPadding::kIso9797Method2,
     CardKeyDerivation::kOptionB},
    {"mastercard-cvn21", Session::kCommon, MacPadding::kIso9797Method2,
     CardKeyDerivation::kOptionB},
};

struct CipherFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// Blocks under one key of two halves; the same half twice is single DES.
class Ede {
 public:
  explicit Ede(const TripleDesKey& key) : context_(EVP_CIPHER_CTX_new()) {
    PLAZA_CHECK(context_ != nullptr);
    PLAZA_CHECK(
        EVP_EncryptInit_ex(context_.get(), EVP_des_ede_ecb(), nullptr, key.data(), nullptr) == 1);
    PLAZA_CHECK(EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1);
  }
  DesBlock operator()(const DesBlock& block) const {
    DesBlock out{};
    int length = 0;
    PLAZA_CHECK(EVP_EncryptUpdate(context_.get(), out.data(), &length, block.data(),
                                  static_cast<int>(block.size())) == 1);
    PLAZA_CHECK(length == static_cast<int>(out.size()));
    return out;
  }

 private:
  std::unique_ptr<EVP_CIPHER_CTX, CipherFree> context_;
};

// Two blocks under one key, made odd in each octet.
TripleDesKey KeyOf(const TripleDesKey& key, const DesBlock& left, const DesBlock& right) {
  const Ede encrypt(key);
  TripleDesKey out{};
  std::ranges::copy(encrypt(left), out.begin());
  std::ranges::copy(encrypt(right), out.begin() + 8);
  for (std::uint8_t& octet : out) {
    octet &= 0xFE;
    if (std::popcount(octet) % 2 == 0) octet |= 0x01;
  }
  return out;
}

TripleDesKey Diversify(const TripleDesKey& key, DesBlock by) {
  DesBlock right = by;
  by[2] = 0xF0;
  right[2] = 0x0F;
  return KeyOf(key, by, right);
}

// Option B: 16 decimal digits out of the hash; if it has too few, A to F count as 0 to 5.
std::string DecimalDigits(ByteView hash) {
  std::string digits;
  std::string letters;
  for (const char c : ToHex(hash)) {
    (c <= '9' ? digits : letters).push_back(c <= '9' ? c : static_cast<char>(c - 'A' + '0'));
  }
  return (digits + letters).substr(0, 16);
}

DesBlock PackedBlock(const std::string& digits) {
  const auto packed = FromHex(digits);
  PLAZA_CHECK(packed.ok() && packed->size() == 8);
  DesBlock out{};
  std::ranges::copy(*packed, out.begin());
  return out;
}

}  // namespace

TripleDesKey DeriveCardKey(const TripleDesKey& issuer_key, std::string_view pan, std::uint8_t psn,
                           CardKeyDerivation derivation) {
  constexpr std::size_t kDigits = 16;
  std::string digits = std::string(pan) + ToHex({&psn, 1});
  PLAZA_CHECK(std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }));
  if (derivation == CardKeyDerivation::kOptionB && pan.size() > kDigits) {
    if (digits.size() % 2 != 0) digits.insert(digits.begin(), '0');
    digits = DecimalDigits(Sha1(*FromHex(digits)));
  }
  if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
  const DesBlock left = PackedBlock(digits.substr(digits.size() - kDigits));
  DesBlock right = left;
  for (std::uint8_t& octet : right) octet ^= 0xFF;
  return KeyOf(issuer_key, left, right);
}

TripleDesKey DeriveCommonSessionKey(const TripleDesKey& card_key,
                                    const std::array<std::uint8_t, 2>& atc) {
  return Diversify(card_key, {atc[0], atc[1]});
}

TripleDesKey DeriveMastercardSessionKey(const TripleDesKey& card_key,
                                        const std::array<std::uint8_t, 2>& atc,
                                        const std::array<std::uint8_t, 4>& unpredictable_number) {
  const auto& un = unpredictable_number;
  return Diversify(card_key, {atc[0], atc[1], 0, 0, un[0], un[1], un[2], un[3]});
}

DesBlock RetailMac(const TripleDesKey& key, ByteView data, MacPadding padding) {
  const bool marked = padding == MacPadding::kIso9797Method2;
  const std::size_t least = data.size() + (marked || data.empty() ? 1 : 0);
  Bytes padded((least + 7) / 8 * 8, 0x00);
  std::ranges::copy(data, padded.begin());
  if (marked) padded[data.size()] = 0x80;
  TripleDesKey single{};
  std::copy_n(key.begin(), 8, single.begin());
  std::copy_n(key.begin(), 8, single.begin() + 8);
  const Ede left(single);
  const Ede whole(key);
  DesBlock state{};
  for (std::size_t at = 0; at < padded.size(); at += state.size()) {
    for (std::size_t i = 0; i < state.size(); ++i) state[i] ^= padded[at + i];
    const bool is_last = at + state.size() == padded.size();
    state = is_last ? whole(state) : left(state);
  }
  return state;
}

const CryptogramScheme* FindCryptogramScheme(std::string_view name) {
  const auto found = std::ranges::find(kSchemes, name, &CryptogramScheme::name);
  return found == std::end(kSchemes) ? nullptr : &*found;
}

Cryptogram MakeCryptogram(const CryptogramScheme& scheme, const CryptogramInput& input) {
  const TripleDesKey card_key =
      DeriveCardKey(input.issuer_key, input.pan, input.psn, scheme.long_pan);
  Cryptogram out;
  switch (scheme.session) {
    case Session::kCardKey:
      out.session_key = card_key;
      break;
    case Session::kCommon:
      out.session_key = DeriveCommonSessionKey(card_key, input.atc);
      break;
    case Session::kMastercard:
      out.session_key = DeriveMastercardSessionKey(card_key, input.atc, input.unpredictable_number);
      break;
  }
  out.ac = RetailMac(out.session_key, input.data, scheme.padding);
  return out;
}

}  // namespace plaza::emv
