// The error catalogue of libs/runtime.
#pragma once
#include "libs/base/error.h"

namespace plaza::runtime {

inline constexpr ErrorKind kUnknownKey{
    StatusCode::kInvalidArgument, "UNKNOWN_KEY",
    "Correct the key, or list the known ones with --print-config."};
inline constexpr ErrorKind kBadValue{StatusCode::kInvalidArgument, "BAD_VALUE",
                                     "Give a value of the kind that the key takes."};
inline constexpr ErrorKind kBadConfigFile{
    StatusCode::kInvalidArgument, "BAD_CONFIG_FILE",
    "Write sections as [name] and values as key = \"value\"."};
inline constexpr ErrorKind kNoSuchFile{StatusCode::kNotFound, "NO_SUCH_FILE",
                                       "Check the path, and that the file may be read."};
inline constexpr ErrorKind kPortTaken{
    StatusCode::kUnavailable, "PORT_TAKEN",
    "End the program that listens there, or choose another port."};
inline constexpr ErrorKind kBadAddress{StatusCode::kInvalidArgument, "BAD_ADDRESS",
                                       "Give an address of this machine, such as 127.0.0.1."};
inline constexpr ErrorKind kNotProtected{
    StatusCode::kFailedPrecondition, "NOT_PROTECTED",
    "Allow the process to set RLIMIT_CORE and PR_SET_DUMPABLE."};
inline constexpr ErrorKind kBadKeyFile{
    StatusCode::kFailedPrecondition, "BAD_KEY_FILE",
    "Give a file that holds 64 hexadecimal digits and nothing else."};
inline constexpr ErrorKind kUnknownZone{StatusCode::kNotFound, "UNKNOWN_ZONE",
                                        "Give a name of the IANA time-zone database, such as "
                                        "America/Mexico_City, and install the package tzdata."};

}  // namespace plaza::runtime
