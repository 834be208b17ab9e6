// A real Apache Kafka broker of its own on this machine, in KRaft mode: loopback, a port that was
// free, data in a folder. For plaza up, the demo on a cluster, and tests.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "apps/plaza/servers/child.h"
#include "libs/base/result.h"

namespace plaza::servers {

struct KafkaOptions {
  std::filesystem::path folder;
  bool detached = false;  // it outlives this object
};

// Not thread-safe.
class Kafka {
 public:
  // Formats the folder if it is empty, starts the broker, waits until it takes connections. A
  // folder keeps its port. SERVER_MISSING (java, or the jars), SERVER_NOT_READY.
  static Result<std::unique_ptr<Kafka>> Start(const KafkaOptions& options);

  std::string brokers() const { return "127.0.0.1:" + std::to_string(port_); }
  std::filesystem::path log_file() const { return options_.folder / "kafka.log"; }
  pid_t pid() const { return child_ ? child_->pid() : 0; }
  Result<void> Stop();
  void Kill();  // a crash
  Result<void> StartAgain();
  Child& process() { return *child_; }

 private:
  explicit Kafka(KafkaOptions options) : options_(std::move(options)) {}
  Result<void> WriteProperties();
  Result<void> Format();
  Result<void> Spawn();
  KafkaOptions options_;
  std::string class_path_;
  int port_ = 0;
  int controller_port_ = 0;
  std::unique_ptr<Child> child_;
};

}  // namespace plaza::servers
