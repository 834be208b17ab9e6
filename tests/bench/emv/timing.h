// Times a step: batches of a fixed number of runs, the best batch counts (the others had company on
// the machine).
#pragma once
#include <algorithm>
#include <chrono>
#include <limits>

namespace plaza::emv::bench {

struct Times {
  double step = std::numeric_limits<double>::max();
  double floor = std::numeric_limits<double>::max();
};

template <class Step>
double BatchMicroseconds(int runs, Step&& step) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  for (int i = 0; i < runs; ++i) step();
  const std::chrono::duration<double, std::micro> taken = Clock::now() - start;
  return taken.count() / runs;
}

// Step and floor by turns, so that both have the same machine.
template <class Step, class Floor>
Times BestMicroseconds(int runs, Step&& step, Floor&& floor) {
  constexpr int kBatches = 15;
  Times best;
  for (int batch = 0; batch < kBatches; ++batch) {
    best.step = std::min(best.step, BatchMicroseconds(runs, step));
    best.floor = std::min(best.floor, BatchMicroseconds(runs, floor));
  }
  return best;
}

}  // namespace plaza::emv::bench
