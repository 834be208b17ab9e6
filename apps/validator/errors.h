// The error catalogue of the gate program. A refused card is no error: see TapResult.
#pragma once
#include "libs/base/error.h"

namespace plaza::validator {

inline constexpr ErrorKind kNoDuty{StatusCode::kFailedPrecondition, "NO_DUTY",
                                   "Sign the vehicle's validator on to a route and a trip."};
inline constexpr ErrorKind kBadPlace{StatusCode::kInvalidArgument, "BAD_PLACE",
                                     "Give a validator either a stop or a vehicle."};
inline constexpr ErrorKind kUplinkAway{
    StatusCode::kUnavailable, "UPLINK_AWAY",
    "Nothing is lost: bring tap-ingest back, and send again from the journals."};
inline constexpr ErrorKind kUplinkRefused{
    StatusCode::kUnavailable, "UPLINK_REFUSED",
    "Nothing is lost: mend what tap-ingest names, and send again from the journals."};
inline constexpr ErrorKind kBadUplinkAnswer{
    StatusCode::kInternal, "BAD_UPLINK_ANSWER",
    "Check that gate and platform are of one version; the records are kept."};
inline constexpr ErrorKind kUplinkStopped{StatusCode::kCancelled, "UPLINK_STOPPED",
                                          "Start it again; the records are kept."};

inline constexpr ErrorKind kBadReader{
    StatusCode::kInvalidArgument, "BAD_READER",
    "Set reader.listen to 127.0.0.1:PORT or to the path of a socket that can be made."};
inline constexpr ErrorKind kBadSetting{StatusCode::kInvalidArgument, "BAD_SETTING",
                                       "Mend the named setting; --help lists them all."};
inline constexpr ErrorKind kBadCaKeys{
    StatusCode::kInvalidArgument, "BAD_CA_KEYS",
    "Give a file of CA public keys (apps/validator/README.md, \"CA public keys\")."};
inline constexpr ErrorKind kBadFolder{StatusCode::kUnavailable, "BAD_FOLDER",
                                      "Check the folder: path, permissions, space."};

}  // namespace plaza::validator
