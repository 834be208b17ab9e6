// A stored-value purse on a closed-loop card. One tap: Open, then at most one Debit or Load.
//
// On the card are a value and a transaction record; a card torn from the field at any moment holds
// the state before an operation or the state after it, never another, so no money is lost or made.
// What was torn before the card kept it is thereby rolled back; Open shows which it is.
//
// A gate that got no answer does not know. It keeps the state of before, and asks Settle at the
// next tap. The account kept elsewhere goes by the counters: `debits` rises by exactly one with
// each completed debit, `sequence` with each completed operation.
#pragma once
#include <cstdint>

#include "libs/base/result.h"
#include "libs/emv/crypto/aes.h"

namespace plaza::emv {

enum class PurseOperation : std::uint8_t { kIssue = 1, kDebit = 2, kLoad = 3 };

// 16 octets on the card: operation (1) ‖ sequence (4) ‖ debits (4) ‖ amount (3), least significant
// octet first, ‖ the first 4 octets of the SHA-256 of those.
struct PurseRecord {
  PurseOperation operation = PurseOperation::kIssue;
  std::uint32_t sequence = 0;
  std::uint32_t debits = 0;
  std::int32_t amount = 0;
  bool operator==(const PurseRecord&) const = default;
};
AesBlock EncodePurseRecord(const PurseRecord& record);
Result<PurseRecord> DecodePurseRecord(ByteView octets);  // PURSE_DAMAGED

struct PurseState {
  std::int32_t balance = 0;  // minor units
  PurseRecord last;          // the last completed operation, with the counters after it
  bool operator==(const PurseState&) const = default;
};

class Purse {
 public:
  virtual ~Purse() = default;

  // Authenticates and reads. PURSE_DAMAGED, and what the card's terminal gives.
  Result<PurseState> Open();
  // The state after it. PURSE_AMOUNT, before anything is sent, unless 1 ≤ amount ≤ balance (debit)
  // or the sum fits (load). NO_SESSION without an open purse; after any error it must be opened
  // again.
  Result<PurseState> Debit(std::int32_t amount);
  Result<PurseState> Load(std::int32_t amount);

 protected:
  virtual Result<PurseState> ReadState() = 0;
  // Puts `next` into effect: the record and the value that it changes, as one.
  virtual Result<void> Apply(const PurseRecord& next) = 0;

 private:
  Result<PurseState> Run(PurseOperation operation, std::int32_t amount);

  bool open_ = false;
  PurseState state_;
};

enum class Settled {
  kRolledBack,  // the card is as it was
  kCompleted,   // the operation took place, and none since
  kSuperseded,  // others came since: settle by the counters
};
// What became of `operation` over `amount`, begun at `before` and not answered.
Settled Settle(const PurseState& before, PurseOperation operation, std::int32_t amount,
               const PurseState& now);

}  // namespace plaza::emv
