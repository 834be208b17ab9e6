// A deny list in memory: tokens, each with its token epoch, at a deny-list epoch. A value, not
// thread-safe: who has one builds the next from snapshot or delta, then swaps it in. A simulated
// city's gates share one; a gate of its own has it on disk (stored_deny_list.h).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "libs/base/result.h"
#include "libs/emv/crypto/keyed_digest.h"
#include "libs/emv/transit/deny_list_view.h"

namespace plaza::emv {

struct DeniedToken {
  std::uint32_t token_epoch = 0;
  Token token{};
  auto operator<=>(const DeniedToken&) const = default;
};

struct DenyListDelta {
  std::uint64_t from_epoch = 0;  // the deny-list epoch that it follows
  std::uint64_t to_epoch = 0;
  std::vector<DeniedToken> added;
  std::vector<DeniedToken> removed;
};

class DenyList final : public DenyListView {
 public:
  DenyList() = default;  // epoch 0, empty
  static DenyList FromSnapshot(std::uint64_t epoch, std::vector<DeniedToken> tokens);
  std::uint64_t epoch() const override { return epoch_; }
  std::size_t size() const override { return tokens_.size(); }
  Result<bool> Contains(std::uint32_t token_epoch, const Token& token) const override;
  // BAD_DENY_LIST if it does not follow this one's epoch; the list is then unchanged. Additions win
  // over removals.
  Result<void> Apply(const DenyListDelta& delta);
  std::span<const DeniedToken> tokens() const { return tokens_; }  // sorted

 private:
  std::uint64_t epoch_ = 0;
  std::vector<DeniedToken> tokens_;
};

}  // namespace plaza::emv
