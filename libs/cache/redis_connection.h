// One connection to Redis. Every wait ends at a deadline, also against a server that sends an octet
// at a time. Internal to libs/cache: it includes hiredis. Not thread-safe.
#pragma once
#include <hiredis.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"

namespace plaza::cache {

using Deadline = std::chrono::steady_clock::time_point;

enum class Expect { kValue, kNumber, kStatus };

struct Command {
  std::vector<std::string_view> words;
  Expect expect;
};

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};

class RedisConnection {
 public:
  // Connects, and sends `greeting`, whose replies must not be errors. The name is looked up first,
  // which no deadline bounds. CACHE_AWAY, CACHE_SLOW, CACHE_REFUSED, CACHE_LIED.
  static Result<std::unique_ptr<RedisConnection>> Connect(const std::string& host, int port,
                                                          std::span<const Command> greeting,
                                                          Deadline deadline);

  // Sends all commands at once; their replies in order, each of the type that was expected or an
  // error reply. After an error the connection is of no use: CACHE_AWAY, CACHE_SLOW, CACHE_LIED
  // (not Redis's protocol, another type than expected, more than `reply_bytes_max` each).
  Result<std::vector<Reply>> Run(std::span<const Command> commands, std::size_t reply_bytes_max,
                                 Deadline deadline);
  // While nothing is asked there is nothing to read: else it was closed, or answers are left over.
  bool Stale() const;

 private:
  explicit RedisConnection(redisContext* context) : context_(context) {}
  Result<void> Await(short events, Deadline deadline) const;
  Result<void> Send(std::string_view octets, Deadline deadline) const;
  Result<Reply> Read(std::size_t& bytes_left, Deadline deadline);

  std::unique_ptr<redisContext, FreeContext> context_;
};

// An error reply as an Error: CACHE_LIED if the key holds what we never put there, else
// CACHE_REFUSED.
Error ReplyError(const redisReply& reply);

}  // namespace plaza::cache
