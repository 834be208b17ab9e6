// How much of what several share is in use: a pool's workers, a store's sessions (utilisation and
// saturation of the USE method; errors have counters of their own). Thread-safe.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

namespace plaza::runtime {

struct Use {
  int size = 0;  // how many there are
  int busy = 0;  // now
  int waiting = 0;
  std::chrono::microseconds busy_time{};    // of all together, since the start
  std::chrono::microseconds waited_time{};  // of all who got one
};

class UseMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit UseMeter(int size) : size_(size) {}

  // One user's way, each step given what the one before returned.
  Time Wait() {
    ++waiting_;
    return std::chrono::steady_clock::now();
  }
  Time Take(Time waits_since) {
    const Time now = std::chrono::steady_clock::now();
    --waiting_;
    ++busy_;
    waited_us_ += Micros(now - waits_since);
    return now;
  }
  void GiveBack(Time busy_since) {
    --busy_;
    busy_us_ += Micros(std::chrono::steady_clock::now() - busy_since);
  }

  Use Read() const {
    return {size_, busy_, waiting_, std::chrono::microseconds(busy_us_),
            std::chrono::microseconds(waited_us_)};
  }

 private:
  static std::int64_t Micros(std::chrono::steady_clock::duration time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  }

  const int size_;
  std::atomic<int> busy_{0};
  std::atomic<int> waiting_{0};
  std::atomic<std::int64_t> busy_us_{0};
  std::atomic<std::int64_t> waited_us_{0};
};

}  // namespace plaza::runtime
