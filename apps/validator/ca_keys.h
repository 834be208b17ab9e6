// The file of the certification authorities' public keys that a gate trusts: JSON.
//
//     { "keys":    [ { "rid": "A000000003", "index": "F1", "modulus": "…hex…", "exponent":
//     "010001",
//                      "expiry": "2030-12-31" } ],
//       "revoked": [ { "rid": "A000000003", "index": "F1", "serial": "000001" } ] }
//
// `expiry` (the last day of use) and `revoked` may be left out. Source of the terms: EMV Book
// 2, 5.1 and 10.2.
#pragma once
#include <string>

#include "libs/base/result.h"
#include "libs/emv/capk/capk.h"

namespace plaza::validator {

// BAD_CA_KEYS, with what is wrong and where in the file.
Result<emv::CapkTable> ReadCaKeys(const std::string& path);
// As a file holds it: for who hands keys out.
std::string CaKeysText(const std::vector<emv::CaKey>& keys);

}  // namespace plaza::validator
