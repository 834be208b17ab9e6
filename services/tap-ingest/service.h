// tap-ingest in one object: opened on its store, given a server's methods, started on its facts.
// Lifecycle: Open (loads what is kept in memory), Register (before the server starts), Start, Stop.
// The server must have stopped before this object is destroyed.
#pragma once
#include <memory>

#include "libs/eventlog/participant.h"
#include "libs/runtime/metrics.h"
#include "services/tap-ingest/config.h"

namespace plaza::rpc {
class Server;
}

namespace plaza::tap_ingest {

struct Deps {
  eventlog::Log& log;
  runtime::Metrics& metrics;
  int account_partitions;
};

class Service {
 public:
  // BAD_MAC_KEY, BAD_STORED_STATE, or an error of the store.
  static Result<std::unique_ptr<Service>> Open(const Config& config, const Deps& deps);
  ~Service();
  void Register(rpc::Server& server);
  void Start();
  void Stop();
  eventlog::Participant& participant();

 private:
  struct Impl;
  explicit Service(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::tap_ingest
