#include "libs/rpc/limiter.h"

#include <algorithm>
#include <utility>

#include "libs/base/digest.h"
#include "libs/base/hex.h"
#include "libs/rpc/limits.h"

namespace plaza::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

std::string KeyOf(const RateRule& rule, const std::string& caller) {
  return rule.role + '\0' + rule.method + '\0' + caller;
}

// Outside of here a digest: names of callers are neither bounded nor anybody's business.
std::string SharedKey(const std::string& key) { return ToHex(Sha256(AsBytes(key))); }

// Twice the time in which a bucket fills up: what is older than that does not matter any more.
milliseconds WindowOf(const RateLimit& limit) {
  return milliseconds(std::max<std::int64_t>(1000, 2 * limit.burst * 1000 / limit.per_second));
}

}  // namespace

Limiter::Limiter(RateRules rules, runtime::Metrics& metrics, Clock clock)
    : rules_(std::move(rules)), clock_(std::move(clock)) {
  for (const RateRule& rule : rules_.all()) {
    refused_[rule.role] = &metrics.AddCounter(
        "plaza_rpc_limited_total", "Calls refused by a rate limit", {{"role", rule.role}});
  }
}

nanoseconds Limiter::Admit(const Caller& caller, const Access& access, std::string_view method) {
  std::vector<const RateRule*> rules;
  for (const std::string& role : access.any_role_of) {
    if (!caller.roles.contains(role)) continue;
    const RateRule* rule = rules_.Find(role, method);
    if (rule == nullptr) return nanoseconds(0);
    rules.push_back(rule);
  }
  nanoseconds least = nanoseconds::max();
  const Bucket::Time now = clock_();
  const std::lock_guard lock(mutex_);
  for (const RateRule* rule : rules) {
    Entry& entry = Of(*rule, caller.name);
    const nanoseconds wait = entry.bucket.Take(rule->limit, now);
    if (wait == nanoseconds(0)) {
      ++entry.untold;
      return wait;
    }
    least = std::min(least, wait);
  }
  if (rules.empty()) return nanoseconds(0);
  refused_.find(rules.front()->role)->second->Add();
  return least;
}

// The entry comes first in the list; the last one goes if there are too many.
Limiter::Entry& Limiter::Of(const RateRule& rule, const std::string& caller) {
  std::string key = KeyOf(rule, caller);
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
  } else {
    if (entries_.size() == kLimitedCallersMax) {
      by_key_.erase(entries_.back().key);
      entries_.pop_back();
    }
    Entry entry;
    entry.key = key;
    entry.rule = &rule;
    entries_.push_front(std::move(entry));
    by_key_.emplace(std::move(key), entries_.begin());
  }
  entries_.front().round = round_;
  return entries_.front();
}

void Limiter::Share(SharedCounts& counts) {
  std::vector<std::string> keys;
  const std::vector<SharedCounts::Addition> additions = TakeUntold(keys);
  if (additions.empty()) return;
  const std::vector<std::optional<std::int64_t>> sums = counts.Add(additions);
  const Bucket::Time now = clock_();
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < additions.size() && i < sums.size(); ++i) {
    const auto found = by_key_.find(keys[i]);
    if (found == by_key_.end() || !sums[i]) continue;
    Learn(*found->second, additions[i].calls, *sums[i], now);
  }
}

// Told once: if it is not known whether it was added, it is not told again. `keys`: of the entries.
std::vector<SharedCounts::Addition> Limiter::TakeUntold(std::vector<std::string>& keys) {
  std::vector<SharedCounts::Addition> additions;
  const std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.round < round_) break;  // neither it nor those behind it were called since
    if (entry.untold == 0) continue;
    additions.push_back({SharedKey(entry.key), entry.untold, WindowOf(entry.rule->limit)});
    keys.push_back(entry.key);
    entry.untold = 0;
  }
  ++round_;
  return additions;
}

// What the others' calls added since we looked; all of it if we never did, or if the count began
// anew meanwhile.
void Limiter::Learn(Entry& entry, std::int64_t calls, std::int64_t sum, Bucket::Time now) const {
  const bool goes_on = entry.seen >= 0 && sum - calls >= entry.seen;
  const std::int64_t others = sum - calls - (goes_on ? entry.seen : 0);
  const Bucket::Time since = entry.seen >= 0 ? entry.seen_at : now;
  if (others > 0) entry.bucket.Charge(entry.rule->limit, others, since, now);
  entry.seen = sum;
  entry.seen_at = now;
}

}  // namespace plaza::rpc
