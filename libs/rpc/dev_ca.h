// A certificate authority for development and demos, made on this machine: never for production.
#pragma once
#include <set>
#include <string>

#include "libs/base/result.h"
#include "libs/rpc/server.h"

namespace plaza::rpc {

// Makes <folder>/ca.pem and ca.key (ECDSA P-256, mode 0600 for keys) if they are not there.
Result<void> EnsureDevCa(const std::string& folder);
// Makes <folder>/<name>.pem and .key signed by it (DNS localhost, IP 127.0.0.1) if they are not
// there, valid for 30 days, or made again when it expires within a day.
Result<TlsFiles> EnsureDevCertificate(const std::string& folder, const std::string& name,
                                      const std::set<std::string>& roles,
                                      const std::set<std::string>& validators);

}  // namespace plaza::rpc
