// The keys of a simulated city, all from its seed: the same seed gives the same tokens, and so the
// same account ids and the same digests. Anybody who knows the seed knows the keys: for development
// and demos only, never for a real city.
#pragma once
#include <cstdint>
#include <string>

#include "libs/base/result.h"
#include "libs/emv/vsam/vsam.h"

namespace plaza::citysim {

struct Keys {
  emv::Key256 token;           // the city's token key
  emv::Key256 tap_mac_base;    // tap-ingest's
  emv::Key256 card_data_base;  // the vault's
  emv::Key256 vault_storage;   // the vault's
};

// Each is SHA-256("plaza demo key/<seed>/<name>").
Keys MakeKeys(std::uint64_t seed);

// Writes <folder>/{token,tap_mac_base,card_data_base,vault_storage}.key: 64 hex digits and a
// newline, mode 0600. Files that hold the same key already are left alone; BAD_KEY_FILE if one
// holds another, since data may stand under it.
Result<void> WriteKeys(const Keys& keys, const std::string& folder);

}  // namespace plaza::citysim
