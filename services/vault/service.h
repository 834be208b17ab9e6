// The vault: clear card data and nothing else of business. See README.md.
#pragma once
#include <memory>

#include "libs/base/result.h"
#include "libs/eventlog/log.h"
#include "libs/eventlog/participant.h"
#include "libs/rpc/server.h"
#include "libs/runtime/metrics.h"
#include "services/vault/config.h"

namespace plaza::vault {

struct Deps {
  eventlog::Log& log;
  runtime::Metrics& metrics;
  int account_partitions;
};

// Start() and Stop() from one thread. What Deps names outlives it, and so does the server that it
// registers with.
class Service {
 public:
  // BAD_KEY_FILE, WRONG_STORAGE_KEY, and the store's errors.
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

}  // namespace plaza::vault
