// What any gRPC client sees: no deadline, foreign octets, health, reflection, no certificate.
#include <fstream>
#include <future>
#include <iterator>

#include <gmock/gmock.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/sync_stream.h>

#include "tests/unit/libs/rpc/fixture.h"

namespace plaza::rpc {
namespace {

using ::testing::HasSubstr;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

grpc::ByteBuffer Buffer(const std::string& octets) {
  const grpc::Slice slice(octets);
  return grpc::ByteBuffer(&slice, 1);
}

std::string Octets(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  std::string octets;
  for (const grpc::Slice& slice : slices)
    octets.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return octets;
}

class WireTest : public RpcTest {
 protected:
  std::shared_ptr<grpc::Channel> Channel(const TlsFiles& tls) {
    grpc::SslCredentialsOptions ssl;
    ssl.pem_root_certs = ReadFile(tls.ca_pem);
    if (!tls.cert_pem.empty()) ssl.pem_cert_chain = ReadFile(tls.cert_pem);
    if (!tls.key_pem.empty()) ssl.pem_private_key = ReadFile(tls.key_pem);
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("localhost");
    return grpc::CreateCustomChannel(address_, grpc::SslCredentials(ssl), arguments);
  }

  grpc::Status RawCall(grpc::Channel& channel, const char* path, const std::string& octets,
                       std::string* answer, bool with_deadline = true) {
    grpc::ClientContext context;
    if (with_deadline) context.set_deadline(std::chrono::system_clock::now() + kLong);
    grpc::ByteBuffer received;
    const grpc::Status status =
        grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
            &channel, grpc::internal::RpcMethod(path, grpc::internal::RpcMethod::NORMAL_RPC),
            &context, Buffer(octets), &received);
    if (answer != nullptr && received.Valid()) *answer = Octets(received);
    return status;
  }

  // What the handler has of these values of the metadata traceparent.
  std::string TraceSeen(grpc::Channel& channel, const std::vector<std::string>& values) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kLong);
    for (const std::string& value : values) context.AddMetadata("traceparent", value);
    grpc::ByteBuffer received;
    const grpc::Status status =
        grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
            &channel,
            grpc::internal::RpcMethod("/plaza.ops.v1.Ops/GetProgress",
                                      grpc::internal::RpcMethod::NORMAL_RPC),
            &context, Buffer(""), &received);
    EXPECT_TRUE(status.ok()) << status.error_message();
    GetProgressResponse answer;
    EXPECT_TRUE(answer.ParseFromString(Octets(received)));
    return answer.last_error();
  }

  // grpc.health.v1.HealthCheckRequest{service = 1} and HealthCheckResponse{status = 1}: 1 SERVING,
  // 2 NOT_SERVING.
  int Health(grpc::Channel& channel, const std::string& name) {
    std::string answer;
    std::string request;
    if (!name.empty()) request = std::string("\x0A") + static_cast<char>(name.size()) + name;
    const grpc::Status status = RawCall(channel, "/grpc.health.v1.Health/Check", request, &answer);
    if (!status.ok() || answer.size() != 2 || answer[0] != '\x08') return -1;
    return answer[1];
  }

  static ProgressHandler Nothing() {
    return [](Ctx&, const GetProgressRequest&) -> Result<GetProgressResponse> {
      return GetProgressResponse();
    };
  }
};

constexpr char kPath[] = "/plaza.ops.v1.Ops/GetProgress";

TEST_F(WireTest, ACallWithoutADeadlineIsRefusedWithTheRemedy) {
  auto server = StartServer(Nothing());
  const auto channel = Channel(Certificate("tester", {"admin"}));
  const grpc::Status status = RawCall(*channel, kPath, "", nullptr, /*with_deadline=*/false);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  ASSERT_EQ(details.details_size(), 1);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "NO_DEADLINE");
  EXPECT_EQ(info.domain(), "plaza");
  EXPECT_THAT(info.metadata().at("remedy"), HasSubstr("grpc-timeout"));
}

TEST_F(WireTest, ATraceContextComesThroughAndAHostileOneIsAsNone) {
  auto server = StartServer([](Ctx& ctx, const GetProgressRequest&) -> Result<GetProgressResponse> {
    GetProgressResponse response;
    response.set_last_error(ctx.trace() ? FormatTraceparent(*ctx.trace()) : "none");
    return response;
  });
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto channel = Channel(Certificate("tester", {"admin"}));
  EXPECT_EQ(TraceSeen(*channel, {good}), good);
  const std::vector<std::string> hostile[] = {
      {},
      {""},
      {good + "\", \"level\":\"error"},
      {good.substr(0, 54)},
      {std::string(2000, '0')},
      {"00-00000000000000000000000000000000-0000000000000000-01"},
      {good, good},
      {"4761739001010010"},
  };
  for (const auto& values : hostile) {
    EXPECT_EQ(TraceSeen(*channel, values), "none") << (values.empty() ? "" : values.front());
  }
  // Our own client.
  const auto client = ConnectAdmin();
  const auto call = [&](const std::optional<TraceContext>& trace) {
    const auto answer =
        client->Call<GetProgressResponse>(kOps, kGetProgress, GetProgressRequest(), kLong, trace);
    return answer.ok() ? answer->last_error() : answer.error().ToString();
  };
  EXPECT_EQ(call(std::nullopt), "none");
  EXPECT_EQ(call(ParseTraceparent(good)), good);
}

TEST_F(WireTest, ACallerThatCallsTooOftenIsToldWhenItMayAgain) {
  const Bucket::Time now = Bucket::Time() + std::chrono::hours(1);  // stands still
  limiter_ = std::make_unique<Limiter>(RateRules::Parse("admin=1/2").value(), metrics_,
                                       [now] { return now; });
  std::atomic<int> ran{0};
  auto server = StartServer([&](Ctx&, const GetProgressRequest&) -> Result<GetProgressResponse> {
    ++ran;
    return GetProgressResponse();
  });
  const auto channel = Channel(Certificate("tester", {"admin"}));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(RawCall(*channel, kPath, "", nullptr).ok());
  const grpc::Status status = RawCall(*channel, kPath, "", nullptr);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  ASSERT_EQ(details.details_size(), 2);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "RATE_LIMITED");
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(details.details(1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 0);
  // Our own client has it in the text; others have buckets of their own.
  const auto refused = Call(*ConnectAdmin());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason(), "RATE_LIMITED");
  EXPECT_EQ(refused.error().what(), "'tester' calls too often; again in 1000 ms");
  EXPECT_TRUE(Call(*Connect(Certificate("other", {"admin"}))).ok());
  EXPECT_EQ(ran, 3);
  const std::string text = metrics_.Expose();
  EXPECT_THAT(text, HasSubstr("plaza_rpc_limited_total{role=\"admin\"} 2\n"));
  EXPECT_THAT(text,
              HasSubstr("{code=\"RESOURCE_EXHAUSTED\",method=\"plaza.ops.v1.Ops/GetProgress\"} 2"));
}

TEST_F(WireTest, ForeignOctetsAreAnInvalidArgument) {
  auto server = StartServer(Nothing());
  const auto channel = Channel(Certificate("tester", {"admin"}));
  for (const std::string& octets :
       {std::string("\x0A\xFF"), std::string("\xFF\xFF\xFF\xFF\xFF\xFF"), std::string("\x0B"),
        std::string(5, '\0')}) {
    const grpc::Status status = RawCall(*channel, kPath, octets, nullptr);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("plaza.ops.v1.GetProgressRequest"));
  }
  EXPECT_TRUE(RawCall(*channel, kPath, "", nullptr).ok());
}

TEST_F(WireTest, AMessageThatIsTooLargeIsRefused) {
  auto server = StartServer(Nothing());
  const auto channel = Channel(Certificate("tester", {"admin"}));
  const grpc::Status status = RawCall(*channel, kPath, std::string(17 << 20, 'x'), nullptr);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(WireTest, ACallerWithoutACertificateIsRefused) {
  auto server = StartServer(Nothing());
  TlsFiles tls = Certificate("tester", {"admin"});
  tls.cert_pem.clear();
  tls.key_pem.clear();
  const auto channel = Channel(tls);
  EXPECT_EQ(RawCall(*channel, kPath, "", nullptr).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(WireTest, ReadinessFlipsAndLivenessStays) {
  auto server = StartServer(Nothing());
  const auto channel = Channel(Certificate("probe", {}));
  EXPECT_EQ(Health(*channel, "liveness"), 1);
  EXPECT_EQ(Health(*channel, "readiness"), 2);
  server->SetReady(true);
  EXPECT_EQ(Health(*channel, "readiness"), 1);
  EXPECT_EQ(Health(*channel, "liveness"), 1);
  EXPECT_EQ(Health(*channel, ""), 1);
  server->SetReady(false);
  EXPECT_EQ(Health(*channel, "readiness"), 2);
  EXPECT_EQ(Health(*channel, "liveness"), 1);
  EXPECT_EQ(Health(*channel, "no such name"), -1);
}

// grpc.reflection.v1alpha: ServerReflectionRequest{list_services = 7}; the answer has the names in
// clear.
std::string ListServices(grpc::Channel& channel) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kLong);
  const grpc::internal::RpcMethod method(
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
      grpc::internal::RpcMethod::BIDI_STREAMING);
  const std::unique_ptr<grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream(
      grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(
          &channel, method, &context));
  stream->Write(Buffer(std::string("\x3A\x01*", 3)));
  stream->WritesDone();
  grpc::ByteBuffer received;
  std::string answer;
  while (stream->Read(&received)) answer += Octets(received);
  const grpc::Status status = stream->Finish();
  return status.ok() ? answer : status.error_message();
}

TEST_F(WireTest, ReflectionListsOurServicesWhenAskedFor) {
  ServerOptions options;
  options.reflection = true;
  auto server = StartServer(Nothing(), options);
  const TlsFiles tls = Certificate("tester", {});
  EXPECT_THAT(ListServices(*Channel(tls)), HasSubstr("plaza.ops.v1.Ops"));
  auto closed = StartServer(Nothing());
  EXPECT_THAT(ListServices(*Channel(tls)), ::testing::Not(HasSubstr("plaza.ops.v1.Ops")));
}

}  // namespace
}  // namespace plaza::rpc
