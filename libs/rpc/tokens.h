// Callers' bearer tokens: the file of keys, read again when it has changed, and the check of one
// token. Internal to libs/rpc. Thread-safe.
#pragma once
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "libs/base/result.h"
#include "libs/rpc/key_set.h"
#include "libs/rpc/server.h"
#include "libs/runtime/metrics.h"

namespace plaza::rpc {

class TokenVerifier {
 public:
  // BAD_TOKEN_OPTIONS, BAD_JWKS. Tokens are never taken without an issuer, an audience and roles.
  static Result<std::unique_ptr<TokenVerifier>> Open(TokenOptions options);
  // plaza_rpc_jwks_reads_total{result}: "ok", and "broken", which leaves the old keys standing.
  // Before the first Verify(); `metrics` outlives this.
  void SetMetrics(runtime::Metrics& metrics);

  // `authorization`: the metadata's value, "Bearer …". Refuses as KeySet and CallerOfClaims do.
  Result<Caller> Verify(std::string_view authorization, std::chrono::system_clock::time_point now);

 private:
  // What tells one version of a file from the next: a file put in its place has another inode.
  struct Stamp {
    unsigned long inode = 0;
    long size = 0;
    long changed_s = 0;
    long changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  explicit TokenVerifier(TokenOptions options) : options_(std::move(options)) {}
  Result<Stamp> Look() const;
  Result<KeySet> Read() const;
  std::shared_ptr<const KeySet> Keys();

  const TokenOptions options_;
  runtime::Counter* read_ = nullptr;
  runtime::Counter* broken_ = nullptr;
  std::mutex mutex_;
  Stamp stamp_;  // of the version that was read last, broken or not
  std::shared_ptr<const KeySet> keys_;
};

}  // namespace plaza::rpc
