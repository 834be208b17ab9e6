// Who is refused at the door, and that each refusal is counted.
#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/security/credentials.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "libs/rpc/errors.h"
#include "libs/rpc/limits.h"
#include "tests/integration/security/guarded_server.h"

namespace plaza::rpc {
namespace {

using nlohmann::json;

using RefusalsTest = GuardedServer;

std::int64_t NowSeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

TEST_F(RefusalsTest, ATokenOpensWhatItsRolesOpen) {
  Start(Tokens::kTaken);
  EXPECT_EQ(Call(NoCertificate(), Mint("support")), "token:ana:support,");
  EXPECT_EQ(Refused("ROLE_NEEDED"), 0);
  // Configuration names support alone: what else a token claims counts for nothing.
  for (const char* role : {"admin", "validator", "server"}) {
    EXPECT_EQ(Call(NoCertificate(), Mint(role), "Put"), "ROLE_NEEDED") << role;
  }
  EXPECT_EQ(Call(NoCertificate(), Mint("support"), "Put"), "ROLE_NEEDED");
  EXPECT_EQ(Call(NoCertificate(), Mint("support"), "Push"), "ROLE_NEEDED");
  EXPECT_EQ(Refused("ROLE_NEEDED"), 5);
}

TEST_F(RefusalsTest, CertificatesWorkBesideTokensAndGoBeforeThem) {
  Start(Tokens::kTaken);
  const TlsFiles desk = Certificate("desk", {"support"});
  EXPECT_EQ(Call(desk, ""), "desk:support,");
  EXPECT_EQ(Call(desk, Mint("support")), "desk:support,");
  EXPECT_EQ(Call(desk, "no token at all"), "desk:support,");
  // A token adds nothing to a certificate.
  EXPECT_EQ(Call(Certificate("gate", {"validator"}), Mint("support")), "ROLE_NEEDED");
}

TEST_F(RefusalsTest, EachFaultOfATokenIsRefusedAndCounted) {
  Start(Tokens::kTaken);
  const auto sign = [&](const json& changed) {
    json claims{{"iss", "plaza-dev"},
                {"aud", "plaza"},
                {"sub", "ana"},
                {"roles", {"support"}},
                {"exp", NowSeconds() + 600}};
    claims.update(changed);
    return SignDevToken(issuer_, claims.dump()).value();
  };
  const std::string good = sign(json::object());
  const std::string stranger = folder_.path() / "stranger";
  ASSERT_TRUE(AddDevTokenKey(stranger).ok());
  const std::string foreign = MintDevToken(stranger, {.subject = "eve", .roles = {"support"}},
                                           std::chrono::system_clock::now())
                                  .value();
  // Their payload under our header and our signature; our payload with their signature.
  const std::string header = good.substr(0, good.find('.') + 1);
  const std::string tampered =
      header + foreign.substr(foreign.find('.') + 1, foreign.rfind('.') - foreign.find('.') - 1) +
      good.substr(good.rfind('.'));
  const std::string foreign_key =
      good.substr(0, good.rfind('.')) + foreign.substr(foreign.rfind('.'));
  // {"alg":"none","kid":"x"}
  const std::string none = "eyJhbGciOiJub25lIiwia2lkIjoieCJ9" + good.substr(good.find('.'));
  const struct {
    const char* what;
    std::string token;
    const char* reason;
  } table[] = {
      {"expired", sign({{"exp", NowSeconds() - 120}}), "TOKEN_EXPIRED"},
      {"not yet valid", sign({{"nbf", NowSeconds() + 300}}), "TOKEN_NOT_YET_VALID"},
      {"issued tomorrow", sign({{"iat", NowSeconds() + 300}}), "TOKEN_NOT_YET_VALID"},
      {"wrong audience", sign({{"aud", "another city"}}), "TOKEN_AUDIENCE"},
      {"wrong issuer", sign({{"iss", "https://evil"}}), "TOKEN_ISSUER"},
      {"no roles", sign({{"roles", nullptr}}), "TOKEN_CLAIMS"},
      {"foreign key", foreign_key, "TOKEN_SIGNATURE"},
      {"tampered payload", tampered, "TOKEN_SIGNATURE"},
      {"unknown kid", foreign, "TOKEN_KEY_UNKNOWN"},
      {"alg none", none, "TOKEN_ALGORITHM"},
      {"alg none, unsigned", none.substr(0, none.rfind('.') + 1), "TOKEN_ALGORITHM"},
      {"no JWT", "open sesame", "TOKEN_MALFORMED"},
      {"too long", sign({{"note", std::string(kTokenCharsMax, 'x')}}), "TOKEN_TOO_LONG"},
  };
  for (const auto& row : table) {
    const double before = Refused(row.reason);
    EXPECT_EQ(Call(NoCertificate(), row.token), row.reason) << row.what;
    EXPECT_EQ(Refused(row.reason), before + 1) << row.what;
  }
  EXPECT_EQ(Call(NoCertificate(), good), "token:ana:support,");
}

TEST_F(RefusalsTest, WithoutTokensTlsItselfDemandsACertificate) {
  Start(Tokens::kNotTaken);
  ASSERT_TRUE(AddDevTokenKey(issuer_).ok());
  EXPECT_EQ(Call(NoCertificate(), Mint("support")), "UNREACHABLE");
  EXPECT_TRUE(Reaches([&] { return Handshakes("no_certificate"); }, 1));
  EXPECT_EQ(Call(Certificate("desk", {"support"}), ""), "desk:support,");
}

TEST_F(RefusalsTest, ACertificateThatIsGivenIsVerifiedWhateverElseIsTaken) {
  for (const Tokens tokens : {Tokens::kNotTaken, Tokens::kTaken}) {
    Start(tokens);
    const double before = Handshakes("bad_certificate");
    TlsFiles stranger =
        EnsureDevCertificate(folder_.path() / "other", "desk", {"support"}, {}).value();
    stranger.ca_pem = NoCertificate().ca_pem;
    EXPECT_EQ(Call(stranger, tokens == Tokens::kTaken ? Mint("support") : ""), "UNREACHABLE");
    EXPECT_TRUE(Reaches([&] { return Handshakes("bad_certificate"); }, before + 1));
  }
}

std::string ReadAll(const std::string& path) {
  if (path.empty()) return {};
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

// As any gRPC client calls: `authorization` headers, one each.
grpc::Status RawCall(const std::string& address, const TlsFiles& tls, const char* path,
                     const std::vector<std::string>& authorization,
                     const std::string& octets = {}) {
  const grpc::SslCredentialsOptions ssl{ReadAll(tls.ca_pem), ReadAll(tls.key_pem),
                                        ReadAll(tls.cert_pem)};
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("localhost");
  const auto channel = grpc::CreateCustomChannel(address, grpc::SslCredentials(ssl), arguments);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kLong);
  for (const std::string& value : authorization) context.AddMetadata("authorization", value);
  const grpc::Slice slice(octets);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer answer;
  return grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
      channel.get(), grpc::internal::RpcMethod(path, grpc::internal::RpcMethod::NORMAL_RPC),
      &context, request, &answer);
}

TEST_F(RefusalsTest, WithoutCertificateAndTokenNothingAnswers) {
  ServerOptions options;
  options.reflection = true;
  Start(Tokens::kTaken, options);
  const TlsFiles nobody = NoCertificate();
  const std::string good = "Bearer " + Mint("support");
  double refused = 0;
  for (const char* path :
       {"/plaza.probe.v1.Probe/Look", "/plaza.probe.v1.Probe/Push", "/plaza.probe.v1.Probe/No",
        "/plaza.vault.v1.Vault/DescribeCard", "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "/", "/x"}) {
    const grpc::Status status = RawCall(address_, nobody, path, {});
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << path;
    EXPECT_THAT(status.error_message(), ::testing::HasSubstr("no token")) << path;
    EXPECT_EQ(Refused("NO_IDENTITY"), ++refused) << path;
  }
  EXPECT_TRUE(RawCall(address_, nobody, "/grpc.health.v1.Health/Check", {good}).ok());
  EXPECT_EQ(RawCall(address_, nobody, "/plaza.probe.v1.Probe/No", {good}).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(RawCall(address_, nobody, "/plaza.probe.v1.Probe/Look", {good, good}).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Refused("TOKEN_MALFORMED"), 1);
  EXPECT_TRUE(RawCall(address_, nobody, "/plaza.probe.v1.Probe/Look", {good}).ok());
}

TEST_F(RefusalsTest, AMessageThatIsTooLargeIsRefusedAndCounted) {
  Start(Tokens::kTaken);
  constexpr char kLook[] = "/plaza.probe.v1.Probe/Look";
  const TlsFiles desk = Certificate("desk", {"support"});
  const auto code = [&](const TlsFiles& tls, std::size_t size) {
    return RawCall(address_, tls, kLook, {}, std::string(size, 'x')).error_code();
  };
  // To protobuf, an even number of x are fields that it does not know.
  EXPECT_EQ(code(desk, kRequestBytesMax), grpc::StatusCode::OK);
  EXPECT_EQ(Refused("MESSAGE_TOO_LARGE"), 0);
  EXPECT_EQ(code(desk, kRequestBytesMax + 1), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Refused("MESSAGE_TOO_LARGE"), 1);
  // Of a stranger nothing is read, however large.
  EXPECT_EQ(code(NoCertificate(), 3 * kRequestBytesMax), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Refused("NO_IDENTITY"), 1);
  // Above twice the bound gRPC itself lets go of it: refused, but not counted.
  EXPECT_EQ(code(desk, 2 * kRequestBytesMax + 1), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Refused("MESSAGE_TOO_LARGE"), 1);
}

}  // namespace
}  // namespace plaza::rpc
