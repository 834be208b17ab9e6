// What the facts of the city say that taps and gates need: the clock and the deny list.
// Thread-safe. The feed tells it after its transaction was committed; where several processes share
// the store only one of them has the feed, and the others look there (Refresh). Both only grow (the
// clock never goes back, an entry gives way to a higher epoch only), so the order in which commits
// are told makes no difference.
#pragma once
#include <mutex>
#include <optional>
#include <span>

#include "libs/base/civil.h"
#include "services/tap-ingest/app/ports.h"
#include "services/tap-ingest/core/deny_list.h"

namespace plaza::tap_ingest {

class City {
 public:
  std::optional<Instant> Now() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return now_;
  }
  void RaiseClock(Instant now) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!now_.has_value() || *now_ < now) now_ = now;
  }
  void Apply(std::span<const DenyEntry> entries) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const DenyEntry& entry : entries) deny_list_.Apply(entry);
  }
  // What the store has that this does not know yet.
  Result<void> Refresh(Transactions& transactions, FactStore& facts) {
    return In<Result<void>>(transactions, &Transactions::Read, [&](store::Tx& tx) -> Result<void> {
      Apply(facts.LoadDenyList(tx, deny_list_epoch()));
      if (const auto now = facts.ReadClock(tx)) RaiseClock(*now);
      return {};
    });
  }
  std::uint64_t deny_list_epoch() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return deny_list_.epoch();
  }
  DenyPage Page(std::uint64_t since, std::size_t entries_max) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return deny_list_.Page(since, entries_max);
  }
  std::size_t denied_count() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return deny_list_.denied_count();
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Instant> now_;
  DenyList deny_list_;
};

}  // namespace plaza::tap_ingest
