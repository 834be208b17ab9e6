// A cache, what it counts, and a second client of the same Redis that does as it likes.
#pragma once
#include <gmock/gmock.h>
#include <hiredis.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/cache/errors.h"
#include "libs/cache/limits.h"
#include "libs/cache/redis_cache.h"
#include "tests/support/eventually.h"

namespace plaza::cache {

inline constexpr std::chrono::hours kLong{1};

using plaza::testing::Eventually;

class Subject {
 public:
  explicit Subject(RedisOptions options)
      : cache_(OpenRedisCache(std::move(options), metrics_).value()) {}
  Cache* operator->() { return cache_.get(); }

  // The value of a line of the metrics; -1 if there is none.
  int Metric(const std::string& line) const {
    const std::string text = "\n" + metrics_.Expose();
    const std::size_t at = text.find("\n" + line + " ");
    return at == std::string::npos ? -1 : std::stoi(text.substr(at + line.size() + 2));
  }
  int Errors(const ErrorKind& kind) const {
    return Metric("plaza_cache_errors_total{cache=\"redis\",reason=\"" + std::string(kind.reason) +
                  "\"}");
  }
  bool closed() const { return Metric("plaza_cache_breaker_state") == 0; }
  bool Works() {
    return cache_->Set("works", "yes", kLong).ok() && cache_->Get("works") == "yes" && closed();
  }

 private:
  runtime::Metrics metrics_;
  std::unique_ptr<Cache> cache_;
};

class SecondClient {
 public:
  explicit SecondClient(int port) : context_(redisConnect("127.0.0.1", port)) {
    EXPECT_EQ(context_->err, 0) << context_->errstr;
  }
  ~SecondClient() { redisFree(context_); }
  SecondClient(const SecondClient&) = delete;
  SecondClient& operator=(const SecondClient&) = delete;

  // A reply's text, or its number; an error's text begins with "error ".
  std::string Do(const std::vector<std::string>& words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    auto* reply = static_cast<redisReply*>(
        redisCommandArgv(context_, static_cast<int>(words.size()), texts.data(), sizes.data()));
    if (reply == nullptr) return std::string("error ") + context_->errstr;
    std::string said = reply->type == REDIS_REPLY_ERROR ? "error " : "";
    if (reply->str != nullptr) said.append(reply->str, reply->len);
    if (reply->type == REDIS_REPLY_INTEGER) said = std::to_string(reply->integer);
    freeReplyObject(reply);
    return said;
  }

 private:
  redisContext* context_;
};

}  // namespace plaza::cache
