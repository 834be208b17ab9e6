// A real Prometheus of its own on this machine that scrapes the metrics of a cluster's services.
#pragma once
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "apps/plaza/servers/child.h"
#include "libs/base/result.h"

namespace plaza::servers {

// What is scraped; the first two become labels.
struct PrometheusTarget {
  std::string service;
  std::string copy;
  std::string address;  // host:port
};

struct PrometheusOptions {
  std::filesystem::path folder;
  std::filesystem::path rules{};  // a file of alerting rules; empty: none
  bool detached = false;          // it outlives this object
};

// Not thread-safe.
class Prometheus {
 public:
  // SERVER_MISSING, SERVER_NOT_READY.
  static Result<std::unique_ptr<Prometheus>> Start(const PrometheusOptions& options);
  // It looks again within seconds.
  Result<void> SetTargets(std::span<const PrometheusTarget> targets) const;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::filesystem::path log_file() const { return options_.folder / "prometheus.log"; }
  pid_t pid() const { return child_ ? child_->pid() : 0; }
  Result<void> Stop();

 private:
  explicit Prometheus(PrometheusOptions options) : options_(std::move(options)) {}
  PrometheusOptions options_;
  int port_ = 0;
  std::unique_ptr<Child> child_;
};

}  // namespace plaza::servers
