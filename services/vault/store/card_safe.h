// Card data at rest: AES-256-GCM under the storage key, a random nonce, the token as associated
// data, so that a row cannot be given another row's card. Thread-safe.
#pragma once
#include <optional>
#include <string>

#include "libs/emv/crypto/secret.h"
#include "libs/emv/vsam/vsam.h"

namespace plaza::vault {

class CardSafe {
 public:
  explicit CardSafe(const emv::Key256& storage_key) : key_(storage_key) {}
  ~CardSafe() { emv::Zeroise(key_); }
  CardSafe(const CardSafe&) = delete;
  CardSafe& operator=(const CardSafe&) = delete;

  std::string Seal(const emv::Token& token, ByteView clear) const;  // nonce, ciphertext, tag
  // None if it was not sealed with this key for this token.
  std::optional<emv::SecretBytes> Open(const emv::Token& token, ByteView sealed) const;

 private:
  emv::Key256 key_;
};

}  // namespace plaza::vault
