// The fare service: from taps to charges (services/fare/README.md).
#pragma once
#include <memory>

#include "libs/base/result.h"
#include "libs/eventlog/log.h"
#include "libs/eventlog/participant.h"
#include "libs/rpc/server.h"
#include "libs/runtime/metrics.h"
#include "services/fare/config.h"

namespace plaza::fare {

struct Deps {
  eventlog::Log& log;
  runtime::Metrics& metrics;
  int account_partitions;
};

// Open → Register → Start → Stop. Everything in Deps outlives it, and so does it the server. Not
// thread-safe itself.
class Service {
 public:
  // Compiles the tariff and opens the store. TARIFF_MISSING, TARIFF_INVALID (file, line, column),
  // and the store's errors.
  static Result<std::unique_ptr<Service>> Open(const Config& config, const Deps& deps);
  ~Service();
  void Register(rpc::Server& server);
  void Start();
  void Stop();
  eventlog::Participant& participant();

 private:
  Service();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::fare
