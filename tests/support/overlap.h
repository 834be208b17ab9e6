// Two transactions of two processes on one store that overlap: the second does its work while the
// first, which has done its own, is not committed.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "libs/store/db.h"

namespace plaza::testing {

struct Overlapped {
  Result<void> first;
  Result<void> second;
};

using TxBody = std::function<Result<void>(store::Tx&)>;

// The first commits once the second is through, or after half a second: a second that rightly waits
// for it (for a lock, or on a store with one writer) is not through before.
inline Overlapped Overlap(store::Db& first_db, const TxBody& first, store::Db& second_db,
                          const TxBody& second) {
  constexpr std::chrono::milliseconds kWaitMax{500};
  std::mutex mutex;
  std::condition_variable changed;
  bool first_is_in = false;
  bool second_is_through = false;
  const auto tell = [&](bool& what) {
    const std::lock_guard<std::mutex> lock(mutex);
    what = true;
    changed.notify_all();
  };
  Overlapped done;
  std::thread beside([&] {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return first_is_in; });
    lock.unlock();
    done.second = second_db.Write(second);
    tell(second_is_through);
  });
  done.first = first_db.Write([&](store::Tx& tx) -> Result<void> {
    const Result<void> worked = first(tx);
    tell(first_is_in);
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait_for(lock, kWaitMax, [&] { return second_is_through; });
    return worked;
  });
  beside.join();
  return done;
}

}  // namespace plaza::testing
