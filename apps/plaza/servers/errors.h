// The error catalogue of the servers that Plaza brings up on this machine.
#pragma once
#include "libs/base/error.h"

namespace plaza::servers {

inline constexpr ErrorKind kChildFailed{StatusCode::kUnavailable, "CHILD_FAILED",
                                        "Read its log; the path is in the message."};
inline constexpr ErrorKind kServerMissing{
    StatusCode::kFailedPrecondition, "SERVER_MISSING",
    "Install what is missing: ./plaza doctor lists it, ./plaza build installs it."};
inline constexpr ErrorKind kServerNotReady{StatusCode::kUnavailable, "SERVER_NOT_READY",
                                           "Read its log; the path is in the message."};
inline constexpr ErrorKind kServerFolder{StatusCode::kFailedPrecondition, "SERVER_FOLDER",
                                         "Make the folder writable, or give another."};
inline constexpr ErrorKind kToxiproxy{StatusCode::kUnavailable, "TOXIPROXY",
                                      "Read its log in the folder toxiproxy of the city."};

}  // namespace plaza::servers
