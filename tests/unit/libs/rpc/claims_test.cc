#include "libs/rpc/claims.h"

#include <gmock/gmock.h>

#include "libs/rpc/errors.h"

namespace plaza::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TokenOptions Options() {
  TokenOptions options;
  options.issuer = "https://id.city";
  options.audience = "plaza";
  options.roles = {{"support", "support"}, {"boss", "admin"}};
  return options;
}

// 1000 s after 1970 is the time of all these tokens.
constexpr std::chrono::system_clock::time_point kNow{std::chrono::seconds(1000)};

TEST(ClaimsTest, NamesTheCallerAndTheRolesThatConfigurationKnows) {
  const auto caller = CallerOfClaims(
      R"({"iss":"https://id.city","aud":["other","plaza"],"sub":"ana","exp":1001,
          "roles":["boss","validator","admin","server","nonsense"]})",
      Options(), kNow);
  ASSERT_TRUE(caller.ok()) << caller.error().ToString();
  EXPECT_EQ(caller->name, "token:ana");
  EXPECT_THAT(caller->roles, ElementsAre("admin"));  // of "boss": "admin" itself is not configured
  EXPECT_THAT(caller->validators, IsEmpty());
  EXPECT_FALSE(caller->MaySpeakFor("GDL-07"));
}

// A good token but for what a row says.
std::string Claims(const std::string& exp_and_more) {
  return R"({"iss":"https://id.city","aud":"plaza","sub":"ana","roles":["support"],)" +
         exp_and_more + "}";
}

TEST(ClaimsTest, EachFaultHasItsRefusal) {
  const struct {
    std::string claims;
    const ErrorKind* kind;  // null: passes
  } table[] = {
      {Claims(R"("exp":1001)"), nullptr},
      // The skew of 60 s widens both sides of the span, and not by one second more.
      {Claims(R"("exp":941)"), nullptr},
      {Claims(R"("exp":940.5)"), nullptr},
      {Claims(R"("exp":940)"), &kTokenExpired},
      {Claims(R"("exp":-5)"), &kTokenExpired},
      {Claims(R"("exp":5000,"nbf":1060)"), nullptr},
      {Claims(R"("exp":5000,"nbf":1061)"), &kTokenNotYetValid},
      {Claims(R"("exp":5000,"iat":1060)"), nullptr},
      {Claims(R"("exp":5000,"iat":1061)"), &kTokenNotYetValid},
      {Claims(R"("exp":"5000")"), &kTokenClaims},
      {Claims(R"("exp":null)"), &kTokenClaims},
      {Claims(R"("exp":5000,"nbf":true)"), &kTokenClaims},
      {Claims(R"("nbf":1)"), &kTokenClaims},  // no exp
      {R"({"aud":"plaza","sub":"ana","roles":[],"exp":1001})", &kTokenClaims},
      {R"({"iss":"https://id.city/","aud":"plaza","sub":"ana","roles":[],"exp":1001})",
       &kTokenIssuer},
      {R"({"iss":"https://id.city","sub":"ana","roles":[],"exp":1001})", &kTokenAudience},
      {R"({"iss":"https://id.city","aud":"plaz","sub":"ana","roles":[],"exp":1001})",
       &kTokenAudience},
      {R"({"iss":"https://id.city","aud":["x",7],"sub":"ana","roles":[],"exp":1001})",
       &kTokenAudience},
      {R"({"iss":"https://id.city","aud":"plaza","roles":[],"exp":1001})", &kTokenClaims},
      {R"({"iss":"https://id.city","aud":"plaza","sub":"","roles":[],"exp":1001})", &kTokenClaims},
      {R"({"iss":"https://id.city","aud":"plaza","sub":"a\nb","roles":[],"exp":1001})",
       &kTokenClaims},
      {R"({"iss":"https://id.city","aud":"plaza","sub":")" + std::string(129, 'a') +
           R"(","roles":[],"exp":1001})",
       &kTokenClaims},
      {R"({"iss":"https://id.city","aud":"plaza","sub":"ana","exp":1001})", &kTokenClaims},
      {R"({"iss":"https://id.city","aud":"plaza","sub":"ana","roles":"support","exp":1001})",
       &kTokenClaims},
      {R"({"iss":"https://id.city","aud":"plaza","sub":"ana","roles":[1],"exp":1001})",
       &kTokenClaims},
      {"[]", &kTokenClaims},
      {"", &kTokenClaims},
      {"{\"iss\":", &kTokenClaims},
  };
  for (const auto& row : table) {
    const auto caller = CallerOfClaims(row.claims, Options(), kNow);
    if (row.kind == nullptr) {
      EXPECT_TRUE(caller.ok()) << row.claims;
      continue;
    }
    ASSERT_FALSE(caller.ok()) << row.claims;
    EXPECT_EQ(caller.error().reason(), row.kind->reason) << row.claims;
    EXPECT_EQ(caller.error().code(), StatusCode::kUnauthenticated);
  }
}

TEST(ClaimsTest, RolesAreReadFromConfiguration) {
  const auto roles = ParseTokenRoles("support,city-admin=admin");
  ASSERT_TRUE(roles.ok());
  EXPECT_EQ(*roles, (TokenRoles{{"support", "support"}, {"city-admin", "admin"}}));
  for (const char* bad : {"", "validator", "gate=validator", "a,,b", "a=", "=a", "a,a=b", "a b"}) {
    const auto refused = ParseTokenRoles(bad);
    ASSERT_FALSE(refused.ok()) << bad;
    EXPECT_TRUE(refused.error().Is(kBadTokenOptions)) << bad;
  }
}

}  // namespace
}  // namespace plaza::rpc
