#include "services/tap-ingest/core/deny_list.h"

#include <algorithm>
#include <cstring>

namespace plaza::tap_ingest {

std::size_t DenyList::KeyHash::operator()(const Key& key) const noexcept {
  std::size_t value = 0;  // a token is a keyed digest, so any eight octets are a hash
  std::memcpy(&value, key.card.token.data(), sizeof value);
  return value ^ key.card.epoch;
}

bool DenyList::Apply(const DenyEntry& entry) {
  epoch_ = std::max(epoch_, entry.epoch);
  const auto found = by_token_.find({entry.card});
  if (found != by_token_.end()) {
    const DenyEntry& held = found->second->second;
    if (held.epoch >= entry.epoch) return false;
    denied_count_ -= held.denied ? 1 : 0;
    by_epoch_.erase(found->second);
  }
  denied_count_ += entry.denied ? 1 : 0;
  by_token_[{entry.card}] = by_epoch_.emplace(entry.epoch, entry);
  return true;
}

DenyPage DenyList::Page(std::uint64_t since, std::size_t entries_max) const {
  DenyPage page;
  page.whole = since == 0 || since > epoch_;
  page.epoch = epoch_;
  const std::uint64_t from = page.whole ? 0 : since;
  for (auto at = by_epoch_.upper_bound(from); at != by_epoch_.end(); ++at) {
    const DenyEntry& entry = at->second;
    if (page.whole && !entry.denied) continue;
    const bool full = page.entries.size() >= entries_max;
    if (full && entry.epoch != page.entries.back().epoch) {
      page.more = true;
      page.epoch = page.entries.back().epoch;
      return page;
    }
    page.entries.push_back(entry);
  }
  return page;
}

}  // namespace plaza::tap_ingest
