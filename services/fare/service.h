// The fare service: from taps to charges (services/fare/README.md).
#pragma once
#include <memory>

#include "libs/base/result.h"
#include "libs/host/service.h"
#include "services/fare/config.h"

namespace plaza::fare {

using Deps = host::Deps;

// Open → Register → Start → Stop. Everything in Deps outlives it, and so does it the server. Not
// thread-safe itself.
class Service final : public host::Service {
 public:
  // Compiles the tariff and opens the store. TARIFF_MISSING, TARIFF_INVALID (file, line, column),
  // and the store's errors.
  static Result<std::unique_ptr<Service>> Open(const Config& config, const Deps& deps);
  ~Service() override;
  void Register(rpc::Server& server) override;
  void Start() override;
  void Stop() override;
  eventlog::Participant& participant() override;

 private:
  Service();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::fare
