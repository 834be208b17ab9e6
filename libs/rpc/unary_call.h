// One unary call on the server, from gRPC's callback to the worker pool and back. Internal to
// libs/rpc: it includes grpcpp.
#pragma once
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <google/protobuf/message.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "libs/rpc/identity.h"
#include "libs/rpc/limiter.h"
#include "libs/rpc/server.h"
#include "libs/rpc/tokens.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/pool.h"

namespace plaza::rpc {

// Counts by method and code. Thread-safe. Counts nothing until Attach().
class MethodMetrics {
 public:
  void Attach(runtime::Metrics& metrics, const std::string& method);
  void Record(int code, std::chrono::nanoseconds took);

 private:
  static constexpr std::size_t kCodes = 17;  // of gRPC, OK included
  std::array<runtime::Counter*, kCodes> requests_{};
  runtime::Histogram* seconds_ = nullptr;
};

// A method with its handler. Lives as long as the server.
struct Method {
  std::string path;  // "/plaza.ops.v1.Ops/GetProgress"
  Access access;
  const google::protobuf::Message* request = nullptr;  // prototypes
  const google::protobuf::Message* response = nullptr;
  std::function<Result<void>(Ctx&, const google::protobuf::Message&, google::protobuf::Message&)>
      handler;
  MethodMetrics metrics;
};

// plaza_rpc_refused_total{reason}: calls that came to no handler. Thread-safe. Counts nothing until
// Attach().
class RefusalMetrics {
 public:
  void Attach(runtime::Metrics& metrics);
  void Record(const Error& error, std::int64_t times = 1);

 private:
  runtime::Metrics* metrics_ = nullptr;
};

// Octets of the requests under way, bounded. Thread-safe.
class HeldBytes {
 public:
  explicit HeldBytes(std::int64_t max) : max_(max) {}
  bool TryHold(std::int64_t bytes) {
    if (held_.fetch_add(bytes) + bytes <= max_) return true;
    held_ -= bytes;
    return false;
  }
  void Release(std::int64_t bytes) { held_ -= bytes; }

 private:
  const std::int64_t max_;
  std::atomic<std::int64_t> held_{0};
};

// What calls share.
struct CallServices {
  explicit CallServices(std::int64_t queue_bytes_max) : held(queue_bytes_max) {}
  CallerCache callers;
  HeldBytes held;
  Limiter* limiter = nullptr;             // null: no limits
  std::unique_ptr<TokenVerifier> tokens;  // null: none are taken
  RefusalMetrics refusals;
  runtime::WorkerPool* pool = nullptr;
};

// Who calls. A certificate goes before a token, which is not even looked at then: TLS has proved
// who holds the connection, and a token on it may be one that its holder was given by somebody
// else.
using CallMetadata = std::multimap<grpc::string_ref, grpc::string_ref>;
Result<std::shared_ptr<const Caller>> Authenticate(CallServices& services,
                                                   const grpc::AuthContext* peer,
                                                   const CallMetadata& metadata);

// Refuses, or queues the call. The reactor owns itself: it finishes exactly once, also when the
// call is cancelled while its handler runs, and goes when both gRPC and the handler are done with
// it.
grpc::ServerUnaryReactor* StartUnaryCall(Method& method, CallServices& services,
                                         grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response);

}  // namespace plaza::rpc
