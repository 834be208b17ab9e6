// The test scheme of the simulated city: a certification authority, an impostor, two issuers, and a
// pool of card keys. Keys are made afresh from the operating system's random source at each start
// and live in memory only. Test cards only.
//
// Lifecycle: MakeTestPki() once; the value is then shared read-only. CardCrypto is made from it,
// one per thread. Source: EMV Book 2, 5.3 and 6.3 (certificates).
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/result.h"
#include "libs/emv/capk/capk.h"
#include "libs/emv/crypto/rsa_private.h"

namespace plaza::citysim {

enum class Issuer : std::uint8_t { kPlastic = 0, kPhone = 1 };  // BINs 476173 and 476174
inline constexpr int kIssuers = 2;
std::string_view IssuerBin(Issuer issuer);

// What a card carries of its issuer's key.
struct IssuerCertificate {
  Bytes certificate;  // tag 90
  Bytes remainder;    // tag 92
  Bytes exponent;     // tag 9F32
};

struct TestPki {
  emv::CaKey ca;  // what gates trust
  std::array<IssuerCertificate, kIssuers> certificates;
  std::array<IssuerCertificate, kIssuers>
      forged;  // the same keys, certified by the impostor under the same index
  std::array<Bytes, kIssuers> issuer_keys;  // DER
  std::vector<Bytes> card_keys;             // DER
};

// `today`: certificates are valid for some years around it. `card_keys`: size of the pool, 1 to
// kCardKeysMax.
Result<TestPki> MakeTestPki(Date today, int card_keys);

// The last day of a month that is `months` after that of `day` (EMV certificates know months only).
Date EndOfMonthAfter(Date day, int months);
// MMYY as two BCD bytes.
Bytes MonthYearBcd(Date day);

// Working copies of the private keys. Not thread-safe: one per thread.
class CardCrypto {
 public:
  static Result<CardCrypto> Make(const TestPki& pki);
  const emv::RsaPrivateKey& issuer(Issuer issuer) const {
    return issuers_[static_cast<std::size_t>(issuer)];
  }
  const emv::RsaPrivateKey& card(std::size_t index) const { return cards_[index % cards_.size()]; }

 private:
  std::vector<emv::RsaPrivateKey> issuers_;
  std::vector<emv::RsaPrivateKey> cards_;
};

}  // namespace plaza::citysim
