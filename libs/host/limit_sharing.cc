#include "libs/host/limit_sharing.h"

#include <chrono>
#include <utility>

namespace plaza::host {
namespace {

// What a caller makes at each copy within it may come on top of its limit.
constexpr std::chrono::milliseconds kRound{100};

}  // namespace

LimitSharing::LimitSharing(rpc::Limiter& limiter, std::unique_ptr<cache::Cache> cache)
    : limiter_(limiter), cache_(std::move(cache)), counts_(*cache_), thread_([this] { Run(); }) {}

LimitSharing::~LimitSharing() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void LimitSharing::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kRound, [this] { return stopping_; })) {
    lock.unlock();
    limiter_.Share(counts_);
    lock.lock();
  }
}

}  // namespace plaza::host
