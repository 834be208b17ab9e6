// A bounded worker pool: a full queue refuses at once, it never blocks the caller.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "libs/runtime/use.h"

namespace plaza::runtime {

// Thread-safe. Stop() finishes what was accepted.
class WorkerPool {
 public:
  WorkerPool(std::string name, int workers, int queue_max);
  ~WorkerPool();
  bool TrySubmit(std::function<void()> task);  // false: the queue is full, or the pool is stopping
  void Stop();
  int queued() const;
  Use use() const;  // of its workers; who waits is in the queue

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::runtime
