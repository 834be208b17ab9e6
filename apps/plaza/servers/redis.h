// A real Redis of its own on this machine: loopback, a port that was free, nothing kept on disk.
// For a cluster and for tests.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/plaza/servers/child.h"
#include "libs/base/result.h"

namespace plaza::servers {

struct RedisOptions {
  std::filesystem::path folder;
  std::string password{};             // empty: none is asked for; letters and digits
  std::int64_t memory_bytes_max = 0;  // 0: no bound; what is over it is refused (noeviction)
  bool detached = false;              // it outlives this object
};

// Not thread-safe.
class Redis {
 public:
  // Starts the server, waits until it takes connections. A folder keeps its port. SERVER_MISSING,
  // SERVER_NOT_READY.
  static Result<std::unique_ptr<Redis>> Start(const RedisOptions& options);

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::filesystem::path log_file() const { return options_.folder / "redis.log"; }
  pid_t pid() const { return child_ ? child_->pid() : 0; }
  Result<void> Stop();
  void Kill();  // a crash: all of it is lost
  Result<void> StartAgain();
  bool Ended() { return child_ == nullptr || child_->Ended(); }
  // One command, by redis-cli: {"FLUSHALL"}, {"CONFIG", "SET", "maxmemory", "1mb"}.
  Result<void> Command(const std::vector<std::string>& words) const;
  Child& process() { return *child_; }

 private:
  explicit Redis(RedisOptions options) : options_(std::move(options)) {}
  Result<void> WriteConfig();
  Result<void> Spawn();
  RedisOptions options_;
  int port_ = 0;
  std::unique_ptr<Child> child_;
};

}  // namespace plaza::servers
