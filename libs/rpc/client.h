// A client channel: TLS, a deadline on every call, retries where they are safe, errors as values.
// Thread-safe.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <google/protobuf/message.h>

#include "libs/base/result.h"
#include "libs/rpc/retry.h"
#include "libs/rpc/server.h"

namespace plaza::rpc {

// Where services are. An address is "127.0.0.1:7443", or several with commas: then calls go round
// robin over those that answer.
struct Route {
  Route() = default;
  Route(std::string everywhere) : address(std::move(everywhere)) {}  // NOLINT: meant to convert
  std::string address;                            // of every service that is not in by_service
  std::map<std::string, std::string> by_service;  // "plaza.fare.v1.Fare" → address
};

struct ClientOptions {
  Route route;
  TlsFiles tls;                           // certificate and key may be empty if there is a token
  std::string server_name = "localhost";  // in the server's certificate
  std::string token{};                    // a bearer token, sent with every call; empty: none
  RetryLimits retries{};
  std::function<double()> random{};  // in [0, 1), for pauses; thread-safe; empty: a real one
};

// An Error from the far side keeps its status code, reason, message and place; its kind is interned
// here, so that Is(kind) works with the service's catalogue.
//
// A method whose proto declares an idempotency_level (NO_SIDE_EFFECTS, IDEMPOTENT) is called again
// if it fails with what may pass (retry.h), at the next address of the route, within the deadline,
// for as long as the client's retry budget lasts. Any other is called exactly once.
class Client {
 public:
  static Result<std::unique_ptr<Client>> Connect(
      const ClientOptions& options);  // does not wait for the server
  ~Client();

  // `trace`: what the call is made for, sent as the metadata traceparent (of a server's own caller:
  // Ctx::trace()).
  template <class Response>
  Result<Response> Call(std::string_view service, std::string_view method,
                        const google::protobuf::Message& request, std::chrono::milliseconds timeout,
                        const std::optional<TraceContext>& trace = std::nullopt) {
    Response response;
    Result<void> called = CallErased(service, method, request, response, timeout, trace);
    if (!called.ok()) return called.error();
    return response;
  }
  Result<void> CallErased(std::string_view service, std::string_view method,
                          const google::protobuf::Message& request,
                          google::protobuf::Message& response, std::chrono::milliseconds timeout,
                          const std::optional<TraceContext>& trace = std::nullopt);

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::rpc
