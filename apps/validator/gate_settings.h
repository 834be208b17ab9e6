// From settings to what a gate is made of: checks them, reads the files that they name.
#pragma once
#include <memory>

#include "apps/validator/config.h"
#include "apps/validator/gate.h"

namespace plaza::validator {

// BAD_SETTING names the setting; BAD_CA_KEYS, UNKNOWN_ZONE.
Result<GateShared> MakeShared(const Config& config);
// Random numbers are the operating system's. BAD_SETTING.
Result<GateOptions> MakeGateOptions(const Config& config);
// BAD_KEY_FILE.
Result<std::unique_ptr<emv::Vsam>> MakeVsam(const Config& config);

}  // namespace plaza::validator
