#include "services/vault/store/card_safe.h"

#include <algorithm>

#include "libs/emv/crypto/aead.h"

namespace plaza::vault {

std::string CardSafe::Seal(const emv::Token& token, ByteView clear) const {
  emv::GcmNonce nonce{};
  emv::RandomBytes(nonce);
  return ToString(nonce) + ToString(emv::AesGcmSeal(key_, nonce, token, clear));
}

std::optional<emv::SecretBytes> CardSafe::Open(const emv::Token& token, ByteView sealed) const {
  emv::GcmNonce nonce{};
  if (sealed.size() < nonce.size()) return std::nullopt;
  std::copy_n(sealed.begin(), nonce.size(), nonce.begin());
  std::optional<Bytes> clear = emv::AesGcmOpen(key_, nonce, token, sealed.subspan(nonce.size()));
  if (!clear.has_value()) return std::nullopt;
  return emv::SecretBytes(std::move(*clear));
}

}  // namespace plaza::vault
