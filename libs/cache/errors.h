// The error catalogue of libs/cache. None of them has to stop anybody: they say why something was
// not kept.
#pragma once
#include "libs/base/error.h"

namespace plaza::cache {

inline constexpr ErrorKind kBadKey{StatusCode::kInvalidArgument, "BAD_CACHE_KEY",
                                   "Give a key of 1 to 512 bytes."};
inline constexpr ErrorKind kValueTooLarge{StatusCode::kInvalidArgument, "VALUE_TOO_LARGE",
                                          "Cache smaller parts, or leave it out of the cache."};
inline constexpr ErrorKind kCacheAway{StatusCode::kUnavailable, "CACHE_AWAY",
                                      "Go on without; Redis is asked again by itself."};
inline constexpr ErrorKind kCacheSlow{StatusCode::kDeadlineExceeded, "CACHE_SLOW",
                                      "Go on without; look at Redis's load."};
inline constexpr ErrorKind kCacheRefused{StatusCode::kFailedPrecondition, "CACHE_REFUSED",
                                         "Go on without; read what Redis said."};
inline constexpr ErrorKind kCacheLied{StatusCode::kDataLoss, "CACHE_LIED",
                                      "Go on without; see who else writes to that Redis."};
// Of opening.
inline constexpr ErrorKind kBadCacheAddress{StatusCode::kInvalidArgument, "BAD_CACHE_ADDRESS",
                                            "Give host:port, such as 127.0.0.1:6379."};

}  // namespace plaza::cache
