#include "libs/rpc/handshakes.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <grpc/support/log.h>

#include "libs/runtime/log.h"

namespace plaza::rpc {
namespace {

struct Watchers {
  std::mutex mutex;
  std::vector<runtime::Metrics*> metrics;
};
// Never destroyed: gRPC's threads may log until the process ends.
Watchers& TheWatchers() {
  static auto* watchers = new Watchers;
  return *watchers;
}

runtime::Counter& CounterOf(runtime::Metrics& metrics, const char* reason) {
  return metrics.AddCounter("plaza_rpc_handshakes_failed_total",
                            "Connections that did not come to be", {{"reason", reason}});
}

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// gRPC's line ends with what OpenSSL said.
const char* ReasonOf(std::string_view line) {
  if (Has(line, "timed out")) return "timeout";
  if (Has(line, "did not return a certificate")) return "no_certificate";
  if (!Has(line, "SSL_ERROR_SSL")) return "closed";
  // A bad signature is an error of another part of OpenSSL than TLS's own.
  return Has(line, "certificate") || !Has(line, "SSL routines") ? "bad_certificate" : "tls";
}

void CountFailed(const char* reason) {
  Watchers& watchers = TheWatchers();
  const std::lock_guard lock(watchers.mutex);
  for (runtime::Metrics* metrics : watchers.metrics) CounterOf(*metrics, reason).Add();
}

void OnGrpcLog(gpr_log_func_args* args) {
  const std::string_view line(args->message);
  if (line.starts_with("Handshaking failed")) return CountFailed(ReasonOf(line));
  // Of both sides of a connection: whoever can connect could fill our log with it.
  if (line.starts_with("Handshake failed")) return;
  if (args->severity != GPR_LOG_SEVERITY_ERROR) return;
  runtime::Log(runtime::LogLevel::kError, "grpc", line);
}

}  // namespace

HandshakeWatch::HandshakeWatch(runtime::Metrics& metrics) : metrics_(&metrics) {
  for (const char* reason : {"no_certificate", "bad_certificate", "timeout", "tls", "closed"}) {
    CounterOf(metrics, reason);
  }
  static const bool watching = [] {
    gpr_set_log_function(&OnGrpcLog);
    gpr_set_log_verbosity(GPR_LOG_SEVERITY_DEBUG);  // at which a failed handshake is told
    return true;
  }();
  static_cast<void>(watching);
  Watchers& watchers = TheWatchers();
  const std::lock_guard lock(watchers.mutex);
  watchers.metrics.push_back(&metrics);
}

HandshakeWatch::~HandshakeWatch() {
  Watchers& watchers = TheWatchers();
  const std::lock_guard lock(watchers.mutex);
  watchers.metrics.erase(std::find(watchers.metrics.begin(), watchers.metrics.end(), metrics_));
}

}  // namespace plaza::rpc
