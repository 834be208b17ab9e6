// A service as its process sees it: what it gets, and how it is started and stopped. All services
// have this shape, so that one process can hold one of them (its own binary) or all (plaza serve).
#pragma once

#include "libs/eventlog/log.h"
#include "libs/eventlog/participant.h"
#include "libs/rpc/server.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/trace.h"

namespace plaza::host {

// What a service is opened with. Outlives it.
struct Deps {
  eventlog::Log& log;
  runtime::Metrics& metrics;
  int account_partitions;  // of the topics keyed by account
  runtime::TraceSettings traces{};
};

// Opened → Register() → Start() → Stop() → destroyed, each once and from one thread. The server has
// stopped before the service is destroyed.
class Service {
 public:
  virtual ~Service() = default;
  virtual void Register(rpc::Server& server) = 0;  // before the server starts
  virtual void Start() = 0;                        // begins to consume facts
  virtual void Stop() = 0;                         // the batch in hand is committed or rolled back
  virtual eventlog::Participant& participant() = 0;
};

}  // namespace plaza::host
