// Clearing: from charges to an operator's settled money (services/clearing/README.md).
#pragma once
#include <memory>

#include "libs/base/result.h"
#include "libs/host/service.h"
#include "services/clearing/config.h"

namespace plaza::clearing {

using Deps = host::Deps;

// Open → Register → Start → Stop. Everything in Deps outlives it, and it outlives the server. Not
// thread-safe itself.
class Service final : public host::Service {
 public:
  // Reads the policy and opens the store. BAD_POLICY, NOT_SUPPORTED_YET, and the store's errors.
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

}  // namespace plaza::clearing
