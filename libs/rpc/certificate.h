// What a certificate says of itself.
#pragma once
#include <cstdint>
#include <string>

#include "libs/base/result.h"

namespace plaza::rpc {

// When the first certificate of a PEM file ceases to be valid: Unix time in seconds. BAD_TLS.
Result<std::int64_t> CertificateExpiry(const std::string& pem_file);

}  // namespace plaza::rpc
