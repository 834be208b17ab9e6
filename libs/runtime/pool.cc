#include "libs/runtime/pool.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "libs/base/check.h"

namespace plaza::runtime {

struct WorkerPool::Impl {
  Impl(std::string named, int count) : name(std::move(named)), meter(count) {}

  struct Task {
    std::function<void()> run;
    UseMeter::Time since;
  };
  std::string name;
  UseMeter meter;
  std::size_t queue_max;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Task> queue;
  bool stopping = false;
  std::mutex join_mutex;  // Stop() from two threads
  std::vector<std::thread> workers;

  void Work() {
    // The kernel keeps 15 characters of a thread's name.
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      Task task = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      const UseMeter::Time begun = meter.Take(task.since);
      task.run();
      task.run = nullptr;  // what it captured goes before the next wait
      meter.GiveBack(begun);
      lock.lock();
    }
  }
};

WorkerPool::WorkerPool(std::string name, int workers, int queue_max)
    : impl_(std::make_unique<Impl>(std::move(name), workers)) {
  PLAZA_CHECK(workers > 0 && queue_max > 0);
  impl_->queue_max = static_cast<std::size_t>(queue_max);
  for (int i = 0; i < workers; ++i) {
    impl_->workers.emplace_back([impl = impl_.get()] { impl->Work(); });
  }
}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::TrySubmit(std::function<void()> task) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->stopping || impl_->queue.size() >= impl_->queue_max) return false;
    impl_->queue.push_back({std::move(task), impl_->meter.Wait()});
  }
  impl_->changed.notify_one();
  return true;
}

void WorkerPool::Stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  const std::lock_guard lock(impl_->join_mutex);
  for (std::thread& worker : impl_->workers) {
    if (worker.joinable()) worker.join();
  }
}

int WorkerPool::queued() const {
  const std::lock_guard lock(impl_->mutex);
  return static_cast<int>(impl_->queue.size());
}

Use WorkerPool::use() const { return impl_->meter.Read(); }

}  // namespace plaza::runtime
