// The connections to one Redis and the breaker before them. Internal to libs/cache. Thread-safe.
#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "libs/cache/redis_cache.h"
#include "libs/cache/redis_connection.h"
#include "libs/runtime/metrics.h"

namespace plaza::cache {

class RedisPool {
 public:
  RedisPool(RedisOptions options, std::string host, int port, runtime::Metrics& metrics);
  ~RedisPool();  // waits for a connection that is being made
  RedisPool(const RedisPool&) = delete;
  RedisPool& operator=(const RedisPool&) = delete;

  // The replies to these commands, as RedisConnection::Run gives them, within call_time_max.
  Result<std::vector<Reply>> Run(std::span<const Command> commands, std::size_t reply_bytes_max);

 private:
  using Connection = std::unique_ptr<RedisConnection>;
  Result<Connection> Borrow(Deadline deadline);
  void GiveBack(Connection connection, const Error* failure);
  void Failed(const Error& why);  // of a call, or of a connection for one
  // The keeper: makes connections that are waited for, and probes.
  void Keep();
  void WaitForWork(std::unique_lock<std::mutex>& lock);
  Result<Connection> Connect() const;
  void TakeIdle(Connection& taken);
  void DropIdle();
  void ShowState();  // after each change of the breaker

  const RedisOptions options_;
  const std::string host_;
  const int port_;
  runtime::Gauge& state_gauge_;
  std::mutex mutex_;
  std::condition_variable for_callers_;
  std::condition_variable for_keeper_;
  Breaker breaker_;
  Breaker::State shown_ = Breaker::State::kClosed;
  std::vector<Connection> idle_;
  std::string last_failure_;
  int alive_ = 0;  // idle, lent, or being made
  int waiting_ = 0;
  bool stopping_ = false;
  std::thread keeper_;  // last: it uses all of the above
};

}  // namespace plaza::cache
