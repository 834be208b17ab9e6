// Times a step: batches of a fixed number of runs, the best batch counts (the others had company on
// the machine).
#pragma once
#include <algorithm>
#include <chrono>
#include <limits>

namespace plaza::emv::bench {

template <class Step>
double BestMicroseconds(int runs, Step&& step) {
  using Clock = std::chrono::steady_clock;
  constexpr int kBatches = 15;
  double best = std::numeric_limits<double>::max();
  for (int batch = 0; batch < kBatches; ++batch) {
    const auto start = Clock::now();
    for (int i = 0; i < runs; ++i) step();
    const std::chrono::duration<double, std::micro> taken = Clock::now() - start;
    best = std::min(best, taken.count() / runs);
  }
  return best;
}

}  // namespace plaza::emv::bench
