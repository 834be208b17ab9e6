// The error catalogue of the clock.
#pragma once
#include "libs/base/error.h"

namespace plaza::clock {

inline constexpr ErrorKind kBadMode{StatusCode::kInvalidArgument, "BAD_CLOCK_MODE",
                                    "Set clock.mode to sim or wall."};
inline constexpr ErrorKind kClockIsWall{
    StatusCode::kFailedPrecondition, "CLOCK_IS_WALL",
    "This clock follows real time; start the services with clock.mode=sim to move it."};
inline constexpr ErrorKind kClockBackwards{StatusCode::kFailedPrecondition, "CLOCK_BACKWARDS",
                                           "Give a moment that is not before the clock's."};
inline constexpr ErrorKind kClockTooFar{StatusCode::kOutOfRange, "CLOCK_TOO_FAR",
                                        "Give a moment in milliseconds since 1970, before 2100."};
inline constexpr ErrorKind kDaySkipped{StatusCode::kFailedPrecondition, "DAY_SKIPPED",
                                       "Cut off the days in order, each once."};
inline constexpr ErrorKind kDayPast{
    StatusCode::kFailedPrecondition, "DAY_PAST",
    "This day is before the first that was cut off; it cannot be cut off any more."};

}  // namespace plaza::clock
