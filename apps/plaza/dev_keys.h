// Key files of a development city: 32 bytes as hex, one a file, readable by their owner alone.
#pragma once
#include <filesystem>

#include "libs/base/result.h"

namespace plaza {

inline constexpr const char* kTokenFile = "token.key";
inline constexpr const char* kTapMacBaseFile = "tap_mac_base.key";
inline constexpr const char* kCardDataBaseFile = "card_data_base.key";
inline constexpr const char* kVaultStorageFile = "vault_storage.key";

// Makes each key that is missing, at random. A simulation writes its own, from its seed, before.
Result<void> EnsureDevKeys(const std::filesystem::path& folder);

}  // namespace plaza
