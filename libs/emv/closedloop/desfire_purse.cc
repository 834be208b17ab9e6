#include "libs/emv/closedloop/desfire_purse.h"

#include "libs/emv/errors.h"

namespace plaza::emv {

Result<void> DesfirePurse::Enter() {
  PLAZA_RETURN_IF_ERROR(terminal_.SelectApplication(layout_.aid));
  return terminal_.AuthenticateEv2First(layout_.key_number, key_);
}

Result<void> DesfirePurse::WriteRecord(const PurseRecord& record) {
  return terminal_.WriteData(layout_.record, 0, EncodePurseRecord(record), CommMode::kFull);
}

Result<void> DesfirePurse::Issue() {
  PLAZA_RETURN_IF_ERROR(Enter());
  PLAZA_ASSIGN_OR_RETURN(const std::int32_t value,
                         terminal_.GetValue(layout_.value, CommMode::kFull));
  if (value != 0) return Error(errors::kPurseDamaged, "the value file is not new");
  PLAZA_RETURN_IF_ERROR(WriteRecord(PurseRecord{}));
  return terminal_.Commit();
}

Result<PurseState> DesfirePurse::ReadState() {
  PLAZA_RETURN_IF_ERROR(Enter());
  PLAZA_ASSIGN_OR_RETURN(const Bytes octets,
                         terminal_.ReadData({layout_.record, 0, kAesBlockBytes}, CommMode::kFull));
  PLAZA_ASSIGN_OR_RETURN(const PurseRecord record, DecodePurseRecord(octets));
  PLAZA_ASSIGN_OR_RETURN(const std::int32_t value,
                         terminal_.GetValue(layout_.value, CommMode::kFull));
  return PurseState{value, record};
}

Result<void> DesfirePurse::Apply(const PurseRecord& next) {
  PLAZA_RETURN_IF_ERROR(next.operation == PurseOperation::kDebit
                            ? terminal_.Debit(layout_.value, next.amount, CommMode::kFull)
                            : terminal_.Credit(layout_.value, next.amount, CommMode::kFull));
  PLAZA_RETURN_IF_ERROR(WriteRecord(next));
  return terminal_.Commit();
}

}  // namespace plaza::emv
