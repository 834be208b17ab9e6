// A bucket of allowances that fills with time. Thread-safe; time comes in as an argument.
#pragma once
#include <algorithm>
#include <chrono>
#include <mutex>

namespace plaza::tap_ingest {

class RateBound {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  RateBound(double per_second, double burst)
      : per_second_(per_second), burst_(burst), level_(burst) {}

  bool Take(TimePoint now) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (now > last_) {
      const double seconds = std::chrono::duration<double>(now - last_).count();
      level_ = std::min(burst_, level_ + seconds * per_second_);
      last_ = now;
    }
    if (level_ < 1) return false;
    level_ -= 1;
    return true;
  }

 private:
  const double per_second_;
  const double burst_;
  std::mutex mutex_;
  double level_;
  TimePoint last_{};
};

}  // namespace plaza::tap_ingest
