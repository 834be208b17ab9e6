// The error catalogue of the gate program. A refused card is no error: see TapResult.
#pragma once
#include "libs/base/error.h"

namespace plaza::validator {

inline constexpr ErrorKind kNoDuty{StatusCode::kFailedPrecondition, "NO_DUTY",
                                   "Sign the vehicle's validator on to a route and a trip."};
inline constexpr ErrorKind kBadPlace{StatusCode::kInvalidArgument, "BAD_PLACE",
                                     "Give a validator either a stop or a vehicle."};
inline constexpr ErrorKind kUplinkAway{
    StatusCode::kUnavailable, "UPLINK_AWAY",
    "Nothing is lost: bring tap-ingest back, and send again from the journals."};
inline constexpr ErrorKind kUplinkRefused{
    StatusCode::kUnavailable, "UPLINK_REFUSED",
    "Nothing is lost: mend what tap-ingest names, and send again from the journals."};
inline constexpr ErrorKind kBadUplinkAnswer{
    StatusCode::kInternal, "BAD_UPLINK_ANSWER",
    "Check that gate and platform are of one version; the records are kept."};
inline constexpr ErrorKind kUplinkStopped{StatusCode::kCancelled, "UPLINK_STOPPED",
                                          "Start it again; the records are kept."};

}  // namespace plaza::validator
