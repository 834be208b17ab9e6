// A server and clients over loopback TLS, with certificates of a development CA in a temporary
// folder.
#pragma once
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <plaza/ops/v1/ops.pb.h>

#include "libs/rpc/client.h"
#include "libs/rpc/dev_ca.h"
#include "libs/rpc/limiter.h"
#include "libs/rpc/server.h"
#include "libs/runtime/metrics.h"

namespace plaza::rpc {

inline constexpr char kOps[] = "plaza.ops.v1.Ops";
inline constexpr char kGetProgress[] = "GetProgress";
inline constexpr std::chrono::milliseconds kLong{10'000};

using ops::v1::GetProgressRequest;
using ops::v1::GetProgressResponse;
using ProgressHandler = std::function<Result<GetProgressResponse>(Ctx&, const GetProgressRequest&)>;

// A gate that a handler waits at, until a test opens it.
class Barrier {
 public:
  void Enter() {
    std::unique_lock lock(mutex_);
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  bool WaitForInside(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLong, [&] { return inside_ >= count; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;
  bool open_ = false;
};

class RpcTest : public ::testing::Test {
 protected:
  RpcTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "plaza_rpc_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~RpcTest() override { std::filesystem::remove_all(folder_); }

  TlsFiles Certificate(const std::string& name, const std::set<std::string>& roles,
                       const std::set<std::string>& validators = {}) {
    auto files = EnsureDevCertificate(folder_ + "/ca", name, roles, validators);
    EXPECT_TRUE(files.ok());
    return *files;
  }

  // Starts a server whose GetProgress is `handler`, open to the role admin.
  std::unique_ptr<Server> StartServer(ProgressHandler handler, ServerOptions options = {}) {
    options.tls = Certificate("server", {});
    auto server = std::make_unique<Server>(options);
    server->Handle<GetProgressRequest, GetProgressResponse>(kOps, kGetProgress, {{"admin"}},
                                                            std::move(handler));
    server->SetMetrics(metrics_);
    if (limiter_ != nullptr) server->SetLimiter(*limiter_);
    const auto port = server->Start();
    EXPECT_TRUE(port.ok()) << port.error().ToString();
    address_ = "127.0.0.1:" + std::to_string(*port);
    return server;
  }

  std::unique_ptr<Client> Connect(const TlsFiles& tls) {
    auto client = Client::Connect({address_, tls, "localhost"});
    EXPECT_TRUE(client.ok());
    return std::move(*client);
  }
  std::unique_ptr<Client> ConnectAdmin() { return Connect(Certificate("tester", {"admin"})); }

  Result<GetProgressResponse> Call(Client& client, std::chrono::milliseconds timeout = kLong) {
    return client.Call<GetProgressResponse>(kOps, kGetProgress, GetProgressRequest(), timeout);
  }

  // Has the server given up a call? The caller's clock says when, so it may see a cancellation
  // first.
  bool HasGivenUpACall() {
    const std::string text = metrics_.Expose();
    const std::string end = "\",method=\"plaza.ops.v1.Ops/GetProgress\"} ";
    for (const char* code : {"CANCELLED", "DEADLINE_EXCEEDED"}) {
      const std::string line = "{code=\"" + std::string(code) + end;
      const std::size_t at = text.find(line);
      if (at != std::string::npos && text[at + line.size()] != '0') return true;
    }
    return false;
  }

  bool WaitForGivenUpCall(std::chrono::milliseconds wait) {
    const auto give_up = std::chrono::steady_clock::now() + wait;
    while (!HasGivenUpACall()) {
      if (std::chrono::steady_clock::now() >= give_up) return false;
      std::this_thread::yield();
    }
    return true;
  }

  runtime::Metrics metrics_;          // of the server that StartServer made
  std::unique_ptr<Limiter> limiter_;  // for it; set before
  std::string folder_;
  std::string address_;
};

}  // namespace plaza::rpc
