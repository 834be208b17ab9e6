// Seeded numbers that are the same on every machine and with every standard library (whose
// distributions are not). SplitMix64 (Steele, Lea, Flood 2014). For simulations only, never for
// secrets. Not thread-safe.
#pragma once
#include <cstdint>

namespace plaza::citysim {

inline std::uint64_t Mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

class Random {
 public:
  // One stream for each (seed, what it is for, ordinal), so that no draw depends on how many others
  // were made.
  Random(std::uint64_t seed, std::uint64_t purpose, std::uint64_t ordinal)
      : state_(Mix(Mix(seed) ^ Mix(purpose * 0x100000001B3ULL) ^ Mix(~ordinal))) {}

  std::uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    return Mix(state_);
  }
  // Below `bound` (at least 1); the bias of bounds far below 2^64 does not matter here.
  std::uint64_t Below(std::uint64_t bound) { return Next() % bound; }
  bool PerMille(std::uint32_t chance) { return Below(1000) < chance; }

 private:
  std::uint64_t state_;
};

}  // namespace plaza::citysim
