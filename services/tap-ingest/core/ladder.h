// What is wrong with one tap record, judged top-down; each rung is a named refusal. Pure.
//
//   1 BAD_TAP_RECORD          for good, dead-lettered
//   2 UNKNOWN_VALIDATOR       for now: it may be enrolled later
//   3 NOT_YOUR_VALIDATOR      for now: another certificate may bring it
//   4 BAD_MAC                 for good, dead-lettered
//   -- from here on the record is the validator's own, so its sequence counts --
//   5 duplicate or SEQUENCE_CONFLICT (app/submit_taps.h, from core/sequences.h and the stored hash)
//   6 PLACE_MISMATCH          for good, dead-lettered, counts as received
//   7 BEFORE_ENROLMENT        for good, dead-lettered, counts as received
//   8 FROM_THE_FUTURE         for now
//
// A record without a good MAC never counts as received, even if a validator and a sequence can be
// read from it: else whoever can reach the door could use up the sequences of an honest gate. The
// duplicate is judged before the place and the time: a record that was taken stays taken when its
// validator is moved afterwards and its gate, which lost the answer, sends it again.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "libs/base/bytes.h"
#include "libs/base/civil.h"
#include "libs/emv/journal/tap_record.h"
#include "libs/emv/vsam/vsam.h"
#include "services/tap-ingest/core/batch_row.h"
#include "services/tap-ingest/core/validator.h"

namespace plaza::tap_ingest {

// Kept in rows as a number: never renumber.
enum class Refusal : std::uint8_t {
  kNone = 0,
  kBadTapRecord = 1,
  kUnknownValidator = 2,
  kNotYourValidator = 3,
  kBadMac = 4,
  kPlaceMismatch = 5,
  kBeforeEnrolment = 6,
  kFromTheFuture = 7,
  kTooManyGaps = 8,
  kConflict = 9,
};
const ErrorKind& KindOf(Refusal refusal);  // not of kNone
bool IsForNow(Refusal refusal);            // send it again later
bool IsOnesOwn(Refusal refusal);  // the MAC was right, or nothing is wrong: the sequence may count

struct EnrolledValidator {
  Validator validator;
  emv::MacKey mac_key;
};

// What a record is judged by, besides itself.
struct Circumstances {
  std::optional<Instant>
      now;  // by the city's clock; none: it has not spoken yet, and no time is judged
  Duration tolerance;
};

struct Judged {
  Refusal refusal = Refusal::kNone;
  std::string what;  // of a refusal
  // Only of a validator's own records (IsOnesOwn):
  emv::TapRecord record;
  OperatorId operator_id;
  BodyHash hash{};
};

using FindValidator = std::function<const EnrolledValidator*(const std::string& id)>;
using MaySpeakFor = std::function<bool(std::string_view id)>;

// Rungs 1 to 4 and 6 to 8. Never throws, whatever the octets are.
Judged JudgeRecord(ByteView octets, const FindValidator& find, const MaySpeakFor& may_speak_for,
                   const Circumstances& circumstances);

}  // namespace plaza::tap_ingest
