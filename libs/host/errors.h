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

}  // namespace plaza::host
