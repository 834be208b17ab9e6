// The vault: clear card data and nothing else of business. See README.md.
#pragma once
#include <memory>

#include "libs/base/result.h"
#include "libs/host/service.h"
#include "services/vault/config.h"

namespace plaza::vault {

using Deps = host::Deps;

// Start() and Stop() from one thread. What Deps names outlives it, and so does the server that it
// registers with.
class Service final : public host::Service {
 public:
  // BAD_KEY_FILE, WRONG_STORAGE_KEY, and the store's errors.
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

}  // namespace plaza::vault
