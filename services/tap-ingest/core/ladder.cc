#include "services/tap-ingest/core/ladder.h"

#include <utility>

#include "libs/base/check.h"
#include "services/tap-ingest/errors.h"
#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {

const ErrorKind& KindOf(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
      break;
    case Refusal::kBadTapRecord:
      return kBadTapRecord;
    case Refusal::kUnknownValidator:
      return kUnknownValidator;
    case Refusal::kNotYourValidator:
      return kNotYourValidator;
    case Refusal::kBadMac:
      return kBadMac;
    case Refusal::kPlaceMismatch:
      return kPlaceMismatch;
    case Refusal::kBeforeEnrolment:
      return kBeforeEnrolment;
    case Refusal::kFromTheFuture:
      return kFromTheFuture;
    case Refusal::kTooManyGaps:
      return kTooManyGaps;
    case Refusal::kConflict:
      return kConflict;
  }
  PLAZA_CHECK(refusal != Refusal::kNone);
  return kBadStoredState;  // a number that this program does not know
}

bool IsForNow(Refusal refusal) {
  return refusal == Refusal::kUnknownValidator || refusal == Refusal::kNotYourValidator ||
         refusal == Refusal::kFromTheFuture || refusal == Refusal::kTooManyGaps;
}

bool IsOnesOwn(Refusal refusal) {
  return refusal != Refusal::kBadTapRecord && refusal != Refusal::kUnknownValidator &&
         refusal != Refusal::kNotYourValidator && refusal != Refusal::kBadMac;
}

namespace {

Judged Refused(Refusal refusal, std::string what) { return {refusal, std::move(what), {}, {}, {}}; }

// A foreign moment may be any 64 bits; a calendar has years up to 9999.
std::string Show(Instant moment) {
  constexpr std::int64_t kYear10000 = 253402300800000;
  const bool in_calendar = moment.unix_ms >= 0 && moment.unix_ms < kYear10000;
  return in_calendar ? FormatUtc(moment) : std::to_string(moment.unix_ms) + " ms";
}

// Rungs 6 to 8.
Refusal JudgeContent(const emv::TapRecord& record, const Validator& validator,
                     const Circumstances& circumstances, std::string& what) {
  const bool at_its_place =
      record.stop_id == validator.stop_id.value() && record.vehicle_id == validator.vehicle_id;
  if (!at_its_place) {
    what = "stop '" + record.stop_id + "', vehicle '" + record.vehicle_id +
           "' is not where validator " + record.validator_id + " is enrolled: stop '" +
           validator.stop_id.value() + "', vehicle '" + validator.vehicle_id + "'";
    return Refusal::kPlaceMismatch;
  }
  if (record.event_time < validator.enrolled_from) {
    what = Show(record.event_time) + " is before the enrolment of validator " +
           record.validator_id + ", " + Show(validator.enrolled_from);
    return Refusal::kBeforeEnrolment;
  }
  if (circumstances.now.has_value() &&
      record.event_time > *circumstances.now + circumstances.tolerance) {
    what = Show(record.event_time) + " is after the city's clock, " + Show(*circumstances.now);
    return Refusal::kFromTheFuture;
  }
  return Refusal::kNone;
}

}  // namespace

Judged JudgeRecord(ByteView octets, const FindValidator& find, const MaySpeakFor& may_speak_for,
                   const Circumstances& circumstances) {
  auto decoded = emv::DecodeTapRecord(octets);
  if (!decoded.ok()) {
    const Error& error = decoded.error();
    return Refused(Refusal::kBadTapRecord,
                   error.where().empty() ? error.what() : error.what() + ", at " + error.where());
  }
  emv::TapRecord& record = decoded->record;
  if (record.sequence == 0 || record.sequence > kSequenceMax) {
    return Refused(Refusal::kBadTapRecord, "sequences count from 1 to 2^63 - 1");
  }
  const EnrolledValidator* enrolled = find(record.validator_id);
  if (enrolled == nullptr) {
    return Refused(Refusal::kUnknownValidator, "validator " + record.validator_id);
  }
  if (!may_speak_for(record.validator_id)) {
    return Refused(Refusal::kNotYourValidator,
                   "the caller's certificate does not speak for " + record.validator_id);
  }
  if (!enrolled->mac_key.Verify(decoded->covered, decoded->mac)) {
    return Refused(Refusal::kBadMac, "sequence " + std::to_string(record.sequence) +
                                         " of validator " + record.validator_id);
  }
  Judged judged;
  judged.refusal = JudgeContent(record, enrolled->validator, circumstances, judged.what);
  judged.hash = HashBody(octets);
  judged.operator_id = enrolled->validator.operator_id;
  judged.record = std::move(record);
  return judged;
}

}  // namespace plaza::tap_ingest
