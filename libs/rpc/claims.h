// What a token whose signature is good says about its caller (RFC 7519). Pure: the time comes in.
// Internal to libs/rpc. Thread-safe.
#pragma once
#include <chrono>
#include <string_view>

#include "libs/base/result.h"
#include "libs/rpc/server.h"

namespace plaza::rpc {

// `claims`: the payload, a JSON object. Refuses, in this order: TOKEN_CLAIMS (not an object, or a
// claim is missing or of the wrong type), TOKEN_ISSUER, TOKEN_AUDIENCE, TOKEN_EXPIRED,
// TOKEN_NOT_YET_VALID (nbf or iat lies ahead). Both sides of the span are widened by the skew.
// Roles that configuration does not name are left out. The caller is "token:<sub>", so that no
// subject passes for a certificate's common name.
Result<Caller> CallerOfClaims(std::string_view claims, const TokenOptions& options,
                              std::chrono::system_clock::time_point now);

}  // namespace plaza::rpc
