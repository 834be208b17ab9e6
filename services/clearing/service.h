// Clearing: from charges to an operator's settled money (services/clearing/README.md).
#pragma once
#include <memory>

#include "libs/base/result.h"
#include "libs/eventlog/log.h"
#include "libs/eventlog/participant.h"
#include "libs/rpc/server.h"
#include "libs/runtime/metrics.h"
#include "services/clearing/config.h"

namespace plaza::clearing {

struct Deps {
  eventlog::Log& log;
  runtime::Metrics& metrics;
  int account_partitions;
};

// Open → Register → Start → Stop. Everything in Deps outlives it, and it outlives the server. Not
// thread-safe itself.
class Service {
 public:
  // Reads the policy and opens the store. BAD_POLICY, NOT_SUPPORTED_YET, and the store's errors.
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

}  // namespace plaza::clearing
