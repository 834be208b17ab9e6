// Whether a failed call is made again, and when. Pure: time and randomness come in.
#pragma once
#include <atomic>
#include <chrono>
#include <optional>

#include "libs/base/error.h"

namespace plaza::rpc {

struct RetryLimits {
  int attempts_max = 4;  // of one call, the first included
  std::chrono::milliseconds pause_first{50};
  std::chrono::milliseconds pause_max{1000};
  int budget = 10;               // failures in a row spend it: retries end when half is gone
  int successes_a_failure = 10;  // that earn one failure back
};

// For a caller with a patience of its own: retries under retries multiply.
inline constexpr RetryLimits kCallOnce{.attempts_max = 1};

// gRPC's retry throttling (gRFC A6): a client whose calls mostly fail does not multiply the load of
// a server in trouble. Thread-safe.
class RetryBudget {
 public:
  explicit RetryBudget(const RetryLimits& limits);
  void Succeeded();
  bool Failed();  // true: a retry may follow

 private:
  const int unit_;  // of one failure; one success is 1
  const int full_;
  std::atomic<int> left_;
};

// A failure that may pass, and that left nothing behind which a second call could double: the
// server could not be reached or is not in order (UNAVAILABLE), or it refused before it began
// (RESOURCE_EXHAUSTED with a reason of ours: gRPC's own, of a message that is too large, has none;
// not RATE_LIMITED, which says when).
bool MayPass(const Error& error);

// The pause before the next attempt, between half and all of a doubling step; empty: give up.
// `attempt`: how many were made; `random`: in [0, 1); `left`: until the caller's deadline.
std::optional<std::chrono::milliseconds> PauseBeforeRetry(const RetryLimits& limits, int attempt,
                                                          double random,
                                                          std::chrono::milliseconds left);

}  // namespace plaza::rpc
