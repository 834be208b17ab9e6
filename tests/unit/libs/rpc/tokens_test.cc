// Keys from a JWK set and signatures of tokens, as an attacker would bend them.
#include "libs/rpc/tokens.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "libs/rpc/dev_tokens.h"
#include "libs/rpc/errors.h"
#include "libs/rpc/jose_handles.h"
#include "libs/rpc/limits.h"
#include "libs/runtime/log.h"
#include "tests/support/temp_folder.h"

namespace plaza::rpc {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using Clock = std::chrono::system_clock;

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

void Replace(const std::string& path, const std::string& text) {
  std::ofstream(path + ".next", std::ios::binary) << text;
  std::filesystem::rename(path + ".next", path);
}

std::string Base64(std::string_view text) {
  char* encoded = nullptr;
  std::size_t size = 0;
  cjose_err failed;
  PLAZA_CHECK(cjose_base64url_encode(reinterpret_cast<const std::uint8_t*>(text.data()),
                                     text.size(), &encoded, &size, &failed));
  const JoseText owned(encoded);
  return std::string(encoded, size);
}

class TokensTest : public ::testing::Test {
 protected:
  TokensTest() : kid_(AddDevTokenKey(issuer_).value()) {
    options_.jwks_file = keys_file_;
    options_.issuer = "plaza-dev";
    options_.audience = "plaza";
    options_.roles = {{"support", "support"}};
  }

  std::unique_ptr<TokenVerifier> Open() {
    auto verifier = TokenVerifier::Open(options_);
    EXPECT_TRUE(verifier.ok()) << verifier.error().ToString();
    (*verifier)->SetMetrics(metrics_);
    return std::move(*verifier);
  }
  std::string Mint() {
    return MintDevToken(issuer_, {.subject = "ana", .roles = {"support"}}, Clock::now()).value();
  }
  // Signed with any key and any header.
  static std::string Sign(const cjose_jwk_t* key, const json& header, const std::string& payload) {
    cjose_err failed;
    const JoseHeaderPtr fields(cjose_header_new(&failed));
    for (const auto& [name, value] : header.items()) {
      const bool set =
          value.is_string()
              ? cjose_header_set(fields.get(), name.c_str(), value.get<std::string>().c_str(),
                                 &failed)
              : cjose_header_set_raw(fields.get(), name.c_str(), value.dump().c_str(), &failed);
      PLAZA_CHECK(set);
    }
    const JwsPtr jws(cjose_jws_sign(key, fields.get(),
                                    reinterpret_cast<const std::uint8_t*>(payload.data()),
                                    payload.size(), &failed));
    const char* token = nullptr;
    PLAZA_CHECK(jws != nullptr && cjose_jws_export(jws.get(), &token, &failed));
    return token;
  }
  std::string Counts() { return metrics_.Expose(); }

  plaza::testing::TempFolder folder_;
  runtime::Metrics metrics_;
  const std::string issuer_ = folder_.path() / "issuer";
  const std::string keys_file_ = issuer_ + "/jwks.json";
  const std::string kid_;
  TokenOptions options_;
};

TEST_F(TokensTest, TakesWhatTheIssuerSigned) {
  const auto verifier = Open();
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER "}) {
    const auto caller = verifier->Verify(scheme + Mint(), Clock::now());
    ASSERT_TRUE(caller.ok()) << caller.error().ToString();
    EXPECT_EQ(caller->name, "token:ana");
    EXPECT_THAT(caller->roles, ::testing::ElementsAre("support"));
  }
}

TEST_F(TokensTest, RefusesWhatItDidNotSign) {
  const std::string token = Mint();
  const std::string header = token.substr(0, token.find('.'));
  const std::string payload = token.substr(header.size() + 1, token.rfind('.') - header.size() - 1);
  const std::string signature = token.substr(token.rfind('.') + 1);
  const std::string claims =
      R"({"iss":"plaza-dev","aud":"plaza","sub":"eve","roles":["support"],"exp":99999999999})";
  cjose_err failed;

  // The classic: HMAC, keyed with the public key that everybody has.
  const std::string open_key = ReadAll(keys_file_);
  const JwkPtr hmac(cjose_jwk_create_oct_spec(
      reinterpret_cast<const std::uint8_t*>(open_key.data()), open_key.size(), &failed));
  const JwkPtr other(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &failed));
  const JwkPtr longer(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_384, &failed));

  const struct {
    const char* what;
    std::string authorization;
    const ErrorKind* kind;
  } table[] = {
      {"HS256 with the public key",
       "Bearer " + Sign(hmac.get(), {{"alg", "HS256"}, {"kid", kid_}}, claims), &kTokenAlgorithm},
      {"ES384", "Bearer " + Sign(longer.get(), {{"alg", "ES384"}, {"kid", kid_}}, claims),
       &kTokenAlgorithm},
      {"a foreign key under a known kid",
       "Bearer " + Sign(other.get(), {{"alg", "ES256"}, {"kid", kid_}}, claims), &kTokenSignature},
      {"an unknown kid", "Bearer " + Sign(other.get(), {{"alg", "ES256"}, {"kid", "x"}}, claims),
       &kTokenKeyUnknown},
      {"no kid", "Bearer " + Sign(other.get(), {{"alg", "ES256"}}, claims), &kTokenMalformed},
      {"a kid that is no text",
       "Bearer " + Sign(other.get(), {{"alg", "ES256"}, {"kid", {7}}}, claims), &kTokenMalformed},
      {"an extension",
       "Bearer " + Sign(other.get(), {{"alg", "ES256"}, {"kid", kid_}, {"crit", {"b64"}}}, claims),
       &kTokenMalformed},
      {"alg none, no signature",
       "Bearer " + Base64(R"({"alg":"none","kid":")" + kid_ + "\"}") + "." + Base64(claims) + ".",
       &kTokenAlgorithm},
      {"alg none, an old signature",
       "Bearer " + Base64(R"({"alg":"none","kid":")" + kid_ + "\"}") + "." + Base64(claims) + "." +
           signature,
       &kTokenAlgorithm},
      {"another payload", "Bearer " + header + "." + Base64(claims) + "." + signature,
       &kTokenSignature},
      {"half a signature",
       "Bearer " + header + "." + payload + "." + signature.substr(0, signature.size() / 2),
       &kTokenSignature},
      {"an empty signature", "Bearer " + header + "." + payload + ".", &kTokenSignature},
      {"no signature", "Bearer " + header + "." + payload, &kTokenMalformed},
      {"four parts", "Bearer " + token + ".x", &kTokenMalformed},
      {"no token", "Bearer ", &kTokenMalformed},
      {"another scheme", "Basic " + token, &kTokenMalformed},
      {"no scheme", token, &kTokenMalformed},
      {"nothing", "", &kTokenMalformed},
      {"dots", "Bearer ..", &kTokenMalformed},
      {"octets", "Bearer \xFF\xFE.\x80.\x01", &kTokenMalformed},
      {"too long", "Bearer " + token + std::string(kTokenCharsMax, 'A'), &kTokenTooLong},
      {"a deep header",
       "Bearer " + Base64(std::string(2000, '[')) + "." + payload + "." + signature,
       &kTokenMalformed},
  };
  const auto verifier = Open();
  for (const auto& row : table) {
    const auto caller = verifier->Verify(row.authorization, Clock::now());
    ASSERT_FALSE(caller.ok()) << row.what;
    EXPECT_EQ(caller.error().reason(), row.kind->reason) << row.what;
    EXPECT_THAT(caller.error().ToString(), Not(HasSubstr(signature.substr(0, 12)))) << row.what;
  }
  EXPECT_TRUE(verifier->Verify("Bearer " + token, Clock::now()).ok());
}

TEST_F(TokensTest, ANewKeyIsTakenAndAnOldOneGoesWithTheFile) {
  const auto verifier = Open();
  const std::string old = Mint();
  const std::string old_keys = ReadAll(keys_file_);
  ASSERT_TRUE(AddDevTokenKey(issuer_).ok());
  const std::string fresh = Mint();
  EXPECT_TRUE(verifier->Verify("Bearer " + fresh, Clock::now()).ok());
  EXPECT_TRUE(verifier->Verify("Bearer " + old, Clock::now()).ok());

  json keys = json::parse(ReadAll(keys_file_));
  keys["keys"].erase(0);
  Replace(keys_file_, keys.dump());
  EXPECT_TRUE(verifier->Verify("Bearer " + fresh, Clock::now()).ok());
  const auto gone = verifier->Verify("Bearer " + old, Clock::now());
  ASSERT_FALSE(gone.ok());
  EXPECT_TRUE(gone.error().Is(kTokenKeyUnknown));
  EXPECT_THAT(Counts(), HasSubstr("plaza_rpc_jwks_reads_total{result=\"ok\"} 2\n"));
  EXPECT_THAT(Counts(), HasSubstr("plaza_rpc_jwks_reads_total{result=\"broken\"} 0\n"));
}

TEST_F(TokensTest, ABrokenFileLeavesTheOldKeysStanding) {
  const std::string log = folder_.path() / "log";
  runtime::SetLogFile(log);
  const auto verifier = Open();
  const std::string token = Mint();
  const std::string good = ReadAll(keys_file_);
  Replace(keys_file_, good.substr(0, good.size() / 2));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(verifier->Verify("Bearer " + token, Clock::now()).ok());
  }
  std::filesystem::remove(keys_file_);
  EXPECT_TRUE(verifier->Verify("Bearer " + token, Clock::now()).ok());
  EXPECT_THAT(Counts(), HasSubstr("plaza_rpc_jwks_reads_total{result=\"broken\"} 2\n"));
  Replace(keys_file_, good);
  EXPECT_TRUE(verifier->Verify("Bearer " + token, Clock::now()).ok());
  EXPECT_THAT(Counts(), HasSubstr("plaza_rpc_jwks_reads_total{result=\"ok\"} 1\n"));
  runtime::SetLogFile("");
  EXPECT_THAT(ReadAll(log), HasSubstr("the old ones stand"));
}

TEST_F(TokensTest, AFileOfKeysIsReadStrictly) {
  const json good = json::parse(ReadAll(keys_file_))["keys"][0];
  const json signing = json::parse(ReadAll(issuer_ + "/signing.jwk"));
  const auto with = [&](const char* name, const json& value) {
    json key = good;
    key[name] = value;
    return key;
  };
  json no_kid = good;
  no_kid.erase("kid");
  const json rsa{{"kty", "RSA"}, {"kid", "r"}, {"n", "AQAB"}, {"e", "AQAB"}};
  const struct {
    const char* what;
    json set;
    std::size_t keys;  // 0: refused
  } table[] = {
      {"one key", {{"keys", {good}}}, 1},
      {"two keys", {{"keys", {good, with("kid", "b")}}}, 2},
      {"keys that are for other things are passed over",
       {{"keys", {rsa, good, with("use", "enc"), with("alg", "ES384"), with("crv", "P-384")}}},
       1},
      {"only such", {{"keys", {rsa}}}, 0},
      {"a private key", {{"keys", {signing}}}, 0},
      {"a secret among them", {{"keys", {good, {{"kty", "oct"}, {"k", "AQAB"}}}}}, 0},
      {"no kid", {{"keys", {no_kid}}}, 0},
      {"an empty kid", {{"keys", {with("kid", "")}}}, 0},
      {"one kid twice", {{"keys", {good, good}}}, 0},
      {"a point off the curve", {{"keys", {with("x", good["y"])}}}, 0},
      {"half a point", {{"keys", {with("x", "AQAB")}}}, 0},
      {"no keys", {{"keys", json::array()}}, 0},
      {"a key alone", good, 0},
      {"an array", json::array({good}), 0},
      {"too many", {{"keys", std::vector<json>(kJwksKeysMax + 1, rsa)}}, 0},
  };
  for (const auto& row : table) {
    const auto keys = KeySet::Parse(row.set.dump());
    EXPECT_EQ(keys.ok() ? keys->size() : 0, row.keys) << row.what;
    if (!keys.ok()) {
      EXPECT_TRUE(keys.error().Is(kBadJwks)) << row.what;
    }
  }
}

TEST_F(TokensTest, DoesNotOpenWithHalfAConfiguration) {
  const auto refusal = [&](void (*spoil)(TokenOptions&)) {
    TokenOptions options = options_;
    spoil(options);
    const auto verifier = TokenVerifier::Open(options);
    return verifier.ok() ? std::string() : std::string(verifier.error().reason());
  };
  EXPECT_EQ(refusal([](TokenOptions&) {}), "");
  EXPECT_EQ(refusal([](TokenOptions& o) { o.issuer.clear(); }), "BAD_TOKEN_OPTIONS");
  EXPECT_EQ(refusal([](TokenOptions& o) { o.audience.clear(); }), "BAD_TOKEN_OPTIONS");
  EXPECT_EQ(refusal([](TokenOptions& o) { o.roles.clear(); }), "BAD_TOKEN_OPTIONS");
  EXPECT_EQ(refusal([](TokenOptions& o) { o.clock_skew = std::chrono::seconds(301); }),
            "BAD_TOKEN_OPTIONS");
  EXPECT_EQ(refusal([](TokenOptions& o) { o.clock_skew = std::chrono::seconds(-1); }),
            "BAD_TOKEN_OPTIONS");
  EXPECT_EQ(refusal([](TokenOptions& o) { o.jwks_file += ".no"; }), "BAD_JWKS");
}

TEST_F(TokensTest, ThePrivateKeyIsItsOwnersAlone) {
  struct stat status {};
  ASSERT_EQ(stat((issuer_ + "/signing.jwk").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_THAT(ReadAll(keys_file_), Not(HasSubstr("\"d\"")));
}

}  // namespace
}  // namespace plaza::rpc
