// The error catalogue of tap-ingest. Refusals of single records carry the same reasons in
// TapAnswer.code.
#pragma once
#include "libs/base/error.h"

namespace plaza::tap_ingest {

// Of a whole call.
inline constexpr ErrorKind kNoRecords{StatusCode::kInvalidArgument, "NO_RECORDS",
                                      "Send at least one journal record."};
inline constexpr ErrorKind kTooManyRecords{StatusCode::kInvalidArgument, "TOO_MANY_RECORDS",
                                           "Send at most 1000 records in one call."};
inline constexpr ErrorKind kBacklogFull{
    StatusCode::kResourceExhausted, "BACKLOG_FULL",
    "Keep the records and send them again after a second, doubling the pause each time."};
inline constexpr ErrorKind kBadValidator{StatusCode::kInvalidArgument, "BAD_VALIDATOR",
                                         "Mend the named field; nothing was registered."};
inline constexpr ErrorKind kBadRequestId{StatusCode::kInvalidArgument, "BAD_REQUEST_ID",
                                         "Give a request id of 1 to 128 characters."};
inline constexpr ErrorKind kBadToken{StatusCode::kInvalidArgument, "BAD_TOKEN",
                                     "Give the 32 octets of a token and its token epoch."};
inline constexpr ErrorKind kBadStoredState{StatusCode::kDataLoss, "BAD_STORED_STATE",
                                           "Restore tap-ingest's database from a backup."};

// Of one record.
inline constexpr ErrorKind kBadTapRecord{StatusCode::kInvalidArgument, "BAD_TAP_RECORD",
                                         "Mend the validator's program; the record is not taken."};
inline constexpr ErrorKind kUnknownValidator{StatusCode::kFailedPrecondition, "UNKNOWN_VALIDATOR",
                                             "Enrol the validator, then send the record again."};
inline constexpr ErrorKind kNotYourValidator{
    StatusCode::kPermissionDenied, "NOT_YOUR_VALIDATOR",
    "Send it with a certificate that names this validator."};
inline constexpr ErrorKind kBadMac{StatusCode::kPermissionDenied, "BAD_MAC",
                                   "Check that validator and platform hold the same MAC key."};
inline constexpr ErrorKind kPlaceMismatch{
    StatusCode::kInvalidArgument, "PLACE_MISMATCH",
    "Correct the validator's place, there or in the registry; people decide on this record."};
inline constexpr ErrorKind kBeforeEnrolment{StatusCode::kInvalidArgument, "BEFORE_ENROLMENT",
                                            "Check the validator's clock and its enrolment."};
inline constexpr ErrorKind kFromTheFuture{StatusCode::kFailedPrecondition, "FROM_THE_FUTURE",
                                          "Set the validator's clock, and send the record later."};
inline constexpr ErrorKind kTooManyGaps{StatusCode::kResourceExhausted, "TOO_MANY_GAPS",
                                        "Send this validator's oldest missing records first."};
inline constexpr ErrorKind kConflict{
    StatusCode::kAlreadyExists, "SEQUENCE_CONFLICT",
    "A validator must never use a sequence twice: replace its journal and enrol it anew."};

// Of a fact.
inline constexpr ErrorKind kBadFact{StatusCode::kInvalidArgument, "BAD_FACT",
                                    "Mend the service that wrote the fact."};

}  // namespace plaza::tap_ingest
