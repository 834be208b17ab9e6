// Recovery of the issuer's and the card's public key from their certificates (EMV Book 2, 6.3
// and 6.4).
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "libs/base/bytes.h"
#include "libs/base/civil.h"
#include "libs/emv/capk/capk.h"
#include "libs/emv/crypto/rsa.h"
#include "libs/emv/limits.h"
#include "libs/emv/oda/pan.h"

namespace plaza::emv {

// A step's failure: its name in oda/reasons.h, and whether something was merely missing.
struct OdaFailure {
  std::string_view reason;
  bool not_possible = false;
};

// The recovered block of one RSA operation.
struct Recovered {
  std::array<std::uint8_t, kRsaBytesMax> octets;
  std::size_t size = 0;
  ByteView view() const { return {octets.data(), size}; }
};

// What an issuer certificate says once its signature and hash are right; the checks against card
// and date come after, each time.
struct IssuerCertificate {
  std::array<std::uint8_t, 4> issuer_id{};
  std::array<std::uint8_t, 2> expiry{};  // MMYY
  CertificateSerial serial{};
  RsaPublicKey key;
};

struct CertificateParts {
  ByteView certificate;
  std::optional<ByteView> remainder;
  ByteView exponent;
};

// Steps 1 to 7 and 12 of 6.3.
struct IssuerOrFailure {
  std::optional<IssuerCertificate> certificate;
  OdaFailure failure;
};
IssuerOrFailure RecoverIssuerCertificate(const RsaPublicKey& ca_key, const CertificateParts& parts);
// Steps 8 to 11. None if all hold.
std::optional<OdaFailure> CheckIssuerCertificate(const IssuerCertificate& certificate,
                                                 const Pan& pan, const CaKey& ca,
                                                 const CapkTable& capks, Date date);

// All of 6.4. `static_data` with the AIP already appended where 9F4A asks for it.
struct IccKeyOrFailure {
  std::optional<RsaPublicKey> key;
  OdaFailure failure;
};
IccKeyOrFailure RecoverIccKey(const RsaPublicKey& issuer_key, const CertificateParts& parts,
                              ByteView static_data, ByteView static_aip, const Pan& pan, Date date);

}  // namespace plaza::emv
