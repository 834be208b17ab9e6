#include "libs/cache/breaker.h"

#include <algorithm>

#include "libs/base/check.h"

namespace plaza::cache {

void Breaker::Succeeded() {
  if (state_ != State::kClosed) return;
  failures_ = 0;
  open_for_ = options_.open_first;
}

void Breaker::Failed(Time now) {
  if (state_ != State::kClosed) return;
  if (++failures_ >= options_.failures_to_open) Open(now);
}

bool Breaker::TakeProbe(Time now) {
  if (state_ != State::kOpen || now < probe_at_) return false;
  state_ = State::kHalfOpen;
  return true;
}

void Breaker::ProbeSucceeded() {
  PLAZA_CHECK(state_ == State::kHalfOpen);
  state_ = State::kClosed;
  failures_ = options_.failures_to_open - 1;
}

void Breaker::ProbeFailed(Time now) {
  PLAZA_CHECK(state_ == State::kHalfOpen);
  Open(now);
}

void Breaker::Open(Time now) {
  state_ = State::kOpen;
  probe_at_ = now + open_for_;
  open_for_ = std::min(open_for_ * 2, options_.open_max);
}

}  // namespace plaza::cache
