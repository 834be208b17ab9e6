#include "libs/rpc/retry.h"

#include <algorithm>

#include "libs/rpc/errors.h"

namespace plaza::rpc {

using std::chrono::milliseconds;

RetryBudget::RetryBudget(const RetryLimits& limits)
    : unit_(limits.successes_a_failure), full_(limits.budget * unit_), left_(full_) {}

void RetryBudget::Succeeded() {
  int left = left_.load();
  while (left < full_ && !left_.compare_exchange_weak(left, left + 1)) {
  }
}

bool RetryBudget::Failed() {
  int left = left_.load();
  while (!left_.compare_exchange_weak(left, std::max(0, left - unit_))) {
  }
  return left - unit_ > full_ / 2;
}

bool MayPass(const Error& error) {
  if (error.Is(kRateLimited)) return false;  // says when; sooner would only be refused again
  return error.code() == StatusCode::kUnavailable ||
         (error.code() == StatusCode::kResourceExhausted &&
          error.reason() != StatusCodeName(error.code()));
}

std::optional<milliseconds> PauseBeforeRetry(const RetryLimits& limits, int attempt, double random,
                                             milliseconds left) {
  if (attempt >= limits.attempts_max) return std::nullopt;
  milliseconds step = limits.pause_first;
  for (int i = 1; i < attempt && step < limits.pause_max; ++i) step *= 2;
  step = std::min(step, limits.pause_max);
  const milliseconds pause =
      step / 2 + std::chrono::duration_cast<milliseconds>((step - step / 2) * random);
  if (pause >= left) return std::nullopt;
  return pause;
}

}  // namespace plaza::rpc
