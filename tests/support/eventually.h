// Waits for what others bring about.
#pragma once
#include <chrono>
#include <thread>

namespace plaza::testing {

// Looks again and again, yielding the processor, until it is so; false after `patience`, which is
// never reached when all is well.
template <class Condition>
bool Eventually(const Condition& so, std::chrono::seconds patience = std::chrono::minutes(1)) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!so()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace plaza::testing
