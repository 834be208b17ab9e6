// A circuit breaker, pure: moments are arguments. While it is closed calls go through, and each
// failure after the other counts; at the limit it opens, and calls are refused without being tried.
// When its time is up it is half open for one probe: that closes it, or opens it for twice as long.
// A probe that was answered is not yet a call that was: until one is, the next failure opens it
// again, for longer. Calls do not probe: their owner does, beside them. Not thread-safe.
#pragma once
#include <chrono>

namespace plaza::cache {

struct BreakerOptions {
  int failures_to_open = 3;  // in a row
  std::chrono::milliseconds open_first{100};
  std::chrono::milliseconds open_max{5000};
};

class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class State { kClosed = 0, kHalfOpen = 1, kOpen = 2 };

  explicit Breaker(BreakerOptions options) : options_(options), open_for_(options.open_first) {}

  State state() const { return state_; }
  bool Allows() const { return state_ == State::kClosed; }
  // Of a call. Those that began while it was closed and end later change nothing.
  void Succeeded();
  void Failed(Time now);

  Time probe_at() const { return probe_at_; }  // while it is open
  // True once, when a probe is due: it is half open until the probe's result is told.
  bool TakeProbe(Time now);
  void ProbeSucceeded();
  void ProbeFailed(Time now);

 private:
  void Open(Time now);
  BreakerOptions options_;
  State state_ = State::kClosed;
  int failures_ = 0;
  std::chrono::milliseconds open_for_;  // the next time
  Time probe_at_;
};

}  // namespace plaza::cache
