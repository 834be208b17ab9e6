// Prepared CA keys and recovered issuer certificates, by their bytes: many cards of a city share
// few issuers. Only certificates whose hash was right are kept, and their dates, revocation and PAN
// are checked again at each use, so a cache never changes an outcome. Bounded
// (kIssuerKeysCachedMax, oldest out). Not thread-safe: one per gate thread.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "libs/emv/oda/certificate.h"

namespace plaza::emv {

class IssuerKeyCache {
 public:
  // The prepared key of `ca`, made if new. Null if it is no RSA key within limits.
  const RsaPublicKey* CaKeyOf(const CaKey& ca);
  // Null if not kept. The pointer is valid until the next Keep().
  const IssuerCertificate* Find(const CaKey& ca, const CertificateParts& parts);
  const IssuerCertificate* Keep(const CaKey& ca, const CertificateParts& parts,
                                IssuerCertificate certificate);
  std::size_t size() const { return issuers_.size(); }

 private:
  std::unordered_map<std::string, RsaPublicKey> ca_keys_;
  std::unordered_map<std::string, IssuerCertificate> issuers_;
  std::deque<std::string> order_;
};

}  // namespace plaza::emv
