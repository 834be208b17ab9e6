// The deny list as gates fetch it: the last state per token, whole or as what changed since an
// epoch (docs/formats/deny-list.md). Pure; a value.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "services/tap-ingest/core/media.h"

namespace plaza::tap_ingest {

struct DenyEntry {
  TokenRef card;
  bool denied = false;  // false: removed
  std::uint64_t epoch = 0;
  bool operator==(const DenyEntry&) const = default;
};

struct DenyPage {
  std::uint64_t epoch = 0;  // of the list after these entries: what to ask from next
  std::vector<DenyEntry> entries;
  bool more = false;
  bool whole = false;  // the beginning of the whole list: the reader forgets what it had
};

class DenyList {
 public:
  // Keeps the entry with the higher epoch per token, so facts may repeat and come in any order.
  // True if it was newer.
  bool Apply(const DenyEntry& entry);
  // `since` 0, or ahead of this list: the whole list, without removed tokens. A page ends where an
  // epoch ends, so that the next one can start there; one epoch is never cut, even if it holds more
  // than entries_max.
  DenyPage Page(std::uint64_t since, std::size_t entries_max) const;
  std::uint64_t epoch() const { return epoch_; }
  std::size_t denied_count() const { return denied_count_; }

 private:
  struct Key {
    TokenRef card;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  std::unordered_map<Key, std::multimap<std::uint64_t, DenyEntry>::iterator, KeyHash> by_token_;
  std::multimap<std::uint64_t, DenyEntry> by_epoch_;
  std::uint64_t epoch_ = 0;
  std::size_t denied_count_ = 0;
};

}  // namespace plaza::tap_ingest
