// Loads a zone's rules from the machine's time-zone database into a value for pure code.
// A small target of its own (plaza_zones), so that eval can link it without the service skeleton.
#pragma once
#include <string_view>

#include "libs/base/result.h"
#include "libs/base/zone.h"

namespace plaza::runtime {

// UNKNOWN_ZONE for a name that is not IANA's. Covers 1970 to 2100. Thread-safe.
Result<ZoneRules> LoadZone(std::string_view iana_name);

}  // namespace plaza::runtime
