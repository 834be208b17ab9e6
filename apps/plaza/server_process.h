// A hosting process (libs/host) as a child: `plaza serve`, the binary of one service, or a gate's
// (apps/validator), whose address is where its reader listens. What the demo, the cluster and the
// crash tests drive from outside, through its doors.
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/plaza/servers/child.h"
#include "libs/base/result.h"

namespace plaza {

// Not thread-safe. The child gets SIGTERM when this process dies, unless it is detached.
class ServerProcess {
 public:
  struct Options {
    std::string name;               // "plaza serve": in messages
    std::string program;            // path
    std::vector<std::string> args;  // all but the address, which Restart() keeps
    std::filesystem::path running_file;
    std::filesystem::path log_file;
    std::vector<std::string> environment{};  // "NAME=value"
    bool detached = false;                   // it outlives this object and this process
    std::string address_flag = "--rpc.address";
    std::chrono::seconds start_timeout{30};
  };
  // Starts it and waits until its doors are open. SERVER_DIED names its log file.
  static Result<std::unique_ptr<ServerProcess>> Start(Options options);
  ~ServerProcess();

  const std::string& address() const { return address_; }
  const std::string& http_address() const { return http_address_; }
  pid_t pid() const { return child_ == nullptr ? 0 : child_->pid(); }  // 0: not running
  bool Ended() { return child_->Ended(); }
  Result<void> Stop();     // SIGTERM, and waits for a clean end
  void Kill();             // SIGKILL, and waits
  Result<void> Restart();  // at the same address; after Kill() or Stop()

 private:
  explicit ServerProcess(Options options) : options_(std::move(options)) {}
  Result<void> Spawn(const std::string& address);
  Result<void> AwaitReady();
  Options options_;
  std::unique_ptr<servers::Child> child_;
  std::string address_;
  std::string http_address_;
};

}  // namespace plaza
