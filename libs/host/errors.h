// The error catalogue of libs/host.
#pragma once
#include "libs/base/error.h"

namespace plaza::host {

inline constexpr ErrorKind kBadLogLevel{StatusCode::kInvalidArgument, "BAD_VALUE",
                                        "Give debug, info, warning or error."};
inline constexpr ErrorKind kNotRunning{StatusCode::kFailedPrecondition, "NOT_RUNNING",
                                       "Start it first: plaza serve, or plaza up."};
inline constexpr ErrorKind kBadRunningFile{StatusCode::kFailedPrecondition, "BAD_RUNNING_FILE",
                                           "Make its folder writable, or give another in "
                                           "host.running_file."};
inline constexpr ErrorKind kNoLog{StatusCode::kInvalidArgument, "NO_EVENT_LOG",
                                  "Set eventlog.brokers (Kafka) or eventlog.path (embedded)."};

// Of dead letters.
inline constexpr ErrorKind kBadLetterPlace{
    StatusCode::kInvalidArgument, "BAD_LETTER_PLACE",
    "Give TOPIC/PARTITION/OFFSET as plaza dlq list shows it."};
inline constexpr ErrorKind kUnknownLetterTopic{
    StatusCode::kNotFound, "UNKNOWN_LETTER_TOPIC",
    "Give a topic of docs/formats/events.md, with or without .dlq."};
inline constexpr ErrorKind kNoSuchLetter{StatusCode::kNotFound, "NO_SUCH_LETTER",
                                         "Look at plaza dlq list: no dead letter lies there."};
inline constexpr ErrorKind kBadResolution{StatusCode::kInvalidArgument, "BAD_RESOLUTION",
                                          "Mend the field that is named."};
inline constexpr ErrorKind kAlreadyResolved{
    StatusCode::kFailedPrecondition, "ALREADY_RESOLVED",
    "Nothing is to be done; to do it all the same, say --again."};
inline constexpr ErrorKind kNotFromTheLog{
    StatusCode::kFailedPrecondition, "NOT_FROM_THE_LOG",
    "It was refused at the door and was never in the log: let its sender send it again."};
inline constexpr ErrorKind kRecordCut{
    StatusCode::kFailedPrecondition, "RECORD_CUT",
    "Append the record again from its topic, where it still is, or let its writer write it anew."};
inline constexpr ErrorKind kOutOfTime{StatusCode::kDeadlineExceeded, "OUT_OF_TIME",
                                      "Name a topic, or allow more time."};

}  // namespace plaza::host
