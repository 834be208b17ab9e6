// The terminal's side of DUKPT: it holds neither BDK nor initial key, only the keys that it will
// still need, so that who opens it learns no key of a past transaction (ANSI X9.24-3:2017, 6.6;
// X9.24-1:2009, A.2).
#pragma once
#include <array>
#include <optional>

#include "libs/emv/vsam/dukpt.h"

namespace plaza::emv {

// Moves, never copies (a copied terminal would use a key twice). Not to be shared by threads. It
// keeps nothing on disk.
class DukptTerminal {
 public:
  // `ksn_id` as in DukptKsn. It stands at counter `first`; a simulated terminal may have used those
  // before it. KEY_LENGTH, KSN_LENGTH, KSN_COUNTER.
  static Result<DukptTerminal> Load(DukptAlgorithm algorithm, ByteView initial_key, ByteView ksn_id,
                                    std::uint32_t first = 1);

  // Of the current transaction; none when the initial key is used up.
  std::optional<DukptKsn> ksn() const;
  // A key of the current transaction; as many as wanted. DUKPT_EXHAUSTED, DUKPT_USAGE.
  Result<SecretBytes> WorkingKey(DukptWorkingKey wanted) const;
  // Ends the transaction: its key is erased, after the keys below it were derived.
  // DUKPT_EXHAUSTED.
  Result<void> Advance();

 private:
  DukptTerminal(DukptAlgorithm algorithm, Bytes ksn_id, std::uint32_t first)
      : algorithm_(algorithm), ksn_id_(std::move(ksn_id)), counter_(first) {}
  SecretBytes& RegisterOf(std::uint32_t counter);

  DukptAlgorithm algorithm_;
  Bytes ksn_id_;
  std::optional<std::uint32_t> counter_;
  // [b]: the key of the next counter whose lowest set bit is b; empty once used.
  std::array<SecretBytes, 32> registers_;
};

}  // namespace plaza::emv
