// tap-ingest in one object: opened on its store, given a server's methods, started on its facts.
// Lifecycle: Open (loads what is kept in memory), Register (before the server starts), Start, Stop.
// The server must have stopped before this object is destroyed.
#pragma once
#include <memory>

#include "libs/host/service.h"
#include "services/tap-ingest/config.h"

namespace plaza::tap_ingest {

using Deps = host::Deps;

class Service final : public host::Service {
 public:
  // BAD_KEY_FILE, BAD_STORED_STATE, or an error of the store.
  static Result<std::unique_ptr<Service>> Open(const Config& config, const Deps& deps);
  ~Service() override;
  void Register(rpc::Server& server) override;
  void Start() override;
  void Stop() override;
  eventlog::Participant& participant() override;

 private:
  struct Impl;
  explicit Service(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::tap_ingest
