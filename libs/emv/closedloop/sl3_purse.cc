#include "libs/emv/closedloop/sl3_purse.h"

#include <optional>

#include "libs/emv/closedloop/value_block.h"
#include "libs/emv/errors.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kRecordOffset = 5;  // the next access group of a large sector
constexpr std::size_t kBlocksUsed = kRecordOffset + 2;

std::uint32_t Parity(std::uint32_t sequence) { return sequence % 2; }

Sl3Block ValueBlock(const Sl3PurseLayout& layout, std::uint32_t sequence) {
  return {static_cast<std::uint16_t>(layout.first.number + Parity(sequence))};
}

Sl3Block RecordBlock(const Sl3PurseLayout& layout, std::uint32_t sequence) {
  return {static_cast<std::uint16_t>(layout.first.number + kRecordOffset + Parity(sequence))};
}

std::optional<PurseRecord> NewestRecord(ByteView blocks) {
  std::optional<PurseRecord> newest;
  for (const std::size_t parity : {0U, 1U}) {
    const auto record = DecodePurseRecord(BlockAt(blocks, (kRecordOffset + parity) * 16));
    if (!record.ok() || Parity(record->sequence) != parity) continue;
    if (!newest || record->sequence > newest->sequence) newest = *record;
  }
  return newest;
}

}  // namespace

Result<void> Sl3Purse::Issue() {
  PLAZA_RETURN_IF_ERROR(terminal_.AuthenticateFirst(layout_.key_block, key_));
  PLAZA_ASSIGN_OR_RETURN(const Bytes blocks,
                         terminal_.Read(layout_.first, kBlocksUsed, Sl3Mode::kEncrypted));
  // The record in force goes last: without it the one before would count again.
  const auto old = NewestRecord(blocks);
  const std::uint32_t in_force = old ? old->sequence : 0;
  for (const std::uint32_t sequence : {in_force + 1, in_force}) {
    PLAZA_RETURN_IF_ERROR(
        terminal_.Write(RecordBlock(layout_, sequence), AesBlock{}, Sl3Mode::kEncrypted));
  }
  for (const std::uint32_t sequence : {0U, 1U}) {
    PLAZA_RETURN_IF_ERROR(
        terminal_.Write(ValueBlock(layout_, sequence), MakeValueBlock(0), Sl3Mode::kEncrypted));
  }
  return terminal_.Write(RecordBlock(layout_, 0), EncodePurseRecord(PurseRecord{}),
                         Sl3Mode::kEncrypted);
}

Result<PurseState> Sl3Purse::ReadState() {
  PLAZA_RETURN_IF_ERROR(terminal_.AuthenticateFirst(layout_.key_block, key_));
  PLAZA_ASSIGN_OR_RETURN(const Bytes blocks,
                         terminal_.Read(layout_.first, kBlocksUsed, Sl3Mode::kEncrypted));
  const auto record = NewestRecord(blocks);
  if (!record) return Error(errors::kPurseDamaged, "no transaction record is whole");
  const auto value = ReadValueBlock(BlockAt(blocks, Parity(record->sequence) * 16));
  if (!value) return Error(errors::kPurseDamaged, "the value block in force is not whole");
  return PurseState{*value, *record};
}

Result<void> Sl3Purse::Apply(const PurseRecord& next) {
  const Sl3Move move{ValueBlock(layout_, next.sequence - 1), ValueBlock(layout_, next.sequence)};
  PLAZA_RETURN_IF_ERROR(next.operation == PurseOperation::kDebit
                            ? terminal_.DecrementTransfer(move, next.amount)
                            : terminal_.IncrementTransfer(move, next.amount));
  return terminal_.Write(RecordBlock(layout_, next.sequence), EncodePurseRecord(next),
                         Sl3Mode::kEncrypted);
}

}  // namespace plaza::emv
