// The public keys that sign callers' tokens: a JWK set (RFC 7517), and the check of a signature
// (RFC 7515). ES256 and nothing else: what a token's header says never chooses the algorithm.
// JOSE is cjose's, over OpenSSL. Internal to libs/rpc. Thread-safe.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "libs/base/result.h"

struct _cjose_jwk_int;  // cjose's name for a key

namespace plaza::rpc {

class KeySet {
 public:
  // Keys that are not for signing with ES256 are passed over, as RFC 7517 (5) asks. BAD_JWKS: not a
  // JWK set, no key that serves, a key without kid or two with one, a point off the curve, or a
  // private key, which has no business here.
  static Result<KeySet> Parse(std::string_view json);

  // The payload of a compact JWS. TOKEN_TOO_LONG, TOKEN_MALFORMED, TOKEN_ALGORITHM,
  // TOKEN_KEY_UNKNOWN, TOKEN_SIGNATURE. No error text holds anything of the token.
  Result<std::string> VerifiedPayload(std::string_view token) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::map<std::string, std::shared_ptr<_cjose_jwk_int>, std::less<>> keys_;  // by kid
};

}  // namespace plaza::rpc
