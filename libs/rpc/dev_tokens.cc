#include "libs/rpc/dev_tokens.h"

#include <openssl/rand.h>

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "libs/base/hex.h"
#include "libs/rpc/dev_files.h"
#include "libs/rpc/errors.h"
#include "libs/rpc/jose_handles.h"

namespace plaza::rpc {
namespace {

using nlohmann::json;

std::string SigningFile(const std::string& folder) { return folder + "/signing.jwk"; }
std::string KeysFile(const std::string& folder) { return folder + "/jwks.json"; }

json ToJson(const cjose_jwk_t* key, bool with_private) {
  cjose_err failed;
  const JoseText text(cjose_jwk_to_json(key, with_private, &failed));
  PLAZA_CHECK(text != nullptr);
  json object = json::parse(text.get());
  object["alg"] = "ES256";
  object["use"] = "sig";
  return object;
}

}  // namespace

Result<std::string> AddDevTokenKey(const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return Error(kBadDevCa, failed.message(), folder);
  json set{{"keys", json::array()}};
  if (const std::string text = ReadIfThere(KeysFile(folder)); !text.empty()) {
    set = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!set.is_object() || !set["keys"].is_array()) {
      return Error(kBadDevCa, "not a JWK set", KeysFile(folder));
    }
  }
  std::array<std::uint8_t, 8> id;
  PLAZA_CHECK(RAND_bytes(id.data(), static_cast<int>(id.size())) == 1);
  const std::string kid = "dev-" + ToHex(id);
  cjose_err ignored;
  const JwkPtr key(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &ignored));
  PLAZA_CHECK(key != nullptr && cjose_jwk_set_kid(key.get(), kid.data(), kid.size(), &ignored));
  set["keys"].push_back(ToJson(key.get(), /*with_private=*/false));
  // The public half first: nobody signs with a key that servers cannot know yet.
  PLAZA_RETURN_IF_ERROR(WriteWhole(KeysFile(folder), set.dump(2) + "\n", 0644));
  PLAZA_RETURN_IF_ERROR(WriteWhole(SigningFile(folder),
                                   ToJson(key.get(), /*with_private=*/true).dump() + "\n", 0600));
  return kid;
}

Result<std::string> MintDevToken(const std::string& folder, const DevToken& token,
                                 std::chrono::system_clock::time_point now) {
  const std::int64_t now_s =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::int64_t lifetime_s = std::chrono::seconds(token.lifetime).count();
  return SignDevToken(folder, json{{"iss", token.issuer},
                                   {"aud", token.audience},
                                   {"sub", token.subject},
                                   {"roles", token.roles},
                                   {"iat", now_s},
                                   {"exp", now_s + lifetime_s}}
                                  .dump());
}

Result<std::string> SignDevToken(const std::string& folder, const std::string& payload) {
  const std::string text = ReadIfThere(SigningFile(folder));
  cjose_err failed;
  const JwkPtr key(cjose_jwk_import(text.data(), text.size(), &failed));
  const char* const kid = key == nullptr ? nullptr : cjose_jwk_get_kid(key.get(), &failed);
  if (kid == nullptr) return Error(kBadDevCa, "no signing key is there", SigningFile(folder));
  const JoseHeaderPtr header(cjose_header_new(&failed));
  PLAZA_CHECK(header != nullptr && cjose_header_set(header.get(), "alg", "ES256", &failed) &&
              cjose_header_set(header.get(), "kid", kid, &failed) &&
              cjose_header_set(header.get(), "typ", "JWT", &failed));
  const JwsPtr jws(cjose_jws_sign(key.get(), header.get(),
                                  reinterpret_cast<const std::uint8_t*>(payload.data()),
                                  payload.size(), &failed));
  const char* token = nullptr;  // the JWS's own
  if (jws == nullptr || !cjose_jws_export(jws.get(), &token, &failed)) {
    return Error(kBadDevCa, "the key does not sign", SigningFile(folder));
  }
  return std::string(token);
}

}  // namespace plaza::rpc
