#include "libs/cache/redis_pool.h"

#include <utility>

#include "libs/cache/errors.h"
#include "libs/cache/limits.h"
#include "libs/runtime/log.h"

namespace plaza::cache {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

RedisPool::RedisPool(RedisOptions options, std::string host, int port, runtime::Metrics& metrics)
    : options_(std::move(options)),
      host_(std::move(host)),
      port_(port),
      state_gauge_(metrics.AddGauge("plaza_cache_breaker_state",
                                    "The breaker before Redis: 0 closed, 1 half open, 2 open")),
      breaker_(options_.breaker),
      keeper_([this] { Keep(); }) {}

RedisPool::~RedisPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for_keeper_.notify_one();
  keeper_.join();
}

Result<std::vector<Reply>> RedisPool::Run(std::span<const Command> commands,
                                          std::size_t reply_bytes_max) {
  const Deadline deadline = Clock::now() + options_.call_time_max;
  PLAZA_ASSIGN_OR_RETURN(Connection connection, Borrow(deadline));
  auto replies = connection->Run(commands, reply_bytes_max, deadline);
  GiveBack(std::move(connection), replies.ok() ? nullptr : &replies.error());
  return replies;
}

Result<RedisPool::Connection> RedisPool::Borrow(Deadline deadline) {
  std::unique_lock lock(mutex_);
  Connection taken;
  TakeIdle(taken);
  if (taken == nullptr && breaker_.Allows()) {
    ++waiting_;
    for_keeper_.notify_one();
    for_callers_.wait_until(lock, deadline, [&] {
      TakeIdle(taken);
      return taken != nullptr || !breaker_.Allows();
    });
    --waiting_;
    if (waiting_ > 0) for_keeper_.notify_one();
  }
  if (taken != nullptr) return taken;
  if (!breaker_.Allows()) return Error(kCacheAway, "Redis did not answer lately");
  const Error slow(kCacheSlow, "no connection to Redis in time");
  Failed(slow);
  return slow;
}

void RedisPool::Failed(const Error& why) {
  last_failure_ = why.ToString();
  breaker_.Failed(Clock::now());
  ShowState();
}

// Nothing if there is none, or if the breaker is open.
void RedisPool::TakeIdle(Connection& taken) {
  while (breaker_.Allows() && taken == nullptr && !idle_.empty()) {
    taken = std::move(idle_.back());
    idle_.pop_back();
    if (!taken->Stale()) return;
    taken.reset();
    --alive_;
    for_keeper_.notify_one();
  }
}

void RedisPool::GiveBack(Connection connection, const Error* failure) {
  const std::lock_guard lock(mutex_);
  if (failure == nullptr) {
    breaker_.Succeeded();
    idle_.push_back(std::move(connection));
  } else {
    --alive_;
    Failed(*failure);
    for_keeper_.notify_one();
  }
  for_callers_.notify_one();
}

void RedisPool::Keep() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool probe = breaker_.TakeProbe(Clock::now());
    const bool grow =
        breaker_.Allows() && waiting_ > 0 && idle_.empty() && alive_ < options_.connections_max;
    if (!probe && !grow) {
      WaitForWork(lock);
      continue;
    }
    if (probe) DropIdle();
    ShowState();
    ++alive_;
    lock.unlock();
    Result<Connection> made = Connect();
    lock.lock();
    if (made.ok()) {
      idle_.push_back(std::move(*made));
      if (probe) breaker_.ProbeSucceeded();
    } else {
      --alive_;
      probe ? breaker_.ProbeFailed(Clock::now()) : Failed(made.error());
    }
    ShowState();
    for_callers_.notify_all();
  }
}

void RedisPool::WaitForWork(std::unique_lock<std::mutex>& lock) {
  if (breaker_.state() == Breaker::State::kOpen) {
    for_keeper_.wait_until(lock, breaker_.probe_at());
  } else {
    for_keeper_.wait(lock);
  }
}

Result<RedisPool::Connection> RedisPool::Connect() const {
  const std::string db = std::to_string(options_.db);
  std::vector<Command> greeting;
  if (!options_.password.empty())
    greeting.push_back({{"AUTH", options_.password}, Expect::kStatus});
  greeting.push_back({{"SELECT", db}, Expect::kStatus});
  greeting.push_back({{"PING"}, Expect::kStatus});
  return RedisConnection::Connect(host_, port_, greeting, Clock::now() + options_.connect_time_max);
}

void RedisPool::DropIdle() {
  alive_ -= static_cast<int>(idle_.size());
  idle_.clear();
}

void RedisPool::ShowState() {
  const Breaker::State state = breaker_.state();
  if (state == shown_) return;
  const bool opened = shown_ == Breaker::State::kClosed;
  shown_ = state;
  state_gauge_.Set(static_cast<int>(state));
  if (state == Breaker::State::kClosed) {
    runtime::Log(runtime::LogLevel::kInfo, "cache", "Redis answers again",
                 {{"host", host_}, {"port", std::int64_t{port_}}});
  } else if (opened) {
    for_callers_.notify_all();  // they need not wait any longer
    for_keeper_.notify_one();
    runtime::Log(runtime::LogLevel::kWarning, "cache", "Redis does not answer: going on without",
                 {{"host", host_}, {"port", std::int64_t{port_}}, {"why", last_failure_}});
  }
}

}  // namespace plaza::cache
