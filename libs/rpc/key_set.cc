#include "libs/rpc/key_set.h"

#include <nlohmann/json.hpp>

#include "libs/rpc/errors.h"
#include "libs/rpc/jose_handles.h"
#include "libs/rpc/limits.h"
#include "libs/rpc/openssl_handles.h"

namespace plaza::rpc {
namespace {

using nlohmann::json;

bool HasText(const json& object, const char* name, std::string_view value) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() && found->get<std::string>() == value;
}

bool IsForEs256(const json& key) {
  return HasText(key, "kty", "EC") && HasText(key, "crv", "P-256") &&
         (!key.contains("alg") || HasText(key, "alg", "ES256")) &&
         (!key.contains("use") || HasText(key, "use", "sig"));
}

const char* HeaderText(cjose_header_t* header, const char* name) {
  cjose_err ignored;
  return cjose_header_get(header, name, &ignored);
}

}  // namespace

Result<KeySet> KeySet::Parse(std::string_view text) {
  const json set = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!set.is_object() || !set.contains("keys") || !set["keys"].is_array()) {
    return Error(kBadJwks, "not a JSON object with an array of keys");
  }
  if (set["keys"].size() > kJwksKeysMax) {
    return Error(kBadJwks, "more than " + std::to_string(kJwksKeysMax) + " keys");
  }
  const OpensslErrors cleared;
  KeySet keys;
  for (const json& key : set["keys"]) {
    if (!key.is_object()) return Error(kBadJwks, "a key is no JSON object");
    if (key.contains("d") || key.contains("k")) {
      return Error(kBadJwks, "it holds a private key");
    }
    if (!IsForEs256(key)) continue;
    const std::string octets = key.dump();
    cjose_err failed;
    std::shared_ptr<cjose_jwk_t> imported(cjose_jwk_import(octets.data(), octets.size(), &failed),
                                          &cjose_jwk_release);
    if (imported == nullptr) return Error(kBadJwks, "a key is no point of P-256");
    const char* kid = cjose_jwk_get_kid(imported.get(), &failed);
    if (kid == nullptr || *kid == '\0') return Error(kBadJwks, "a key has no kid");
    if (!keys.keys_.emplace(kid, std::move(imported)).second) {
      return Error(kBadJwks, "two keys have one kid");
    }
  }
  if (keys.keys_.empty()) return Error(kBadJwks, "no key is for ES256");
  return keys;
}

Result<std::string> KeySet::VerifiedPayload(std::string_view token) const {
  if (token.size() > kTokenCharsMax) {
    return Error(kTokenTooLong, std::to_string(token.size()) + " characters");
  }
  const OpensslErrors cleared;
  cjose_err failed;
  const JwsPtr jws(cjose_jws_import(token.data(), token.size(), &failed));
  if (jws == nullptr) return Error(kTokenMalformed, "not a signed token in the compact form");
  cjose_header_t* const header = cjose_jws_get_protected(jws.get());
  const char* const algorithm = HeaderText(header, "alg");
  if (algorithm == nullptr || std::string_view(algorithm) != "ES256") {
    return Error(kTokenAlgorithm, "signed by another algorithm", "alg");
  }
  // RFC 7515, 4.1.11: an extension that we do not know must not be passed over, and we know none.
  if (JoseText(cjose_header_get_raw(header, "crit", &failed)) || HeaderText(header, "crit")) {
    return Error(kTokenMalformed, "it needs extensions that are not known here", "crit");
  }
  const char* const kid = HeaderText(header, "kid");
  if (kid == nullptr) return Error(kTokenMalformed, "the header names no key", "kid");
  const auto key = keys_.find(std::string_view(kid));
  if (key == keys_.end()) return Error(kTokenKeyUnknown, "no such key is trusted", "kid");
  if (!cjose_jws_verify(jws.get(), key->second.get(), &failed)) {
    return Error(kTokenSignature, "the signature is not that key's");
  }
  std::uint8_t* payload = nullptr;
  std::size_t size = 0;
  PLAZA_CHECK(cjose_jws_get_plaintext(jws.get(), &payload, &size, &failed));
  return std::string(reinterpret_cast<const char*>(payload), size);
}

}  // namespace plaza::rpc
