// What a certificate says of itself.
#pragma once
#include <cstdint>
#include <string>

#include "libs/base/result.h"
#include "libs/rpc/server.h"
#include "libs/runtime/metrics.h"

namespace plaza::rpc {

// When the first certificate of a PEM file ceases to be valid: Unix time in seconds. BAD_TLS.
Result<std::int64_t> CertificateExpiry(const std::string& pem_file);
// Gauge plaza_certificate_expiry_seconds of the CA's and of a process's own certificate, `own` (its
// label), as they are now. A file that cannot be read has none.
void SetExpiryMetrics(runtime::Metrics& metrics, const TlsFiles& tls, const std::string& own);

}  // namespace plaza::rpc
