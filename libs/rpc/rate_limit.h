// How often a caller may call: limits by role and method, and the bucket that keeps one. Pure:
// moments are arguments.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"

namespace plaza::rpc {

struct RateLimit {
  std::int64_t per_second = 1;  // calls, in the long run
  std::int64_t burst = 1;       // calls at once, after a pause
};

// A bucket of `burst` calls that fills up by `per_second`, kept as one moment: when it is full
// again (the generic cell rate algorithm). New ones are full. Not thread-safe.
class Bucket {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Takes one call out. Zero if there was one; else how long until there is.
  std::chrono::nanoseconds Take(const RateLimit& limit, Time now);
  // `calls` were made elsewhere between `since` and now. The debt is at most one burst.
  void Charge(const RateLimit& limit, std::int64_t calls, Time since, Time now);

 private:
  Time full_at_ = Time::min();
};

// Who may call what how often. One bucket per rule and caller.
struct RateRule {
  std::string role;
  std::string
      method;  // "plaza.fare.v1.Fare/ExplainFare"; empty: all that have no rule of their own
  RateLimit limit;
};

class RateRules {
 public:
  // "support=20/40,validator=200/500,support@plaza.fare.v1.Fare/ExplainFare=2/5": calls a second,
  // and at once. Empty: no limits. BAD_RATE_LIMIT.
  static Result<RateRules> Parse(std::string_view text);
  // The method's own rule, else the role's; null: no limit.
  const RateRule* Find(std::string_view role, std::string_view method) const;
  const std::vector<RateRule>& all() const { return rules_; }

 private:
  std::vector<RateRule> rules_;
};

}  // namespace plaza::rpc
