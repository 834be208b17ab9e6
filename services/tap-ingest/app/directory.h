// The enrolled validators with their MAC keys, in memory. Thread-safe: readers take a snapshot that
// does not change. Replace() is called after the registry's transaction was committed, by one
// writer at a time (app/register_validators.h).
#pragma once
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>

#include "services/tap-ingest/core/ladder.h"

namespace plaza::tap_ingest {

class Directory {
 public:
  using Snapshot = std::unordered_map<std::string, EnrolledValidator>;

  explicit Directory(const emv::Key256& mac_base) : mac_base_(mac_base) {}
  std::shared_ptr<const Snapshot> Now() const;
  void Replace(
      std::span<const Validator> validators);  // adds, or takes the place of those of the same id

 private:
  const emv::Key256 mac_base_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<const Snapshot>();
};

}  // namespace plaza::tap_ingest
