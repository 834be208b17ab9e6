#include "libs/rpc/client.h"

#include <algorithm>
#include <optional>

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

struct Client::Impl {
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
};

namespace {

// gRPC's own form of a list of addresses; what is one address stays as it is, name or number.
std::string Target(const std::string& address) {
  return address.find(',') == std::string::npos ? address : "ipv4:" + address;
}

}  // namespace

Client::Client() : impl_(std::make_unique<Impl>()) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::Connect(const ClientOptions& options) {
  PLAZA_ASSIGN_OR_RETURN(TlsTexts tls, ReadTls(options.tls));
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
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // the caller decides, by its request ids
  std::unique_ptr<Client> client(new Client);
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

Result<void> Client::CallErased(std::string_view service, std::string_view method,
                                const google::protobuf::Message& request,
                                google::protobuf::Message& response,
                                std::chrono::milliseconds timeout) {
  const std::string path = "/" + std::string(service) + "/" + std::string(method);
  const Impl::Door* const door = impl_->Find(service);
  if (door == nullptr) return Error(kNoRoute, "nobody serves " + std::string(service), path);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  // A call that fails at once never polls, and without polling a handshake under way makes no
  // progress: after a server was away, every call would fail for ever. So wait for the connection
  // first; what is wrong with it the call then says.
  if (door->channel->GetState(/*try_to_connect=*/true) != GRPC_CHANNEL_READY) {
    const auto now = std::chrono::system_clock::now();
    if (!door->channel->WaitForConnected(std::min(context.deadline(), now + kConnectWaitMax))) {
      // It fails at once, and says why.
      context.set_deadline(std::chrono::system_clock::now() + kLastWordMax);
    }
  }
  grpc::ByteBuffer sent;
  grpc::ByteBuffer received;
  ToByteBuffer(request, sent);
  const grpc::Status status = grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
      door->channel.get(),
      grpc::internal::RpcMethod(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC), &context,
      sent, &received);
  if (!status.ok()) {
    return DecodeStatus(static_cast<int>(status.error_code()), status.error_message(),
                        status.error_details(), door->address);
  }
  if (!FromByteBuffer(received, response)) {
    return Error(kMalformedResponse,
                 "the answer of " + path + " is not a " + response.GetTypeName(), door->address);
  }
  return {};
}

}  // namespace plaza::rpc
