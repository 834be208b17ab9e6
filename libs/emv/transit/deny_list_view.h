// What a tap is judged against: a deny list as it stood at one deny-list epoch. Immutable, so any
// thread may ask it.
#pragma once
#include <cstddef>
#include <cstdint>

#include "libs/base/result.h"
#include "libs/emv/crypto/keyed_digest.h"

namespace plaza::emv {

class DenyListView {
 public:
  virtual ~DenyListView() = default;
  virtual std::uint64_t epoch() const = 0;
  virtual std::size_t size() const = 0;  // tokens
  // Exact: neither a false refusal nor a missed one. JOURNAL_IO if the list is on a disk that fails
  // (StoredDenyList): then nothing is known of the card, and the gate stays shut.
  virtual Result<bool> Contains(std::uint32_t token_epoch, const Token& token) const = 0;
};

}  // namespace plaza::emv
