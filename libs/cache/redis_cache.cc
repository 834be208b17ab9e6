#include "libs/cache/redis_cache.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "libs/cache/cache_metrics.h"
#include "libs/cache/envelope.h"
#include "libs/cache/errors.h"
#include "libs/cache/limits.h"
#include "libs/cache/redis_pool.h"

namespace plaza::cache {
namespace {

constexpr std::size_t kValueReplyBytesMax = kValueBytesMax + kEnvelopeBytes + kShortReplyBytesMax;

class RedisCache : public Cache {
 public:
  RedisCache(RedisOptions options, std::string host, int port, runtime::Metrics& metrics)
      : value_prefix_(options.prefix + "v."),
        counter_prefix_(options.prefix + "c."),
        metrics_(metrics, "redis"),
        pool_(std::move(options), std::move(host), port, metrics) {}

  std::vector<std::optional<std::string>> GetMany(std::span<const std::string> keys) override {
    std::vector<std::optional<std::string>> values;
    values.reserve(keys.size());
    for (std::size_t at = 0; at < keys.size(); at += kBatchMax) {
      GetSome(keys.subspan(at, std::min(kBatchMax, keys.size() - at)), values);
    }
    return values;
  }

  Result<void> Set(const std::string& key, std::string_view value,
                   std::chrono::milliseconds expiry) override {
    CheckTime(expiry);
    PLAZA_RETURN_IF_ERROR(CheckEntry(key, value));
    const std::string name = value_prefix_ + key;
    const std::string sealed = Seal(name, value);
    const std::string milliseconds = std::to_string(expiry.count());
    return Change({{"SET", name, sealed, "PX", milliseconds}, Expect::kStatus});
  }

  Result<void> Delete(const std::string& key) override {
    PLAZA_RETURN_IF_ERROR(CheckKey(key));
    const std::string name = value_prefix_ + key;
    return Change({{"DEL", name}, Expect::kNumber});
  }

  std::vector<std::optional<std::int64_t>> IncrementMany(
      std::span<const Addition> additions) override {
    std::vector<std::optional<std::int64_t>> sums;
    sums.reserve(additions.size());
    for (std::size_t at = 0; at < additions.size(); at += kBatchMax) {
      IncrementSome(additions.subspan(at, std::min(kBatchMax, additions.size() - at)), sums);
    }
    return sums;
  }

 private:
  Result<void> Change(const Command& command) {
    Result<std::vector<Reply>> replies = pool_.Run({&command, 1}, kShortReplyBytesMax);
    if (!replies.ok()) return Counted(replies.error());
    const redisReply& reply = *replies->front();
    if (reply.type == REDIS_REPLY_ERROR) return Counted(ReplyError(reply));
    return {};
  }

  void GetSome(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values) {
    std::vector<std::string> names;
    std::vector<Command> commands;
    names.reserve(keys.size());  // commands point into it
    for (const std::string& key : keys) {
      if (!CheckKey(key).ok()) continue;
      names.push_back(value_prefix_ + key);
      commands.push_back({{"GET", names.back()}, Expect::kValue});
    }
    const std::vector<Reply> replies = Ask(commands, kValueReplyBytesMax);
    std::size_t next = 0;
    for (const std::string& key : keys) {
      std::optional<std::string> value;
      if (CheckKey(key).ok() && !replies.empty()) {
        value = Opened(names[next], *replies[next]);
        ++next;
      }
      value.has_value() ? metrics_.Hit() : metrics_.Miss();
      values.push_back(std::move(value));
    }
  }

  // Empty if there is no answer.
  std::vector<Reply> Ask(std::span<const Command> commands, std::size_t reply_bytes_max) {
    if (commands.empty()) return {};
    Result<std::vector<Reply>> replies = pool_.Run(commands, reply_bytes_max);
    if (replies.ok()) return std::move(*replies);
    metrics_.Failed(replies.error());
    return {};
  }

  std::optional<std::string> Opened(const std::string& name, const redisReply& reply) {
    if (reply.type == REDIS_REPLY_NIL) return std::nullopt;
    if (reply.type == REDIS_REPLY_ERROR) {
      metrics_.Failed(ReplyError(reply));
      return std::nullopt;
    }
    auto value = Unseal(name, {reply.str, reply.len});
    if (!value) metrics_.Failed(Error(kCacheLied, "another value than was kept"));
    return value;
  }

  void IncrementSome(std::span<const Addition> additions,
                     std::vector<std::optional<std::int64_t>>& sums) {
    struct Texts {
      std::string name;
      std::string by;
      std::string window;
    };
    std::vector<Texts> texts;
    std::vector<Command> commands;
    texts.reserve(additions.size());  // commands point into it
    for (const Addition& addition : additions) {
      CheckAddition(addition);
      if (!CheckKey(addition.key).ok()) continue;
      const Texts& text =
          texts.emplace_back(Texts{counter_prefix_ + addition.key, std::to_string(addition.by),
                                   std::to_string(addition.window.count())});
      commands.push_back({{"INCRBY", text.name, text.by}, Expect::kNumber});
      // NX: the first one begins the window. A process that died between the two leaves a counter
      // without an end, which the next addition gives one.
      commands.push_back({{"PEXPIRE", text.name, text.window, "NX"}, Expect::kNumber});
    }
    const std::vector<Reply> replies = Ask(commands, kShortReplyBytesMax);
    std::size_t next = 0;
    for (const Addition& addition : additions) {
      std::optional<std::int64_t> sum;
      if (CheckKey(addition.key).ok() && !replies.empty()) {
        sum = Sum(addition, *replies[next], *replies[next + 1]);
        next += 2;
      }
      sums.push_back(sum);
    }
  }

  // A sum can be checked for little: it is never below what was added.
  std::optional<std::int64_t> Sum(const Addition& addition, const redisReply& sum,
                                  const redisReply& expiry) {
    for (const redisReply* reply : {&sum, &expiry}) {
      if (reply->type != REDIS_REPLY_ERROR) continue;
      metrics_.Failed(ReplyError(*reply));
      return std::nullopt;
    }
    if (sum.integer >= addition.by) return sum.integer;
    metrics_.Failed(Error(kCacheLied, "a counter below what was added"));
    return std::nullopt;
  }

  Error Counted(Error error) {
    metrics_.Failed(error);
    return error;
  }

  const std::string value_prefix_;
  const std::string counter_prefix_;
  CacheMetrics metrics_;
  RedisPool pool_;
};

}  // namespace

Result<std::unique_ptr<Cache>> OpenRedisCache(RedisOptions options, runtime::Metrics& metrics) {
  const std::string& address = options.address;
  const std::size_t colon = address.rfind(':');
  int port = 0;
  if (colon != std::string::npos && colon > 0) {
    const char* end = address.data() + address.size();
    const auto [rest, failed] = std::from_chars(address.data() + colon + 1, end, port);
    if (failed != std::errc() || rest != end) port = 0;
  }
  if (port < 1 || port > 65'535) {
    return Error(kBadCacheAddress, "'" + address + "' is not host:port", "cache.redis");
  }
  std::string host = address.substr(0, colon);
  return std::unique_ptr<Cache>(
      std::make_unique<RedisCache>(std::move(options), std::move(host), port, metrics));
}

}  // namespace plaza::cache
