// A server that takes certificates and tokens, over loopback TLS, and what its metrics say.
#pragma once
#include <gtest/gtest.h>
#include <plaza/probe/v1/probe.pb.h>

#include <memory>
#include <set>
#include <string>
#include <thread>

#include "libs/rpc/client.h"
#include "libs/rpc/dev_ca.h"
#include "libs/rpc/dev_tokens.h"
#include "libs/rpc/server.h"
#include "libs/runtime/metrics.h"
#include "tests/support/temp_folder.h"

namespace plaza::rpc {

inline constexpr char kProbe[] = "plaza.probe.v1.Probe";
inline constexpr std::chrono::milliseconds kLong{20'000};
using probe::v1::ProbeRequest;
using probe::v1::ProbeResponse;

// Look is support's, Put is admin's, Push nobody's. Each answers with who called.
class GuardedServer : public ::testing::Test {
 protected:
  enum class Tokens { kTaken, kNotTaken };

  void Start(Tokens tokens, ServerOptions options = {}) {
    server_.reset();
    options.tls = Certificate("server", {});
    if (tokens == Tokens::kTaken) {
      options.tokens.jwks_file = issuer_ + "/jwks.json";
      options.tokens.issuer = "plaza-dev";
      options.tokens.audience = "plaza";
      options.tokens.roles = {{"support", "support"}};
      if (!std::filesystem::exists(options.tokens.jwks_file)) {
        PLAZA_CHECK(AddDevTokenKey(issuer_).ok());
      }
    }
    server_ = std::make_unique<Server>(options);
    server_->SetMetrics(metrics_);
    const auto handler = [](Ctx& ctx, const ProbeRequest&) -> Result<ProbeResponse> {
      ProbeResponse response;
      response.set_caller(ctx.caller().name);
      for (const std::string& role : ctx.caller().roles) response.add_roles(role);
      return response;
    };
    server_->Handle<ProbeRequest, ProbeResponse>(kProbe, "Look", {{"support"}}, handler);
    server_->Handle<ProbeRequest, ProbeResponse>(kProbe, "Put", {{"admin", "validator"}}, handler);
    server_->Handle<ProbeRequest, ProbeResponse>(kProbe, "Push", {}, handler);
    const auto port = server_->Start();
    PLAZA_CHECK(port.ok());
    port_ = *port;
    address_ = "127.0.0.1:" + std::to_string(*port);
  }

  TlsFiles Certificate(const std::string& name, const std::set<std::string>& roles) {
    return EnsureDevCertificate(folder_.path() / "ca", name, roles, {}).value();
  }
  TlsFiles NoCertificate() { return {folder_.path() / "ca" / "ca.pem", "", ""}; }

  std::string Mint(const std::string& role) {
    return MintDevToken(issuer_, {.subject = "ana", .roles = {role}},
                        std::chrono::system_clock::now())
        .value();
  }

  // "caller:role,…", or the reason of the refusal.
  std::string Call(const TlsFiles& tls, const std::string& token, const char* method = "Look",
                   const ProbeRequest& request = {}) {
    const auto client = Client::Connect({.route = address_, .tls = tls, .token = token});
    if (!client.ok()) return std::string(client.error().reason());
    const auto answer = (*client)->Call<ProbeResponse>(kProbe, method, request, kLong);
    if (!answer.ok()) return std::string(answer.error().reason());
    std::string text = answer->caller() + ":";
    for (const std::string& role : answer->roles()) text += role + ",";
    return text;
  }

  // A counter's value; -1 if it is not there.
  double Count(const std::string& series) const {
    const std::string text = metrics_.Expose();
    const std::size_t at = text.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
  }
  double Refused(const std::string& reason) const {
    return Count("plaza_rpc_refused_total{reason=\"" + reason + "\"}");
  }
  double Handshakes(const std::string& reason) const {
    return Count("plaza_rpc_handshakes_failed_total{reason=\"" + reason + "\"}");
  }
  // Waits until `count` says that a number is reached. gRPC counts on threads of its own.
  template <class Counter>
  static bool Reaches(Counter count, double number) {
    const auto give_up = std::chrono::steady_clock::now() + kLong;
    while (count() < number) {
      if (std::chrono::steady_clock::now() >= give_up) return false;
      std::this_thread::yield();
    }
    return true;
  }

  plaza::testing::TempFolder folder_;
  runtime::Metrics metrics_;
  const std::string issuer_ = folder_.path() / "issuer";
  std::unique_ptr<Server> server_;
  std::string address_;
  int port_ = 0;
};

}  // namespace plaza::rpc
