// The sealed file of a key store (docs/formats/vsam.md).
#pragma once
#include <map>
#include <optional>
#include <string>

#include "libs/emv/vsam/key_audit.h"
#include "libs/emv/vsam/key_backend.h"
#include "libs/emv/vsam/vsam.h"

namespace plaza::emv {

struct KeySlot {
  KeyBlockHeader header;  // without its optional blocks
  KeyRight right = KeyRight::kHmac;
  std::size_t key_bytes = 0;
  Bytes check_value;
  SecretBytes reference;  // the back end's
  std::uint64_t uses = 0;
  std::uint64_t uses_reserved = 0;  // what the file says: never fewer than there were
  std::optional<std::uint64_t> uses_max;
};

struct KeyStoreState {
  AuditHead before;  // of the trail without `line`
  std::string line;  // the last one: the trail may not have it yet
  std::map<std::string, KeySlot> slots;
};

// The right that a header gives, if it gives one.
std::optional<KeyRight> RightOf(const KeyBlockHeader& header);

Bytes SealKeyStore(const Key256& sealing_key, const KeyStoreState& state);
// KEY_STORE_DAMAGED.
Result<KeyStoreState> OpenKeyStore(const Key256& sealing_key, ByteView file);

}  // namespace plaza::emv
