// Certification authority public keys, by RID and index, with expiry and the revocation list of
// issuer certificates (EMV Book 2, 5.1 and 10.2). A value: build it, then share it read-only;
// replace it whole.
#pragma once
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/civil.h"
#include "libs/base/result.h"

namespace plaza::emv {

using Rid = std::array<std::uint8_t, 5>;
using CertificateSerial = std::array<std::uint8_t, 3>;

struct CaKey {
  Rid rid{};
  std::uint8_t index = 0;
  Bytes modulus;
  Bytes exponent;
  std::optional<Date> expiry;  // last day of use; none: no end
};

class CapkTable {
 public:
  Result<void> Add(CaKey key);  // BAD_KEY; a later key of the same RID and index replaces
  void Revoke(const Rid& rid, std::uint8_t index, const CertificateSerial& serial);

  // Null if unknown, or expired on `today`. Valid while the table is not changed.
  const CaKey* Find(const Rid& rid, std::uint8_t index, Date today) const;
  bool IsRevoked(const Rid& rid, std::uint8_t index, const CertificateSerial& serial) const;
  const std::vector<CaKey>& keys() const { return keys_; }

 private:
  std::vector<CaKey> keys_;
  std::set<std::tuple<Rid, std::uint8_t, CertificateSerial>> revoked_;
};

}  // namespace plaza::emv
