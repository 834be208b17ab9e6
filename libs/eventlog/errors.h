// The error catalogue of libs/eventlog.
#pragma once
#include "libs/base/error.h"

namespace plaza::eventlog {

inline constexpr ErrorKind kUnknownTopic{StatusCode::kNotFound, "UNKNOWN_TOPIC",
                                         "Create the topic first, or name one that exists."};
inline constexpr ErrorKind kUnknownPartition{StatusCode::kOutOfRange, "UNKNOWN_PARTITION",
                                             "Partitions count from 0 up to the topic's number."};
inline constexpr ErrorKind kTopicResized{
    StatusCode::kFailedPrecondition, "TOPIC_RESIZED",
    "A topic keeps its number of partitions, since keys would move: use the number it has."};
inline constexpr ErrorKind kBadTopic{StatusCode::kInvalidArgument, "BAD_TOPIC",
                                     "Give a name and a number of partitions within the limits."};
inline constexpr ErrorKind kRecordTooLarge{StatusCode::kInvalidArgument, "RECORD_TOO_LARGE",
                                           "Split the fact, or refer to what is large."};
inline constexpr ErrorKind kBatchTooLarge{StatusCode::kInvalidArgument, "BATCH_TOO_LARGE",
                                          "Append in several calls."};
inline constexpr ErrorKind kOffsetOutOfRange{
    StatusCode::kOutOfRange, "OFFSET_OUT_OF_RANGE",
    "Records that were purged are in the archive (plaza rebuild); else the log and the store that "
    "holds the offset do not belong together: restore both."};
inline constexpr ErrorKind kLogReadOnly{StatusCode::kFailedPrecondition, "LOG_READ_ONLY",
                                        "Only the log's owner writes to it."};
inline constexpr ErrorKind kLogDamaged{StatusCode::kDataLoss, "LOG_DAMAGED",
                                       "Restore the log from its archive."};
inline constexpr ErrorKind kLogInUse{StatusCode::kUnavailable, "LOG_IN_USE",
                                     "Another process owns this log: end it, or use another."};
inline constexpr ErrorKind kLogUnavailable{
    StatusCode::kUnavailable, "LOG_UNAVAILABLE",
    "Check that the log's folder exists and can be written."};
inline constexpr ErrorKind kStaleAssignment{
    StatusCode::kAborted, "STALE_ASSIGNMENT",
    "A newer member of the group has taken over; start this one again to take over from it."};
inline constexpr ErrorKind kRebalancing{StatusCode::kUnavailable, "REBALANCING",
                                        "The group is handing out its partitions: try again."};
inline constexpr ErrorKind kMemberReplaced{
    StatusCode::kAborted, "MEMBER_REPLACED",
    "Give each process of a group a member name of its own, or end one of the two."};
inline constexpr ErrorKind kHandlerFailed{StatusCode::kInternal, "HANDLER_FAILED",
                                          "This is a bug in a handler: report it."};
inline constexpr ErrorKind kNeverIdle{StatusCode::kInternal, "NEVER_IDLE",
                                      "A handler answers its own facts without end."};

}  // namespace plaza::eventlog
