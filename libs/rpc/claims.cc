#include "libs/rpc/claims.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "libs/rpc/errors.h"
#include "libs/rpc/limits.h"

namespace plaza::rpc {
namespace {

using nlohmann::json;
using Seconds = std::chrono::duration<double>;  // NumericDate: seconds since 1970, also fractions

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kTokenNameCharsMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

// Empty if the claim is absent.
Result<std::optional<Seconds>> TimeClaim(const json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end()) return std::optional<Seconds>();
  if (!found->is_number()) return Error(kTokenClaims, "the claim is no number", name);
  return std::optional<Seconds>(found->get<double>());
}

Result<std::string> NameClaim(const json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_string()) {
    return Error(kTokenClaims, "the claim is missing, or no text", name);
  }
  auto text = found->get<std::string>();
  if (!IsName(text)) {
    return Error(kTokenClaims,
                 "the claim is not 1 to " + std::to_string(kTokenNameCharsMax) +
                     " ASCII characters without blanks",
                 name);
  }
  return text;
}

// RFC 7519, 4.1.3: one text, or an array of them.
bool IsFor(const json& claims, const std::string& audience) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return false;
  if (found->is_string()) return *found == audience;
  return found->is_array() && std::find(found->begin(), found->end(), audience) != found->end();
}

Result<void> CheckTimes(const json& claims, Seconds skew, Seconds now) {
  PLAZA_ASSIGN_OR_RETURN(const auto expires, TimeClaim(claims, "exp"));
  if (!expires) return Error(kTokenClaims, "the claim is missing", "exp");
  if (!(now < *expires + skew)) return Error(kTokenExpired, "the token's time is over", "exp");
  for (const char* name : {"nbf", "iat"}) {
    PLAZA_ASSIGN_OR_RETURN(const auto begins, TimeClaim(claims, name));
    if (begins && !(*begins <= now + skew)) {
      return Error(kTokenNotYetValid, "the token's time has not come", name);
    }
  }
  return {};
}

}  // namespace

Result<Caller> CallerOfClaims(std::string_view text, const TokenOptions& options,
                              std::chrono::system_clock::time_point now) {
  const json claims = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!claims.is_object()) return Error(kTokenClaims, "the payload is no JSON object");
  PLAZA_ASSIGN_OR_RETURN(const std::string issuer, NameClaim(claims, "iss"));
  if (issuer != options.issuer) return Error(kTokenIssuer, "another issuer's token", "iss");
  if (!IsFor(claims, options.audience)) {
    return Error(kTokenAudience, "the token is for others", "aud");
  }
  PLAZA_RETURN_IF_ERROR(CheckTimes(claims, options.clock_skew, now.time_since_epoch()));
  PLAZA_ASSIGN_OR_RETURN(const std::string subject, NameClaim(claims, "sub"));
  Caller caller;
  caller.name = "token:" + subject;
  const auto roles = claims.find(options.roles_claim);
  if (roles == claims.end() || !roles->is_array() || roles->size() > kTokenRolesMax) {
    return Error(kTokenClaims, "the claim is no array of at most " + std::to_string(kTokenRolesMax),
                 options.roles_claim);
  }
  for (const json& role : *roles) {
    if (!role.is_string()) return Error(kTokenClaims, "a role is no text", options.roles_claim);
    const auto ours = options.roles.find(role.get<std::string>());
    if (ours != options.roles.end()) caller.roles.insert(ours->second);
  }
  return caller;
}

Result<TokenRoles> ParseTokenRoles(std::string_view text) {
  TokenRoles roles;
  while (!text.empty()) {
    const std::string_view entry = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), entry.size() + 1));
    const std::string_view theirs = entry.substr(0, entry.find('='));
    const std::string_view ours =
        theirs.size() == entry.size() ? theirs : entry.substr(theirs.size() + 1);
    if (!IsName(theirs) || !IsName(ours)) {
      return Error(kBadTokenOptions, "'" + std::string(entry) + "' is no role", "roles");
    }
    if (ours == "validator") {
      return Error(kBadTokenOptions, "the role validator comes by certificate only", "roles");
    }
    if (!roles.emplace(theirs, ours).second) {
      return Error(kBadTokenOptions, "'" + std::string(theirs) + "' is given twice", "roles");
    }
  }
  if (roles.empty()) return Error(kBadTokenOptions, "no role may come by token", "roles");
  return roles;
}

}  // namespace plaza::rpc
