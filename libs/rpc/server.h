// A gRPC server of plain handlers. No gRPC header is needed above libs/rpc, and no gRPC code is generated: methods are
// looked up in the protobuf descriptors.
//
// Around each handler, in this order: caller identity (mTLS) → authorisation declared with the method, default deny →
// a deadline is required → parse → bounded worker pool (full: RESOURCE_EXHAUSTED at once) → handler → status mapping with
// google.rpc error details.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "libs/base/result.h"

namespace plaza::rpc {

// Who calls: from the client certificate. Roles are its organisational units, validators its URI SANs plaza:validator:ID
// (one certificate may speak for many, or for a prefix: plaza:validator:GDL-*).
struct Caller {
  std::string name;  // common name
  std::set<std::string, std::less<>> roles;
  std::set<std::string, std::less<>> validators;
  bool MaySpeakFor(std::string_view validator_id) const;
};

// One call. Valid until the handler returns.
class Ctx {
 public:
  Ctx(Caller caller, std::chrono::system_clock::time_point deadline, std::string request_id,
      std::string traceparent);
  const Caller& caller() const { return caller_; }
  std::chrono::system_clock::time_point deadline() const { return deadline_; }
  bool Expired() const { return std::chrono::system_clock::now() >= deadline_; }
  const std::string& traceparent() const { return traceparent_; }

 private:
  Caller caller_;
  std::chrono::system_clock::time_point deadline_;
  std::string request_id_;
  std::string traceparent_;
};

// Declared beside the method; a caller needs one of the roles. An empty set lets nobody in.
struct Access {
  std::set<std::string, std::less<>> any_role_of;
};

struct TlsFiles {
  std::string ca_pem;    // paths
  std::string cert_pem;
  std::string key_pem;
};

struct ServerOptions {
  std::string address = "127.0.0.1:0";  // port 0: picked, see port()
  TlsFiles tls;                         // mutual TLS always; there is no plaintext mode
  int workers = 2;
  int queue_max = 64;                   // calls waiting for a worker
  bool reflection = false;              // development only
};

class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();

  // "plaza.fare.v1.Fare", "PriceJourneys": both must be in the descriptors with these types (checked).
  template <class Request, class Response>
  void Handle(std::string_view service, std::string_view method, Access access,
              std::function<Result<Response>(Ctx&, const Request&)> handler) {
    Register(service, method, std::move(access), Request::default_instance(),
             Response::default_instance(),
             [handler = std::move(handler)](
                 Ctx& ctx, const google::protobuf::Message& request,
                 google::protobuf::Message& response) -> Result<void> {
               auto result = handler(ctx, static_cast<const Request&>(request));
               if (!result.ok()) return result.error();
               static_cast<Response&>(response) = std::move(*result);
               return {};
             });
  }

  Result<int> Start();  // the port; PORT_TAKEN, BAD_TLS
  void SetReady(bool ready);  // the standard health service's name "readiness"; "liveness" stays
  // Refuses new calls, waits for those under way up to `grace`, then cancels. Idempotent.
  void Stop(std::chrono::milliseconds grace);

 private:
  using Erased = std::function<Result<void>(Ctx&, const google::protobuf::Message&,
                                            google::protobuf::Message&)>;
  void Register(std::string_view service, std::string_view method, Access access,
                const google::protobuf::Message& request, const google::protobuf::Message& response,
                Erased handler);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::rpc
