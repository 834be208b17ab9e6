// `plaza serve` as a child process: what the demo and the crash tests drive from outside, through
// its doors.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "apps/plaza/city.h"

namespace plaza {

// Not thread-safe. The child gets SIGTERM when this process dies.
class ServerProcess {
 public:
  struct Options {
    std::string program;  // empty: this program
    CityPaths paths;
    std::vector<std::string> args;  // configuration flags
    std::chrono::seconds start_timeout{30};
  };
  // Starts it and waits until its doors are open. SERVER_DIED names its log file.
  static Result<std::unique_ptr<ServerProcess>> Start(Options options);
  ~ServerProcess();

  const std::string& address() const { return address_; }
  pid_t pid() const { return pid_; }  // 0: not running
  std::string log_file() const;
  Result<void> Stop();     // SIGTERM, and waits for a clean end
  void Kill();             // SIGKILL, and waits
  Result<void> Restart();  // at the same address; after Kill() or Stop()

 private:
  explicit ServerProcess(Options options) : options_(std::move(options)) {}
  Result<void> Spawn(const std::string& address);
  Result<void> AwaitReady();
  Options options_;
  pid_t pid_ = 0;
  std::string address_;
};

}  // namespace plaza
