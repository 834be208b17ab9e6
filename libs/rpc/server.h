// A gRPC server of plain handlers. No gRPC header is needed above libs/rpc, and no gRPC code is
// generated: methods are looked up in the protobuf descriptors.
//
// Around each handler, in this order: caller identity (mTLS, or a token) → authorisation declared
// with the method, default deny → the caller's rate limit (limiter.h) → a deadline is required →
// bounded worker pool (too many calls, or too many octets of them: RESOURCE_EXHAUSTED at once;
// expired in the queue: not run) → parse → handler →
// status mapping with google.rpc error details. What a handler throws is a bug: the caller gets
// INTERNAL with a reference, the log has the text under the same reference.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "libs/base/result.h"
#include "libs/base/trace_context.h"
#include "libs/rpc/limits.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/use.h"

namespace plaza::rpc {

// Who calls: from the client certificate. Roles are its organisational units, validators its URI
// SANs plaza:validator:ID (one certificate may speak for many, or for a prefix:
// plaza:validator:GDL-*). Without a certificate, from a bearer token, which names no validators.
struct Caller {
  std::string name;  // common name, or "token:" and the token's subject
  std::set<std::string, std::less<>> roles;
  std::set<std::string, std::less<>> validators;
  bool MaySpeakFor(std::string_view validator_id) const;
};

// One call. Valid until the handler returns.
class Ctx {
 public:
  Ctx(Caller caller, std::chrono::system_clock::time_point deadline, std::string request_id,
      std::optional<TraceContext> trace);
  const Caller& caller() const { return caller_; }
  std::chrono::system_clock::time_point deadline() const { return deadline_; }
  bool Expired() const { return std::chrono::system_clock::now() >= deadline_; }
  std::chrono::milliseconds Remaining() const;  // for calls that this one makes; never negative
  const std::string& request_id() const {
    return request_id_;
  }  // metadata x-request-id; may be empty
  // Metadata traceparent; none if it is absent or malformed.
  const std::optional<TraceContext>& trace() const { return trace_; }

 private:
  Caller caller_;
  std::chrono::system_clock::time_point deadline_;
  std::string request_id_;
  std::optional<TraceContext> trace_;
};

// Declared beside the method; a caller needs one of the roles. An empty set lets nobody in.
struct Access {
  std::set<std::string, std::less<>> any_role_of;
};

struct TlsFiles {
  std::string ca_pem;  // paths
  std::string cert_pem;
  std::string key_pem;
};

class Limiter;

using TokenRoles = std::map<std::string, std::string, std::less<>>;  // a token's role → ours

// Bearer tokens beside certificates (adr/0011): JWTs signed with ES256.
struct TokenOptions {
  std::string jwks_file;  // path of the public keys; empty: no tokens, and TLS demands certificates
  std::string issuer;     // iss
  std::string audience;   // one of aud
  std::string roles_claim = "roles";    // an array of texts
  TokenRoles roles;                     // others count for nothing
  std::chrono::seconds clock_skew{60};  // at most kClockSkewMax
};

// "support,city-admin=admin": the roles that tokens may carry, and ours for them. BAD_TOKEN_OPTIONS
// if it is malformed, names nobody, or gives "validator", whose certificate names its validators.
Result<TokenRoles> ParseTokenRoles(std::string_view text);

// How long a peer may hold a connection. A slow or silent one costs a socket until then.
struct ConnectionLimits {
  std::chrono::milliseconds handshake_max{10'000};    // TCP, TLS and HTTP/2's preface, in all
  std::chrono::milliseconds idle_max{300'000};        // without a call
  std::chrono::milliseconds age_max{1'800'000};       // then it drains, and clients connect anew
  std::chrono::milliseconds age_grace{60'000};        // for calls under way then
  std::chrono::milliseconds keepalive_every{60'000};  // asks a silent peer whether it is there
  std::chrono::milliseconds keepalive_wait{20'000};
};

struct ServerOptions {
  std::string address = "127.0.0.1:0";  // port 0: picked, see port()
  TlsFiles tls;                         // TLS always; there is no plaintext mode
  TokenOptions tokens{};
  ConnectionLimits connections{};
  int workers = 2;
  int queue_max = 64;                             // calls waiting for a worker
  std::int64_t queue_bytes_max = kQueueBytesMax;  // octets of requests that wait or are handled
  bool reflection = false;                        // development only
};

// Thread-safe from Start() on; Handle(), SetMetrics() and SetLimiter() come before it. The
// destructor waits for handlers that Stop() gave up on, since they may use what the caller destroys
// next.
class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();

  // "plaza.fare.v1.Fare", "PriceJourneys": both must be in the descriptors with these types
  // (checked).
  template <class Request, class Response>
  void Handle(std::string_view service, std::string_view method, Access access,
              std::function<Result<Response>(Ctx&, const Request&)> handler) {
    Register(service, method, std::move(access), Request::default_instance(),
             Response::default_instance(),
             [handler = std::move(handler)](Ctx& ctx, const google::protobuf::Message& request,
                                            google::protobuf::Message& response) -> Result<void> {
               auto result = handler(ctx, static_cast<const Request&>(request));
               if (!result.ok()) return result.error();
               static_cast<Response&>(response) = std::move(*result);
               return {};
             });
  }

  // plaza_rpc_requests_total{method,code}, plaza_rpc_seconds{method}, plaza_rpc_refused_total
  // {reason}, plaza_rpc_handshakes_failed_total{reason}. `metrics` outlives the server.
  void SetMetrics(runtime::Metrics& metrics);
  // Limits how often callers call. `limiter` outlives the server.
  void SetLimiter(Limiter& limiter);
  Result<int> Start();  // the port; PORT_TAKEN, BAD_TLS, BAD_JWKS, BAD_TOKEN_OPTIONS
  // The standard health service's name "readiness", NOT_SERVING until said otherwise; "liveness" is
  // SERVING throughout.
  void SetReady(bool ready);
  runtime::Use worker_use() const;  // from Start() on
  // Refuses new calls, waits for those under way up to `grace`, then cancels. Idempotent.
  void Stop(std::chrono::milliseconds grace);

 private:
  using Erased = std::function<Result<void>(Ctx&, const google::protobuf::Message&,
                                            google::protobuf::Message&)>;
  // Checked: called before Start(), the types are those of the descriptors, and no method has two
  // handlers.
  void Register(std::string_view service, std::string_view method, Access access,
                const google::protobuf::Message& request, const google::protobuf::Message& response,
                Erased handler);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::rpc
