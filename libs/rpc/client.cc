#include "libs/rpc/client.h"

#include <algorithm>
#include <optional>
#include <random>
#include <thread>

#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/channel_arguments.h>

#include "libs/rpc/byte_buffers.h"
#include "libs/rpc/errors.h"
#include "libs/rpc/identity.h"
#include "libs/rpc/limits.h"
#include "libs/rpc/status_mapping.h"

namespace plaza::rpc {
namespace {

double RandomFraction() {
  thread_local std::minstd_rand engine(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

}  // namespace

struct Client::Impl {
  explicit Impl(const ClientOptions& options)
      : authorization(options.token.empty() ? "" : "Bearer " + options.token),
        retries(options.retries),
        budget(options.retries),
        random(options.random ? options.random : &RandomFraction) {}

  struct Door {
    std::string address;
    std::shared_ptr<grpc::Channel> channel;
  };
  std::optional<Door> other;  // of services that are not named
  std::map<std::string, Door, std::less<>> by_service;

  const Door* Find(std::string_view service) const {
    const auto named = by_service.find(service);
    if (named != by_service.end()) return &named->second;
    return other ? &*other : nullptr;
  }

  const std::string authorization;
  const RetryLimits retries;
  RetryBudget budget;
  const std::function<double()> random;

  // What every attempt of a call has in common.
  struct Request {
    std::string path;
    grpc::ByteBuffer octets;
    std::string traceparent;  // empty: none
    std::chrono::system_clock::time_point deadline;
  };
  struct Attempt {
    Result<void> called;
    bool connected;
  };
  Attempt CallOnce(const Door& door, const Request& request,
                   google::protobuf::Message& response) const;
};

namespace {

// What the proto file declares of the method; one that is not known is not repeated.
bool MayRepeat(std::string_view service, std::string_view method) {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const auto* described = pool->FindMethodByName(std::string(service) + "." + std::string(method));
  return described != nullptr && described->options().idempotency_level() !=
                                     google::protobuf::MethodOptions::IDEMPOTENCY_UNKNOWN;
}

// gRPC's own form of a list of addresses; what is one address stays as it is, name or number.
std::string Target(const std::string& address) {
  return address.find(',') == std::string::npos ? address : "ipv4:" + address;
}

}  // namespace

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::Connect(const ClientOptions& options) {
  PLAZA_ASSIGN_OR_RETURN(TlsTexts tls,
                         ReadTls(options.tls, options.token.empty() ? OwnCertificate::kNeeded
                                                                    : OwnCertificate::kOptional));
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = std::move(tls.ca);
  ssl.pem_cert_chain = std::move(tls.cert);
  ssl.pem_private_key = std::move(tls.key);
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(options.server_name);
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  arguments.SetMaxSendMessageSize(kRequestBytesMax);
  // A server that was started again is found again soon.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMsMin);
  // gRPC's "minimum back-off" is also how long a handshake may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kHandshakeMsMax);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMsMax);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // ours: CallErased
  std::unique_ptr<Client> client(new Client(std::make_unique<Impl>(options)));
  arguments.SetLoadBalancingPolicyName("round_robin");
  const auto credentials = grpc::SslCredentials(ssl);
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels;  // one an address
  const auto door = [&](const std::string& address) -> Impl::Door {
    auto& channel = channels[address];
    if (channel == nullptr) {
      channel = grpc::CreateCustomChannel(Target(address), credentials, arguments);
    }
    return {address, channel};
  };
  if (!options.route.address.empty()) client->impl_->other = door(options.route.address);
  for (const auto& [service, address] : options.route.by_service) {
    client->impl_->by_service.emplace(service, door(address));
  }
  return client;
}

Client::Impl::Attempt Client::Impl::CallOnce(const Door& door, const Request& request,
                                             google::protobuf::Message& response) const {
  const std::string& path = request.path;
  grpc::ClientContext context;
  context.set_deadline(request.deadline);
  if (!request.traceparent.empty()) context.AddMetadata("traceparent", request.traceparent);
  if (!authorization.empty()) context.AddMetadata("authorization", authorization);
  // A call that fails at once never polls, and without polling a handshake under way makes no
  // progress: after a server was away, every call would fail for ever. So wait for the connection
  // first; what is wrong with it the call then says.
  bool connected = true;
  if (door.channel->GetState(/*try_to_connect=*/true) != GRPC_CHANNEL_READY) {
    const auto now = std::chrono::system_clock::now();
    connected = door.channel->WaitForConnected(std::min(request.deadline, now + kConnectWaitMax));
    // It fails at once, and says why.
    if (!connected) context.set_deadline(std::chrono::system_clock::now() + kLastWordMax);
  }
  grpc::ByteBuffer received;
  const grpc::Status status = grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
      door.channel.get(),
      grpc::internal::RpcMethod(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC), &context,
      request.octets, &received);
  if (!status.ok()) {
    return {DecodeStatus(static_cast<int>(status.error_code()), status.error_message(),
                         status.error_details(), door.address),
            connected};
  }
  if (!FromByteBuffer(received, response)) {
    return {Error(kMalformedResponse,
                  "the answer of " + path + " is not a " + response.GetTypeName(), door.address),
            connected};
  }
  return {{}, connected};
}

Result<void> Client::CallErased(std::string_view service, std::string_view method,
                                const google::protobuf::Message& request,
                                google::protobuf::Message& response,
                                std::chrono::milliseconds timeout,
                                const std::optional<TraceContext>& trace) {
  Impl::Request sent;
  sent.path = "/" + std::string(service) + "/" + std::string(method);
  const Impl::Door* const door = impl_->Find(service);
  if (door == nullptr) return Error(kNoRoute, "nobody serves " + std::string(service), sent.path);
  sent.deadline = std::chrono::system_clock::now() + timeout;
  if (trace) sent.traceparent = FormatTraceparent(*trace);
  const bool repeatable = MayRepeat(service, method);
  ToByteBuffer(request, sent.octets);
  for (int attempt = 1;; ++attempt) {
    auto [called, connected] = impl_->CallOnce(*door, sent, response);
    if (called.ok()) {
      impl_->budget.Succeeded();
      return called;
    }
    // Without a connection the call has waited for one already.
    if (!repeatable || !connected || !MayPass(called.error())) return called;
    if (!impl_->budget.Failed()) return called;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        sent.deadline - std::chrono::system_clock::now());
    const auto pause = PauseBeforeRetry(impl_->retries, attempt, impl_->random(), left);
    if (!pause) return called;
    std::this_thread::sleep_for(*pause);
  }
}

}  // namespace plaza::rpc
