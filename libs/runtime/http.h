// The one HTTP port of a process: /metrics, /healthz (the process lives), /readyz (it may take
// traffic).
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "libs/base/result.h"
#include "libs/runtime/metrics.h"

namespace plaza::runtime {

class HttpPort {
 public:
  // `not_ready`: empty if ready, else why not (shown with 503). Both outlive this object.
  HttpPort(const Metrics& metrics, std::function<std::string()> not_ready);
  ~HttpPort();
  Result<int> Start(const std::string& host, int port);  // 0: picked; the port. PORT_TAKEN
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::runtime
