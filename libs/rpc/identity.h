// Who calls, from a client certificate; and TLS files read and checked. Internal to libs/rpc.
// Thread-safe.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "libs/base/result.h"
#include "libs/rpc/server.h"

namespace plaza::rpc {

// The subject's CN and OUs, and the URI SANs that name validators. NO_IDENTITY if it is no
// certificate or has no CN. The chain was checked by TLS already.
Result<Caller> CallerOf(const std::string& certificate_pem);

// Keeps what certificates said, since parsing one costs as much as a small call.
class CallerCache {
 public:
  Result<std::shared_ptr<const Caller>> Get(const std::string& certificate_pem);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Caller>> callers_;
};

struct TlsTexts {
  std::string ca;
  std::string cert;
  std::string key;
};
// BAD_TLS, naming the file: missing, not PEM, or a key of another certificate. gRPC itself would
// only say "null". A client that calls with a token may have no certificate of its own.
enum class OwnCertificate { kNeeded, kOptional };
Result<TlsTexts> ReadTls(const TlsFiles& files, OwnCertificate own);

}  // namespace plaza::rpc
