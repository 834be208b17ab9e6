#include "apps/citysim/cards/pki.h"

#include <algorithm>

#include "apps/citysim/cards/limits.h"
#include "libs/base/check.h"
#include "libs/base/digest.h"

namespace plaza::citysim {
namespace {

void Append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

constexpr emv::Rid kVisaRid{0xA0, 0x00, 0x00, 0x00, 0x03};

// Certifies an issuer's public key (EMV Book 2, 5.3, table 6).
IssuerCertificate Certify(const emv::RsaPrivateKey& ca, const emv::RsaPrivateKey& issuer_key,
                          Issuer issuer, Date expiry) {
  const std::size_t room = ca.size() - kIssuerCertificateOverhead;
  const Bytes& modulus = issuer_key.modulus();
  const std::size_t left = std::min(room, modulus.size());
  Bytes body = {0x02};  // certificate format
  Append(body, issuer == Issuer::kPlastic ? Bytes{0x47, 0x61, 0x73, 0xFF}
                                          : Bytes{0x47, 0x61, 0x74, 0xFF});
  Append(body, MonthYearBcd(expiry));
  Append(body,
         Bytes{0x00, 0x00, static_cast<std::uint8_t>(1 + static_cast<int>(issuer))});  // serial
  Append(body, Bytes{0x01, 0x01, static_cast<std::uint8_t>(modulus.size()),
                     static_cast<std::uint8_t>(issuer_key.exponent().size())});
  Append(body, ByteView(modulus).first(left));
  body.resize(body.size() + (room - left), 0xBB);

  IssuerCertificate out;
  out.remainder = ToBytes(ByteView(modulus).subspan(left));
  out.exponent = issuer_key.exponent();
  Bytes hashed = body;
  Append(hashed, out.remainder);
  Append(hashed, out.exponent);
  Bytes block = {0x6A};
  Append(block, body);
  Append(block, Sha1(hashed));
  block.push_back(0xBC);
  out.certificate = ca.Sign(block);
  return out;
}

}  // namespace

std::string_view IssuerBin(Issuer issuer) {
  return issuer == Issuer::kPlastic ? "476173" : "476174";
}

Date EndOfMonthAfter(Date day, int months) {
  const int month0 = day.year() * 12 + (day.month() - 1) + months + 1;
  Result<Date> first = Date::FromCivil(month0 / 12, month0 % 12 + 1, 1);
  PLAZA_CHECK(first.ok());
  return *first - 1;
}

Bytes MonthYearBcd(Date day) {
  const auto bcd = [](int n) { return static_cast<std::uint8_t>((n / 10) << 4 | n % 10); };
  return {bcd(day.month()), bcd(day.year() % 100)};
}

Result<TestPki> MakeTestPki(Date today, int card_keys) {
  PLAZA_CHECK(card_keys >= 1 && card_keys <= kCardKeysMax);
  TestPki pki;
  PLAZA_ASSIGN_OR_RETURN(auto ca, emv::RsaPrivateKey::Generate(kCaKeyBits, 65537));
  PLAZA_ASSIGN_OR_RETURN(auto impostor, emv::RsaPrivateKey::Generate(kCaKeyBits, 65537));
  const Date expiry = EndOfMonthAfter(today, kCertificateMonths);
  pki.ca = {kVisaRid, kCaKeyIndex, ca.modulus(), ca.exponent(), expiry};
  for (int i = 0; i < kIssuers; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto issuer = static_cast<Issuer>(i);
    PLAZA_ASSIGN_OR_RETURN(auto key, emv::RsaPrivateKey::Generate(kIssuerKeyBits, 3));
    pki.certificates[at] = Certify(ca, key, issuer, expiry);
    pki.forged[at] = Certify(impostor, key, issuer, expiry);
    pki.issuer_keys[at] = key.ToDer();
  }
  for (int i = 0; i < card_keys; ++i) {
    PLAZA_ASSIGN_OR_RETURN(auto key, emv::RsaPrivateKey::Generate(kCardKeyBits, 3));
    pki.card_keys.push_back(key.ToDer());
  }
  return pki;
}

Result<CardCrypto> CardCrypto::Make(const TestPki& pki) {
  CardCrypto out;
  for (const Bytes& der : pki.issuer_keys) {
    PLAZA_ASSIGN_OR_RETURN(auto key, emv::RsaPrivateKey::FromDer(der));
    out.issuers_.push_back(std::move(key));
  }
  for (const Bytes& der : pki.card_keys) {
    PLAZA_ASSIGN_OR_RETURN(auto key, emv::RsaPrivateKey::FromDer(der));
    out.cards_.push_back(std::move(key));
  }
  return out;
}

}  // namespace plaza::citysim
