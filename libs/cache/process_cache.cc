#include "libs/cache/process_cache.h"

#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <variant>

#include "libs/cache/cache_metrics.h"
#include "libs/cache/errors.h"
#include "libs/cache/limits.h"

namespace plaza::cache {
namespace {

using Time = std::chrono::steady_clock::time_point;

// Key spaces of values and counters.
std::string ValueKey(const std::string& key) { return "v" + key; }
std::string CounterKey(const std::string& key) { return "c" + key; }

class ProcessCache : public Cache {
 public:
  ProcessCache(ProcessCacheOptions options, runtime::Metrics& metrics)
      : options_(std::move(options)),
        metrics_(metrics, "process"),
        held_(metrics.AddGauge("plaza_cache_held_bytes",
                               "Memory that the cache in this process holds")),
        evictions_(metrics.AddCounter("plaza_cache_evictions_total",
                                      "Entries that made place for newer ones")) {}

  std::vector<std::optional<std::string>> GetMany(std::span<const std::string> keys) override {
    std::vector<std::optional<std::string>> values;
    values.reserve(keys.size());
    const Time now = options_.clock();
    const std::lock_guard lock(mutex_);
    for (const std::string& key : keys) {
      const Entry* entry = Find(ValueKey(key), now);
      entry == nullptr ? metrics_.Miss() : metrics_.Hit();
      values.push_back(entry == nullptr ? std::nullopt
                                        : std::optional(std::get<std::string>(entry->content)));
    }
    return values;
  }

  Result<void> Set(const std::string& key, std::string_view value,
                   std::chrono::milliseconds expiry) override {
    CheckTime(expiry);
    PLAZA_RETURN_IF_ERROR(CheckEntry(key, value));
    const Time now = options_.clock();
    const std::lock_guard lock(mutex_);
    if (!Put({ValueKey(key), std::string(value), now + expiry})) {
      return Error(kValueTooLarge, "more than the whole cache may hold");
    }
    return {};
  }

  Result<void> Delete(const std::string& key) override {
    PLAZA_RETURN_IF_ERROR(CheckKey(key));
    const std::lock_guard lock(mutex_);
    Remove(ValueKey(key));
    return {};
  }

  std::vector<std::optional<std::int64_t>> IncrementMany(
      std::span<const Addition> additions) override {
    std::vector<std::optional<std::int64_t>> sums;
    const Time now = options_.clock();
    const std::lock_guard lock(mutex_);
    for (const Addition& addition : additions) {
      CheckAddition(addition);
      if (!CheckKey(addition.key).ok()) {
        sums.emplace_back(std::nullopt);
        continue;
      }
      Entry* entry = Find(CounterKey(addition.key), now);
      if (entry != nullptr) {
        sums.emplace_back(std::get<std::int64_t>(entry->content) += addition.by);
      } else {
        const bool kept = Put({CounterKey(addition.key), addition.by, now + addition.window});
        sums.push_back(kept ? std::optional(addition.by) : std::nullopt);
      }
    }
    return sums;
  }

 private:
  struct Entry {
    std::string key;
    std::variant<std::string, std::int64_t> content;
    Time end;
    std::size_t bytes() const {
      const auto* value = std::get_if<std::string>(&content);
      return key.size() + (value == nullptr ? 0 : value->size()) + kEntryOverheadBytes;
    }
  };
  using Entries = std::list<Entry>;

  // Makes it the most recently used; null if it is not there or has expired.
  Entry* Find(const std::string& key, Time now) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    if (found->second->end <= now) {
      Drop(found->second);
      return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return &*found->second;
  }

  // Replaces what has the same key. False if it is too large for the whole cache.
  bool Put(Entry entry) {
    Remove(entry.key);
    const std::size_t bytes = entry.bytes();
    if (bytes > options_.bytes_max) return false;
    while (bytes_ + bytes > options_.bytes_max) {
      Drop(std::prev(entries_.end()));
      evictions_.Add();
    }
    entries_.push_front(std::move(entry));
    by_key_.emplace(entries_.front().key, entries_.begin());
    SetBytes(bytes_ + bytes);
    return true;
  }

  void Remove(const std::string& key) {
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) Drop(found->second);
  }
  void Drop(Entries::iterator entry) {
    SetBytes(bytes_ - entry->bytes());
    by_key_.erase(entry->key);
    entries_.erase(entry);
  }
  void SetBytes(std::size_t bytes) {
    bytes_ = bytes;
    held_.Set(static_cast<std::int64_t>(bytes));
  }

  const ProcessCacheOptions options_;
  CacheMetrics metrics_;
  runtime::Gauge& held_;
  runtime::Counter& evictions_;
  std::mutex mutex_;
  Entries entries_;                                                 // most recently used first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;  // keys lie in the entries
  std::size_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<Cache> MakeProcessCache(ProcessCacheOptions options, runtime::Metrics& metrics) {
  return std::make_unique<ProcessCache>(std::move(options), metrics);
}

}  // namespace plaza::cache
