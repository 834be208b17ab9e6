// The enrolled validators with their MAC keys, in memory. Thread-safe: readers take a snapshot that
// does not change. Replace() is told what is committed in the registry, at which of its versions:
// an older one changes nothing, so the order in which it is told makes no difference.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>

#include "services/tap-ingest/core/ladder.h"

namespace plaza::tap_ingest {

class Directory {
 public:
  struct Snapshot {
    std::int64_t version = -1;  // of the registry
    std::unordered_map<std::string, EnrolledValidator> validators;
  };

  explicit Directory(const emv::Key256& mac_base) : mac_base_(mac_base) {}
  std::shared_ptr<const Snapshot> Now() const;
  void Replace(std::int64_t version, std::span<const Validator> validators);  // all of them

 private:
  const emv::Key256 mac_base_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<const Snapshot>();
};

}  // namespace plaza::tap_ingest
