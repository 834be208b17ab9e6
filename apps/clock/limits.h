// Every bound of the clock.
#pragma once
#include <cstdint>

namespace plaza::clock {

// Cut-offs written in one transaction while catching up; the next pass goes on.
inline constexpr int kCatchUpMax = 31;
inline constexpr std::int64_t kTickSecondsMin = 1;
inline constexpr std::int64_t kTickSecondsMax = 3600;
// A clock that is set further ahead is a mistake: 2100-01-01, the end of the zone rules
// (libs/runtime/zones.h).
inline constexpr std::int64_t kNowMsMax = 4'102'444'800'000;

}  // namespace plaza::clock
