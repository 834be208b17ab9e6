#include "libs/rpc/server.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "libs/rpc/errors.h"
#include "libs/rpc/handshakes.h"
#include "libs/rpc/identity.h"
#include "libs/rpc/limits.h"
#include "libs/rpc/unary_call.h"
#include "libs/runtime/errors.h"
#include "libs/runtime/pool.h"

namespace plaza::rpc {
namespace {

constexpr char kLiveness[] = "liveness";
constexpr char kReadiness[] = "readiness";

using Methods = std::vector<std::unique_ptr<Method>>;

// A service as generated code would register it, from its methods alone.
class DescribedService : public grpc::Service {
 public:
  DescribedService(const Methods& methods, CallServices& services) {
    for (std::size_t i = 0; i < methods.size(); ++i) {
      Method* method = methods[i].get();
      AddMethod(new grpc::internal::RpcServiceMethod(
          method->path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
      MarkMethodRawCallback(
          static_cast<int>(i),
          new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
              [method, &services](grpc::CallbackServerContext* context,
                                  const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
                return StartUnaryCall(*method, services, context, request, response);
              }));
    }
  }
};

// Reflection for one server, or not. Linking gRPC's library alone turns it on for every server of
// the process.
class Reflection : public grpc::ServerBuilderOption {
 public:
  explicit Reflection(bool wanted) : wanted_(wanted) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    auto ours = std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>();
    std::erase_if(*plugins, [&](const std::unique_ptr<grpc::ServerBuilderPlugin>& plugin) {
      return plugin->name() == ours->name();
    });
    if (wanted_) plugins->push_back(std::move(ours));
  }

 private:
  bool wanted_;
};

// Asks who calls, of every call: also of health, reflection and what does not exist, and before the
// call's message is read. Its refusals cannot carry error details; the text begins with the reason.
class Porter : public grpc::AuthMetadataProcessor {
 public:
  explicit Porter(CallServices& services) : services_(services) {}
  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* peer, OutputMetadata*,
                       OutputMetadata*) override {
    const auto caller = Authenticate(services_, peer, metadata);
    if (caller.ok()) return grpc::Status::OK;
    services_.refusals.Record(caller.error());
    return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, caller.error().ToString());
  }

 private:
  CallServices& services_;
};

// A certificate that is given is verified by TLS, always. Without one there is a connection only if
// tokens are taken, and then each call needs one.
std::shared_ptr<grpc::ServerCredentials> Credentials(TlsTexts tls, CallServices& services) {
  grpc::SslServerCredentialsOptions ssl(
      services.tokens == nullptr ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                 : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  ssl.pem_root_certs = std::move(tls.ca);
  ssl.pem_key_cert_pairs.push_back({std::move(tls.key), std::move(tls.cert)});
  auto credentials = grpc::SslServerCredentials(ssl);
  credentials->SetAuthMetadataProcessor(std::make_shared<Porter>(services));
  return credentials;
}

void SetConnectionLimits(const ConnectionLimits& limits, grpc::ServerBuilder& builder) {
  const auto set = [&](const char* argument, std::chrono::milliseconds value) {
    builder.AddChannelArgument(argument, static_cast<int>(value.count()));
  };
  set(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, limits.handshake_max);
  set(GRPC_ARG_MAX_CONNECTION_IDLE_MS, limits.idle_max);
  set(GRPC_ARG_MAX_CONNECTION_AGE_MS, limits.age_max);
  set(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, limits.age_grace);
  set(GRPC_ARG_KEEPALIVE_TIME_MS, limits.keepalive_every);
  set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, limits.keepalive_wait);
}

void EnableHealthService() {
  static std::once_flag once;
  std::call_once(once, [] { grpc::EnableDefaultHealthCheckService(true); });
}

}  // namespace

bool Caller::MaySpeakFor(std::string_view validator_id) const {
  if (validators.contains(validator_id)) return true;
  return std::any_of(validators.begin(), validators.end(), [&](std::string_view pattern) {
    return pattern.ends_with('*') &&
           validator_id.starts_with(pattern.substr(0, pattern.size() - 1));
  });
}

Ctx::Ctx(Caller caller, std::chrono::system_clock::time_point deadline, std::string request_id,
         std::optional<TraceContext> trace)
    : caller_(std::move(caller)),
      deadline_(deadline),
      request_id_(std::move(request_id)),
      trace_(trace) {}

std::chrono::milliseconds Ctx::Remaining() const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline_ - std::chrono::system_clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

struct Server::Impl {
  explicit Impl(ServerOptions given)
      : options(std::move(given)), call_services(options.queue_bytes_max) {}
  ServerOptions options;
  runtime::Metrics* metrics = nullptr;
  std::map<std::string, Methods, std::less<>> methods;  // by service
  CallServices call_services;
  std::vector<std::unique_ptr<DescribedService>> services;
  std::unique_ptr<grpc::Server> server;
  std::mutex stop_mutex;
  bool stopped = false;
  std::optional<HandshakeWatch> handshakes;
  // Last, so that it goes first: handlers are done before what they use is gone.
  std::unique_ptr<runtime::WorkerPool> pool;

  void AttachMetrics() {
    handshakes.emplace(*metrics);
    call_services.refusals.Attach(*metrics);
    if (call_services.tokens != nullptr) call_services.tokens->SetMetrics(*metrics);
    for (const auto& [service, list] : methods) {
      for (const auto& method : list) method->metrics.Attach(*metrics, method->path.substr(1));
    }
  }
};

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Server::~Server() { Stop(std::chrono::milliseconds(0)); }

void Server::SetMetrics(runtime::Metrics& metrics) {
  PLAZA_CHECK(impl_->server == nullptr);
  impl_->metrics = &metrics;
}

void Server::SetLimiter(Limiter& limiter) {
  PLAZA_CHECK(impl_->server == nullptr);
  impl_->call_services.limiter = &limiter;
}

void Server::Register(std::string_view service, std::string_view method, Access access,
                      const google::protobuf::Message& request,
                      const google::protobuf::Message& response, Erased handler) {
  PLAZA_CHECK(impl_->server == nullptr);
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const auto* described = pool->FindServiceByName(std::string(service));
  PLAZA_CHECK(described != nullptr);
  const auto* descriptor = described->FindMethodByName(std::string(method));
  PLAZA_CHECK(descriptor != nullptr && !descriptor->client_streaming() &&
              !descriptor->server_streaming());
  PLAZA_CHECK(descriptor->input_type() == request.GetDescriptor());
  PLAZA_CHECK(descriptor->output_type() == response.GetDescriptor());
  auto added = std::make_unique<Method>();
  added->path = "/" + std::string(service) + "/" + std::string(method);
  added->access = std::move(access);
  added->request = &request;
  added->response = &response;
  added->handler = std::move(handler);
  Methods& methods = impl_->methods[std::string(service)];
  PLAZA_CHECK(std::none_of(
      methods.begin(), methods.end(),
      [&](const std::unique_ptr<Method>& other) { return other->path == added->path; }));
  methods.push_back(std::move(added));
}

Result<int> Server::Start() {
  PLAZA_CHECK(impl_->server == nullptr);
  PLAZA_ASSIGN_OR_RETURN(TlsTexts tls, ReadTls(impl_->options.tls, OwnCertificate::kNeeded));
  if (!impl_->options.tokens.jwks_file.empty()) {
    PLAZA_ASSIGN_OR_RETURN(impl_->call_services.tokens, TokenVerifier::Open(impl_->options.tokens));
  }
  EnableHealthService();
  impl_->pool = std::make_unique<runtime::WorkerPool>("rpc", impl_->options.workers,
                                                      impl_->options.queue_max);
  impl_->call_services.pool = impl_->pool.get();

  if (impl_->metrics != nullptr) impl_->AttachMetrics();

  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(impl_->options.address,
                           Credentials(std::move(tls), impl_->call_services), &port);
  SetConnectionLimits(impl_->options.connections, builder);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT,
                             0);  // else two servers share a port unnoticed
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsMax);
  builder.SetResourceQuota(grpc::ResourceQuota("rpc").Resize(kTransportBytesMax));
  builder.SetMaxReceiveMessageSize(2 * kRequestBytesMax);  // what is above ours, we count
  builder.SetMaxSendMessageSize(kReceiveBytesMax);
  builder.SetOption(std::make_unique<Reflection>(impl_->options.reflection));
  for (const auto& [name, methods] : impl_->methods) {
    impl_->services.push_back(std::make_unique<DescribedService>(methods, impl_->call_services));
    builder.RegisterService(impl_->services.back().get());
  }
  impl_->server = builder.BuildAndStart();
  if (impl_->server == nullptr || port == 0) {
    return Error(runtime::kPortTaken, "cannot listen on " + impl_->options.address,
                 impl_->options.address);
  }
  impl_->server->GetHealthCheckService()->SetServingStatus(kLiveness, true);
  SetReady(false);
  return port;
}

runtime::Use Server::worker_use() const { return impl_->pool->use(); }

void Server::SetReady(bool ready) {
  if (impl_->server == nullptr) return;
  impl_->server->GetHealthCheckService()->SetServingStatus(kReadiness, ready);
}

void Server::Stop(std::chrono::milliseconds grace) {
  const std::lock_guard lock(impl_->stop_mutex);
  if (impl_->server == nullptr || impl_->stopped) return;
  impl_->stopped = true;
  SetReady(false);
  // At the deadline gRPC cancels what is left; each call then finishes by OnCancel, whatever its
  // handler does.
  impl_->server->Shutdown(std::chrono::system_clock::now() + grace);
}

}  // namespace plaza::rpc
