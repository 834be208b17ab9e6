#include "libs/emv/closedloop/purse.h"

#include <algorithm>
#include <limits>

#include "libs/base/digest.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kCheckedBytes = 12;

void Put(std::span<std::uint8_t> out, std::uint32_t value) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

std::uint32_t Get(ByteView in) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < in.size(); ++i) value |= static_cast<std::uint32_t>(in[i]) << (8 * i);
  return value;
}

}  // namespace

AesBlock EncodePurseRecord(const PurseRecord& record) {
  AesBlock out{};
  const std::span<std::uint8_t> octets(out);
  out[0] = static_cast<std::uint8_t>(record.operation);
  Put(octets.subspan(1, 4), record.sequence);
  Put(octets.subspan(5, 4), record.debits);
  Put(octets.subspan(9, 3), static_cast<std::uint32_t>(record.amount));
  const Sha256Digest digest = Sha256(octets.first(kCheckedBytes));
  std::copy_n(digest.begin(), out.size() - kCheckedBytes, out.begin() + kCheckedBytes);
  return out;
}

Result<PurseRecord> DecodePurseRecord(ByteView octets) {
  const Error damaged(errors::kPurseDamaged, "not a transaction record");
  if (octets.size() != kAesBlockBytes || octets[0] < 1 || octets[0] > 3) return damaged;
  const PurseRecord record{.operation = static_cast<PurseOperation>(octets[0]),
                           .sequence = Get(octets.subspan(1, 4)),
                           .debits = Get(octets.subspan(5, 4)),
                           .amount = static_cast<std::int32_t>(Get(octets.subspan(9, 3)))};
  if (!std::ranges::equal(EncodePurseRecord(record), octets)) return damaged;
  return record;
}

Result<PurseState> Purse::Open() {
  open_ = false;
  PLAZA_ASSIGN_OR_RETURN(state_, ReadState());
  if (state_.balance < 0 || state_.balance > kPurseBalanceMax) {
    return Error(errors::kPurseDamaged, "a balance that no purse holds");
  }
  open_ = true;
  return state_;
}

Result<PurseState> Purse::Debit(std::int32_t amount) { return Run(PurseOperation::kDebit, amount); }

Result<PurseState> Purse::Load(std::int32_t amount) { return Run(PurseOperation::kLoad, amount); }

Result<PurseState> Purse::Run(PurseOperation operation, std::int32_t amount) {
  if (!open_) return Error(errors::kNoSession, "the purse is not open");
  const bool debit = operation == PurseOperation::kDebit;
  const std::int32_t most = debit ? state_.balance : kPurseBalanceMax - state_.balance;
  if (amount < 1 || amount > most) {
    return Error(errors::kPurseAmount,
                 std::to_string(amount) + " of at most " + std::to_string(most));
  }
  if (state_.last.sequence == std::numeric_limits<std::uint32_t>::max()) {
    return Error(errors::kPurseDamaged, "the card's counter is at its end");
  }
  PurseState next = state_;
  next.balance += debit ? -amount : amount;
  next.last = {.operation = operation,
               .sequence = state_.last.sequence + 1,
               .debits = state_.last.debits + (debit ? 1 : 0),
               .amount = amount};
  open_ = false;
  PLAZA_RETURN_IF_ERROR(Apply(next.last));
  open_ = true;
  state_ = next;
  return state_;
}

Settled Settle(const PurseState& before, PurseOperation operation, std::int32_t amount,
               const PurseState& now) {
  if (now == before) return Settled::kRolledBack;
  const bool next = now.last.sequence == before.last.sequence + 1;
  const bool same = now.last.operation == operation && now.last.amount == amount;
  return next && same ? Settled::kCompleted : Settled::kSuperseded;
}

}  // namespace plaza::emv
