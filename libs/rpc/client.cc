#include "libs/rpc/client.h"

#include <algorithm>

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
  std::string address;
  std::shared_ptr<grpc::Channel> channel;
};

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
  arguments.SetMaxSendMessageSize(kReceiveBytesMax);
  // A server that was started again is found again soon.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMsMin);
  // gRPC's "minimum back-off" is also how long a handshake may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kHandshakeMsMax);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMsMax);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // the caller decides, by its request ids
  std::unique_ptr<Client> client(new Client);
  client->impl_->address = options.address;
  client->impl_->channel =
      grpc::CreateCustomChannel(options.address, grpc::SslCredentials(ssl), arguments);
  return client;
}

Result<void> Client::CallErased(std::string_view service, std::string_view method,
                                const google::protobuf::Message& request,
                                google::protobuf::Message& response,
                                std::chrono::milliseconds timeout) {
  const std::string path = "/" + std::string(service) + "/" + std::string(method);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  // A call that fails at once never polls, and without polling a handshake under way makes no
  // progress: after a server was away, every call would fail for ever. So wait for the connection
  // first; what is wrong with it the call then says.
  if (impl_->channel->GetState(/*try_to_connect=*/true) != GRPC_CHANNEL_READY) {
    const auto now = std::chrono::system_clock::now();
    if (!impl_->channel->WaitForConnected(std::min(context.deadline(), now + kConnectWaitMax))) {
      // It fails at once, and says why.
      context.set_deadline(std::chrono::system_clock::now() + kLastWordMax);
    }
  }
  grpc::ByteBuffer sent;
  grpc::ByteBuffer received;
  ToByteBuffer(request, sent);
  const grpc::Status status = grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
      impl_->channel.get(),
      grpc::internal::RpcMethod(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC), &context,
      sent, &received);
  if (!status.ok()) {
    return DecodeStatus(static_cast<int>(status.error_code()), status.error_message(),
                        status.error_details(), impl_->address);
  }
  if (!FromByteBuffer(received, response)) {
    return Error(kMalformedResponse,
                 "the answer of " + path + " is not a " + response.GetTypeName(), impl_->address);
  }
  return {};
}

}  // namespace plaza::rpc
