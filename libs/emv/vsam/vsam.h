// The virtual secure access module of a validator: token key, MAC key, data key. Keys never leave
// it. The software back end keeps them in memory, zeroised at its end; PKCS#11 and the remote one
// come with the acceptance core.
#pragma once
#include <memory>
#include <string>

#include "libs/base/bytes.h"
#include "libs/base/result.h"
#include "libs/emv/crypto/hmac.h"
#include "libs/emv/crypto/keyed_digest.h"

namespace plaza::emv {

class Vsam {
 public:
  virtual ~Vsam() = default;
  virtual std::uint32_t token_epoch() const = 0;
  // `pan`: its digits. HMAC-SHA256(token key, digits).
  virtual Token Tokenise(std::string_view pan) const = 0;
  // Authenticated encryption for the vault alone. A sequence must never be used twice with other
  // data.
  virtual Bytes Seal(std::uint64_t sequence, ByteView card_data) const = 0;
  virtual Mac Sign(ByteView data) const = 0;
};

using Key256 = std::array<std::uint8_t, 32>;

struct ValidatorKeys {
  std::string validator_id;
  std::uint32_t token_epoch = 1;
  Key256 token_key;  // one for the city
  Key256 mac_key;    // of this validator
  Key256 data_key;   // of this validator
};
std::unique_ptr<Vsam> MakeSoftwareVsam(ValidatorKeys keys);

// Key of one validator from a base key: HMAC-SHA256(base, label ':' validator_id). The MAC base is
// tap-ingest's, the data base only the vault's, so who checks a tap cannot read its card.
Key256 DeriveMacKey(const Key256& mac_base, std::string_view validator_id);
Key256 DeriveDataKey(const Key256& data_base, std::string_view validator_id);

// tap-ingest's side: the key of one validator, prepared once; a check then costs the hash of the
// record and little more. Thread-safe; zeroised at its end.
class MacKey {
 public:
  explicit MacKey(const Key256& mac_key) : key_(mac_key) {}
  Mac Sign(ByteView covered) const;
  bool Verify(ByteView covered, const Mac& mac) const;  // constant time

 private:
  HmacSha256Key key_;
};
// The same for a single check.
bool VerifyMac(const Key256& mac_key, ByteView covered, const Mac& mac);  // constant time
// The vault's side. SEAL_BROKEN if it was not sealed with this key for this tap.
Result<Bytes> OpenSealed(const Key256& data_key, std::string_view validator_id,
                         std::uint64_t sequence, ByteView sealed);

// What is sealed: docs/formats/journal.md. Tags 5A (PAN), 5F24 (expiry), 5F34, 57 as BER-TLV.

}  // namespace plaza::emv
