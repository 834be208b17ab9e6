#include "libs/emv/capk/capk.h"

#include <algorithm>

#include "libs/emv/crypto/rsa.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {

Result<void> CapkTable::Add(CaKey key) {
  PLAZA_RETURN_IF_ERROR([&]() -> Result<void> {
    PLAZA_ASSIGN_OR_RETURN(const RsaPublicKey checked,
                           RsaPublicKey::Make(key.modulus, key.exponent));
    key.exponent = checked.exponent();
    return {};
  }());
  const auto same = std::ranges::find_if(
      keys_, [&](const CaKey& other) { return other.rid == key.rid && other.index == key.index; });
  if (same != keys_.end()) {
    *same = std::move(key);
    return {};
  }
  if (keys_.size() == kCapksMax) return Error(errors::kBadKey, "the table is full", "capk");
  keys_.push_back(std::move(key));
  return {};
}

void CapkTable::Revoke(const Rid& rid, std::uint8_t index, const CertificateSerial& serial) {
  revoked_.emplace(rid, index, serial);
}

const CaKey* CapkTable::Find(const Rid& rid, std::uint8_t index, Date today) const {
  for (const CaKey& key : keys_) {
    if (key.rid != rid || key.index != index) continue;
    const bool expired = key.expiry && *key.expiry < today;
    return expired ? nullptr : &key;
  }
  return nullptr;
}

bool CapkTable::IsRevoked(const Rid& rid, std::uint8_t index,
                          const CertificateSerial& serial) const {
  return revoked_.contains({rid, index, serial});
}

}  // namespace plaza::emv
