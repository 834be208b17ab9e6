#include "libs/rpc/rate_limit.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "libs/rpc/errors.h"
#include "libs/rpc/limits.h"

namespace plaza::rpc {
namespace {

using std::chrono::nanoseconds;

nanoseconds TimeOfOne(const RateLimit& limit) {
  return nanoseconds(std::chrono::seconds(1)) / limit.per_second;
}

std::optional<std::int64_t> ParseCount(std::string_view text) {
  std::int64_t number = 0;
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  if (number < 1 || number > kRateMax) return std::nullopt;
  return number;
}

std::string_view Trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\n") - from + 1);
}

// One of "role=20/40" and "role@service/method=20/40".
std::optional<RateRule> ParseRule(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view who = Trimmed(text.substr(0, equals));
  const std::string_view how = Trimmed(text.substr(equals + 1));
  const std::size_t slash = how.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto per_second = ParseCount(how.substr(0, slash));
  const auto burst = ParseCount(how.substr(slash + 1));
  const std::size_t at = who.find('@');
  const std::string_view method = at == std::string_view::npos ? "" : who.substr(at + 1);
  const std::size_t stroke = method.find('/');
  const bool good_method =
      at == std::string_view::npos || (stroke > 0 && stroke < method.size() - 1);
  if (!per_second || !burst || who.empty() || at == 0 || !good_method) return std::nullopt;
  return RateRule{std::string(who.substr(0, at)), std::string(method), {*per_second, *burst}};
}

}  // namespace

nanoseconds Bucket::Take(const RateLimit& limit, Time now) {
  const nanoseconds one = TimeOfOne(limit);
  const Time base = std::max(full_at_, now);
  const nanoseconds over = base - now - (limit.burst - 1) * one;
  if (over > nanoseconds(0)) return over;
  full_at_ = base + one;
  return nanoseconds(0);
}

void Bucket::Charge(const RateLimit& limit, std::int64_t calls, Time since, Time now) {
  const nanoseconds burst = limit.burst * TimeOfOne(limit);
  // No more than what the bucket filled up by meanwhile, and two bursts, can matter.
  const nanoseconds time_max = (now - since) + 2 * burst;
  const std::int64_t calls_max = time_max / TimeOfOne(limit) + 1;
  const nanoseconds time = std::min(calls, calls_max) * TimeOfOne(limit);
  full_at_ = std::min(std::max(full_at_, since) + time, now + 2 * burst);
}

Result<RateRules> RateRules::Parse(std::string_view text) {
  RateRules rules;
  while (!Trimmed(text).empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view one = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    auto rule = ParseRule(one);
    if (!rule) return Error(kBadRateLimit, "'" + std::string(Trimmed(one)) + "' is no limit");
    const bool twice = std::any_of(rules.rules_.begin(), rules.rules_.end(), [&](const auto& r) {
      return r.role == rule->role && r.method == rule->method;
    });
    if (twice) return Error(kBadRateLimit, "'" + std::string(Trimmed(one)) + "' is there twice");
    if (rules.rules_.size() == kRateRulesMax) return Error(kBadRateLimit, "too many limits");
    rules.rules_.push_back(std::move(*rule));
  }
  return rules;
}

const RateRule* RateRules::Find(std::string_view role, std::string_view method) const {
  const RateRule* found = nullptr;
  for (const RateRule& rule : rules_) {
    if (rule.role != role) continue;
    if (rule.method == method) return &rule;
    if (rule.method.empty()) found = &rule;
  }
  return found;
}

}  // namespace plaza::rpc
