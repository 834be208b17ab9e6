// The city's one clock (apps/clock/README.md).
#pragma once
#include <memory>

#include "apps/clock/config.h"
#include "libs/base/clock.h"
#include "libs/base/result.h"
#include "libs/host/service.h"
#include "plaza/clock/v1/clock.pb.h"

namespace plaza::clock {

using Deps = host::Deps;

// Open → Register → Start → Stop. Everything in Deps outlives it, and so does it the server. Not
// thread-safe itself.
class Service final : public host::Service {
 public:
  // BAD_CLOCK_MODE, BAD_TIME, UNKNOWN_ZONE, and the store's errors.
  static Result<std::unique_ptr<Service>> Open(const Config& config, const Deps& deps);
  // With another real time than this machine's: for tests. `wall` outlives the service.
  static Result<std::unique_ptr<Service>> OpenWith(const Config& config, const Deps& deps,
                                                   const Clock& wall);
  ~Service() override;
  void Register(rpc::Server& server) override;
  void Start() override;  // in wall mode, a thread that ticks
  void Stop() override;
  eventlog::Participant& participant() override;

  // One pass of wall mode on the caller's thread, catching up whole: for tests.
  Result<void> FollowWallOnce();
  // The handlers behind the doors, for programs that hold this service in their own process.
  Result<v1::AdvanceResponse> Advance(const v1::AdvanceRequest& request);
  Result<v1::CutOffResponse> CutOff(const v1::CutOffRequest& request);

 private:
  Service();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::clock
