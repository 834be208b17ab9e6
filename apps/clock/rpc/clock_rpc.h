// The door for calls: plaza.clock.v1.Clock. Both methods are refused in wall mode.
#pragma once
#include "apps/clock/app/clock.h"
#include "libs/base/result.h"
#include "libs/rpc/server.h"
#include "plaza/clock/v1/clock.pb.h"

namespace plaza::clock {

// Thread-safe. Outlives the server that it is registered with.
class ClockRpc {
 public:
  ClockRpc(CityClock& clock, bool wall) : clock_(clock), wall_(wall) {}
  void Register(rpc::Server& server);

  // CLOCK_IS_WALL, CLOCK_BACKWARDS, CLOCK_TOO_FAR, REQUEST_ID_REUSED.
  Result<v1::AdvanceResponse> Advance(const v1::AdvanceRequest& request) const;
  // CLOCK_IS_WALL, BAD_DATE, DAY_SKIPPED, DAY_PAST, REQUEST_ID_REUSED.
  Result<v1::CutOffResponse> CutOff(const v1::CutOffRequest& request) const;

 private:
  CityClock& clock_;
  bool wall_;
};

}  // namespace plaza::clock
