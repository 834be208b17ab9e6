// An issuer of bearer tokens for development, demos and tests: never for production, where a city's
// own identity provider signs them.
#pragma once
#include <chrono>
#include <set>
#include <string>

#include "libs/base/result.h"

namespace plaza::rpc {

// Makes a key pair: the private half is <folder>/signing.jwk (mode 0600), the public one is added
// to the JWK set <folder>/jwks.json, whose other keys stay, so that tokens under way still pass.
// Answers the new kid. BAD_DEV_CA.
Result<std::string> AddDevTokenKey(const std::string& folder);

struct DevToken {
  std::string issuer = "plaza-dev";
  std::string audience = "plaza";
  std::string subject;
  std::set<std::string> roles;
  std::chrono::minutes lifetime{10};
};
// A token, signed with the folder's newest key. BAD_DEV_CA if there is none.
Result<std::string> MintDevToken(const std::string& folder, const DevToken& token,
                                 std::chrono::system_clock::time_point now);
// The same of any payload.
Result<std::string> SignDevToken(const std::string& folder, const std::string& payload);

}  // namespace plaza::rpc
