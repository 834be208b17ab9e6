// A client channel: mutual TLS, a deadline on every call, errors as values. Thread-safe.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <google/protobuf/message.h>

#include "libs/base/result.h"
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
  TlsFiles tls;
  std::string server_name = "localhost";  // in the server's certificate
};

// An Error from the far side keeps its status code, reason, message and place; its kind is interned
// here, so that Is(kind) works with the service's catalogue.
class Client {
 public:
  static Result<std::unique_ptr<Client>> Connect(
      const ClientOptions& options);  // does not wait for the server
  ~Client();

  template <class Response>
  Result<Response> Call(std::string_view service, std::string_view method,
                        const google::protobuf::Message& request,
                        std::chrono::milliseconds timeout) {
    Response response;
    Result<void> called = CallErased(service, method, request, response, timeout);
    if (!called.ok()) return called.error();
    return response;
  }
  Result<void> CallErased(std::string_view service, std::string_view method,
                          const google::protobuf::Message& request,
                          google::protobuf::Message& response, std::chrono::milliseconds timeout);

 private:
  Client();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::rpc
