#include "libs/emv/transit/deny_list.h"

#include <algorithm>

#include "libs/emv/errors.h"

namespace plaza::emv {
namespace {

void SortUnique(std::vector<DeniedToken>& tokens) {
  std::ranges::sort(tokens);
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
}

}  // namespace

DenyList DenyList::FromSnapshot(std::uint64_t epoch, std::vector<DeniedToken> tokens) {
  DenyList list;
  list.epoch_ = epoch;
  list.tokens_ = std::move(tokens);
  SortUnique(list.tokens_);
  return list;
}

Result<bool> DenyList::Contains(std::uint32_t token_epoch, const Token& token) const {
  return std::ranges::binary_search(tokens_, DeniedToken{token_epoch, token});
}

Result<void> DenyList::Apply(const DenyListDelta& delta) {
  if (delta.from_epoch != epoch_ || delta.to_epoch < delta.from_epoch) {
    return Error(errors::kBadDenyList, "a delta from epoch " + std::to_string(delta.from_epoch) +
                                           " to " + std::to_string(delta.to_epoch) +
                                           " does not follow epoch " + std::to_string(epoch_));
  }
  std::vector<DeniedToken> removed = delta.removed;
  std::vector<DeniedToken> added = delta.added;
  SortUnique(removed);
  SortUnique(added);
  std::vector<DeniedToken> kept;
  kept.reserve(tokens_.size());
  std::ranges::set_difference(tokens_, removed, std::back_inserter(kept));
  std::vector<DeniedToken> merged;
  merged.reserve(kept.size() + added.size());
  std::ranges::set_union(kept, added, std::back_inserter(merged));
  tokens_ = std::move(merged);
  epoch_ = delta.to_epoch;
  return {};
}

}  // namespace plaza::emv
