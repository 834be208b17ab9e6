// The error catalogue of libs/archive.
#pragma once
#include "libs/base/error.h"

namespace plaza::archive {

inline constexpr ErrorKind kDamaged{StatusCode::kDataLoss, "ARCHIVE_DAMAGED",
                                    "Restore this file from another copy of the archive."};
inline constexpr ErrorKind kFileMissing{StatusCode::kDataLoss, "ARCHIVE_FILE_MISSING",
                                        "Restore this file from another copy of the archive."};
inline constexpr ErrorKind kGap{
    StatusCode::kDataLoss, "ARCHIVE_GAP",
    "A manifest or part of the log is missing: restore it from another copy."};
inline constexpr ErrorKind kOtherLog{
    StatusCode::kFailedPrecondition, "ARCHIVE_OF_ANOTHER_LOG",
    "Give the archive of this log; after a restored log, restore the archive of that day too."};
inline constexpr ErrorKind kUnavailable{StatusCode::kUnavailable, "ARCHIVE_UNAVAILABLE",
                                        "Check that the archive's folder exists and has room."};
inline constexpr ErrorKind kReplayOnly{StatusCode::kFailedPrecondition, "REPLAY_ONLY",
                                       "This log is for replaying: it takes no new topic."};

}  // namespace plaza::archive
