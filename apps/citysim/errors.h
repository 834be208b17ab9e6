// The error catalogue of the simulated city.
#pragma once
#include "libs/base/error.h"

namespace plaza::citysim {

inline constexpr ErrorKind kBadOptions{StatusCode::kInvalidArgument, "BAD_OPTIONS",
                                       "Mend the named option; nothing was started."};
inline constexpr ErrorKind kBadFeed{StatusCode::kInvalidArgument, "BAD_FEED",
                                    "Mend the named file of the city's feed."};
inline constexpr ErrorKind kBadKeyFile{StatusCode::kFailedPrecondition, "BAD_KEY_FILE",
                                       "Remove the file, or choose another folder for this city."};
inline constexpr ErrorKind kBadReaderAddress{
    StatusCode::kUnavailable, "BAD_READER_ADDRESS",
    "Give the address that plaza-validator says when it takes cards."};
inline constexpr ErrorKind kServerAway{
    StatusCode::kUnavailable, "SERVER_AWAY",
    "Start the city's services again at the same address, or give more --patience."};
inline constexpr ErrorKind kServerStuck{
    StatusCode::kDeadlineExceeded, "SERVER_STUCK",
    "See the services' log for what a consumer stumbles over, or give more --patience."};
inline constexpr ErrorKind kTapsRefused{
    StatusCode::kFailedPrecondition, "TAPS_REFUSED",
    "Check that the services hold the keys of this seed (keys/ of the city's folder)."};
inline constexpr ErrorKind kRecordingIo{
    StatusCode::kUnavailable, "RECORDING_IO",
    "Check the file's path, its permissions and the disk's space."};
inline constexpr ErrorKind kNotARecording{StatusCode::kInvalidArgument, "NOT_A_RECORDING",
                                          "Give a file that `plaza demo --record` has written."};
inline constexpr ErrorKind kWrongRecordingVersion{
    StatusCode::kFailedPrecondition, "RECORDING_VERSION",
    "Replay it with the version of Plaza that wrote it."};
inline constexpr ErrorKind kRecordingUnfinished{
    StatusCode::kDataLoss, "RECORDING_UNFINISHED",
    "The run that wrote it did not end, or the file was cut: record the day again."};
inline constexpr ErrorKind kRecordingDamaged{
    StatusCode::kDataLoss, "RECORDING_DAMAGED",
    "The file was changed after it was written: record again."};

}  // namespace plaza::citysim
