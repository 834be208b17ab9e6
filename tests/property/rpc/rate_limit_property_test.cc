// A bucket at any moments, against the textbook's: a level that rises with time.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "libs/rpc/rate_limit.h"

namespace plaza::rpc {
namespace {

using std::chrono::nanoseconds;

// In time: a call is `one`, a full bucket is `burst` of them, an empty one may owe as many.
class Textbook {
 public:
  Textbook(const RateLimit& limit, Bucket::Time now)
      : one_(nanoseconds(std::chrono::seconds(1)) / limit.per_second),
        full_(limit.burst * one_),
        level_(full_),
        at_(now) {}
  nanoseconds Take(Bucket::Time now) {
    Rise(now);
    if (level_ < one_) return one_ - level_;
    level_ -= one_;
    return nanoseconds(0);
  }
  void Charge(std::int64_t calls, Bucket::Time now) {
    Rise(now);
    level_ = std::max(level_ - calls * one_, -full_);
  }

 private:
  void Rise(Bucket::Time now) {
    level_ = std::min(level_ + (now - at_), full_);
    at_ = now;
  }
  nanoseconds one_;
  nanoseconds full_;
  nanoseconds level_;
  Bucket::Time at_;
};

RateLimit AnyLimit() {
  return {*rc::gen::inRange<std::int64_t>(1, 2'000), *rc::gen::inRange<std::int64_t>(1, 50)};
}

RC_GTEST_PROP(BucketProperty, IsTheTextbooks, ()) {
  const RateLimit limit = AnyLimit();
  Bucket::Time now = Bucket::Time() + std::chrono::hours(1);
  Bucket bucket;
  Textbook textbook(limit, now);
  for (const auto micros : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100'000))) {
    now += std::chrono::microseconds(micros);
    if (micros % 5 == 0) {
      bucket.Charge(limit, micros % 70, now, now);
      textbook.Charge(micros % 70, now);
    } else {
      RC_ASSERT(bucket.Take(limit, now) == textbook.Take(now));
    }
  }
}

RC_GTEST_PROP(BucketProperty, TheAnsweredWaitIsExact, ()) {
  const RateLimit limit = AnyLimit();
  const Bucket::Time now = Bucket::Time() + std::chrono::hours(1);
  Bucket bucket;
  bucket.Charge(limit, *rc::gen::inRange<std::int64_t>(0, 200), now, now);
  nanoseconds wait(0);
  while (wait == nanoseconds(0)) wait = bucket.Take(limit, now);
  RC_ASSERT(bucket.Take(limit, now + wait - nanoseconds(1)) == nanoseconds(1));
  RC_ASSERT(bucket.Take(limit, now + wait) == nanoseconds(0));
}

// What others made since we looked is never dearer than if each call had been told when it was
// made.
RC_GTEST_PROP(BucketProperty, ALateChargeIsNotDearer, ()) {
  const RateLimit limit = AnyLimit();
  const Bucket::Time since = Bucket::Time() + std::chrono::hours(1);
  Bucket late;
  Bucket prompt;
  Bucket::Time now = since;
  std::int64_t calls = 0;
  for (const auto micros : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100'000))) {
    now += std::chrono::microseconds(micros);
    prompt.Charge(limit, micros % 4, now, now);
    calls += micros % 4;
  }
  late.Charge(limit, calls, since, now);
  // Unless debts were forgiven on the way, which the late one cannot know.
  if (calls <= 2 * limit.burst) RC_ASSERT(late.Take(limit, now) <= prompt.Take(limit, now));
}

RC_GTEST_PROP(RateRulesProperty, AnyTextIsRulesOrRefused, (const std::string& text)) {
  const auto parsed = RateRules::Parse(text);
  if (!parsed.ok()) return;
  for (const RateRule& rule : parsed->all()) {
    RC_ASSERT(parsed->Find(rule.role, rule.method) == &rule);
    RC_ASSERT(rule.limit.per_second >= 1 && rule.limit.burst >= 1);
  }
}

}  // namespace
}  // namespace plaza::rpc
