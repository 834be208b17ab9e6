// The error catalogue of libs/store.
#pragma once
#include "libs/base/error.h"

namespace plaza::store {

inline constexpr ErrorKind kStoreUnavailable{
    StatusCode::kUnavailable, "STORE_UNAVAILABLE",
    "Check that the database can be reached, then try again."};
inline constexpr ErrorKind kStoreBusy{StatusCode::kUnavailable, "STORE_BUSY",
                                      "Another process holds the database; end it, or try again."};
inline constexpr ErrorKind kStoreFull{StatusCode::kResourceExhausted, "STORE_FULL",
                                      "Free space on the disk; nothing was half-done."};
inline constexpr ErrorKind kStoreDamaged{
    StatusCode::kDataLoss, "STORE_DAMAGED",
    "Restore the database from a backup, or rebuild it from the log."};
inline constexpr ErrorKind kStoreReadOnly{StatusCode::kFailedPrecondition, "STORE_READ_ONLY",
                                          "Make the database, or its file and folder, writable."};
inline constexpr ErrorKind kStoreSql{StatusCode::kInternal, "STORE_SQL",
                                     "This is a bug in Plaza: report the statement."};
inline constexpr ErrorKind kStoreConstraint{StatusCode::kInternal, "STORE_CONSTRAINT",
                                            "This is a bug in Plaza: a row broke a constraint."};
// The commit's fate is unknown: read the idempotency row before trying again.
inline constexpr ErrorKind kCommitAmbiguous{StatusCode::kUnknown, "COMMIT_AMBIGUOUS",
                                            "Send the same request again with the same id."};
inline constexpr ErrorKind kBadMigration{
    StatusCode::kFailedPrecondition, "BAD_MIGRATION",
    "Migrations are forward only: restore the file, add a new one."};
inline constexpr ErrorKind kRequestIdReused{StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
                                            "Use a new request id for another request."};
inline constexpr ErrorKind kBadRequestId{StatusCode::kInvalidArgument, "BAD_REQUEST_ID",
                                         "Give a request id of your own, such as a UUID."};

}  // namespace plaza::store
