// From settings to what a gate is made of: checks them, reads the files that they name.
#pragma once
#include <memory>
#include <vector>

#include "apps/validator/config.h"
#include "apps/validator/gate.h"
#include "libs/emv/crypto/ed25519.h"

namespace plaza::validator {

// Of kernel.list_keys. BAD_SETTING.
Result<std::vector<emv::Ed25519PublicKey>> TrustedListKeys(const Config& config);
// Without CA keys, which change while it runs (ca_keys.h). BAD_SETTING names the setting;
// UNKNOWN_ZONE.
Result<GateShared> MakeShared(const Config& config);
// Random numbers are the operating system's. BAD_SETTING.
Result<GateOptions> MakeGateOptions(const Config& config);
// BAD_KEY_FILE.
Result<std::unique_ptr<emv::Vsam>> MakeVsam(const Config& config);

}  // namespace plaza::validator
