// Refuses callers that call more often than they may: a bucket per rule and caller, in this
// process. Copies of a service may share their counts: no call waits for that, since it is done
// beside them (Share). A caller may then make, beyond its limit, at most what it makes at each copy
// between two rounds. While counts cannot be shared each copy's own bucket is what counts.
// Thread-safe.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/rpc/rate_limit.h"
#include "libs/rpc/server.h"
#include "libs/runtime/metrics.h"

namespace plaza::rpc {

// Counters that all copies of a service see. Whoever runs the server gives one (libs/host: on
// libs/cache).
class SharedCounts {
 public:
  struct Addition {
    std::string key;                   // 64 hexadecimal digits
    std::int64_t calls;                // 1 or more
    std::chrono::milliseconds window;  // the first addition begins it; at its end the count is gone
  };
  virtual ~SharedCounts() = default;
  // Per addition the sum after it; absent: it is not known, and may or may not have been added.
  virtual std::vector<std::optional<std::int64_t>> Add(std::span<const Addition> additions) = 0;
};

class Limiter {
 public:
  using Clock = std::function<Bucket::Time()>;  // never goes back; thread-safe
  // `metrics` outlives this: plaza_rpc_limited_total{role}.
  Limiter(RateRules rules, runtime::Metrics& metrics,
          Clock clock = &std::chrono::steady_clock::now);

  // One call of `method` ("plaza.fare.v1.Fare/ExplainFare") by a caller that `access` lets in. Zero
  // if it may go on; else how long until it may. With several roles that let it in the most
  // generous counts, and one without a limit is the most generous.
  std::chrono::nanoseconds Admit(const Caller& caller, const Access& access,
                                 std::string_view method);
  // One round: tells the calls since the last one, and takes those of other copies out of the
  // buckets. One round at a time.
  void Share(SharedCounts& counts);

 private:
  struct Entry {
    std::string key;
    const RateRule* rule;
    Bucket bucket;
    std::int64_t untold = 0;  // calls since the last round
    std::uint64_t round = 0;  // of the last call
    std::int64_t seen = -1;   // the sum that was last read; -1: none
    Bucket::Time seen_at;
  };
  using Entries = std::list<Entry>;

  Entry& Of(const RateRule& rule, const std::string& caller);
  void Learn(Entry& entry, std::int64_t calls, std::int64_t sum, Bucket::Time now) const;
  std::vector<SharedCounts::Addition> TakeUntold(std::vector<std::string>& keys);

  const RateRules rules_;
  const Clock clock_;
  std::map<std::string, runtime::Counter*, std::less<>> refused_;  // by role
  std::mutex mutex_;
  Entries entries_;  // the last called first; at most kLimitedCallersMax
  std::unordered_map<std::string, Entries::iterator> by_key_;
  std::uint64_t round_ = 0;
};

}  // namespace plaza::rpc
