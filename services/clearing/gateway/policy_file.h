// Reads the city's policy (docs/formats/policy.md).
#pragma once
#include <string>
#include <string_view>

#include "libs/base/result.h"
#include "services/clearing/core/policy.h"

namespace plaza::clearing {

// The text of clearing.json. BAD_POLICY with where ("policy.first_ride_risk.visa") for a key that
// is missing, unknown or malformed; NOT_SUPPORTED_YET for a choice that this version does not carry
// out. The zone is looked up on this machine.
Result<Policy> ParsePolicy(std::string_view json);

// <folder>/clearing.json, and the suppliers of collection_suppliers.txt there or in the folder
// above, if there is one.
Result<Policy> LoadPolicy(const std::string& folder);

// operator_id,collection_supplier_id with a header line. BAD_POLICY with the line.
Result<void> ParseSuppliers(std::string_view csv, const std::string& file, Policy& policy);

}  // namespace plaza::clearing
