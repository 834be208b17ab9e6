// The error catalogue of the CLI and the embedded city.
#pragma once
#include "libs/base/error.h"

namespace plaza {

inline constexpr ErrorKind kAlreadyRunning{
    StatusCode::kFailedPrecondition, "ALREADY_RUNNING",
    "End the other process first, or give another --data FOLDER."};
inline constexpr ErrorKind kBadFolder{StatusCode::kFailedPrecondition, "BAD_FOLDER",
                                      "Give a folder that can be written."};
inline constexpr ErrorKind kBadClusterFile{StatusCode::kFailedPrecondition, "BAD_CLUSTER_FILE",
                                           "Remove the folder and start the cluster again."};
inline constexpr ErrorKind kNotADemoFolder{
    StatusCode::kFailedPrecondition, "NOT_A_DEMO_FOLDER",
    "Give --out an empty folder, or one that an earlier demo made."};
inline constexpr ErrorKind kServerDied{StatusCode::kUnavailable, "SERVER_DIED",
                                       "Read its log; the path is in the message."};
inline constexpr ErrorKind kBadKeyFile{StatusCode::kFailedPrecondition, "BAD_KEY_FILE",
                                       "A key file holds 64 hex digits."};
inline constexpr ErrorKind kBadTestScheme{
    StatusCode::kDataLoss, "BAD_TEST_SCHEME",
    "Remove the folder cards/ of the city: other test cards are made, and gates start again."};
inline constexpr ErrorKind kNotRebuilt{
    StatusCode::kInvalidArgument, "NOT_REBUILT",
    "fare and clearing are rebuilt; restore the others from their backup (docs/operating)."};
inline constexpr ErrorKind kNotFresh{StatusCode::kFailedPrecondition, "NOT_FRESH",
                                     "Give a folder that holds no store of this service yet."};
inline constexpr ErrorKind kNotConsumed{
    StatusCode::kFailedPrecondition, "NOT_CONSUMED",
    "Let the service catch up first, or purge fewer days; nothing was purged."};
inline constexpr ErrorKind kBadRetention{StatusCode::kInvalidArgument, "BAD_RETENTION",
                                         "See docs/formats/policy.md, retention.json."};
inline constexpr ErrorKind kBadFile{StatusCode::kNotFound, "BAD_FILE",
                                    "Check the path, and that it may be read or written."};
inline constexpr ErrorKind kFileExists{StatusCode::kFailedPrecondition, "FILE_EXISTS",
                                       "Give another name, or remove it if nobody needs it."};
inline constexpr ErrorKind kBadListKey{
    StatusCode::kInvalidArgument, "BAD_LIST_KEY",
    "Give an Ed25519 public key as `plaza lists key` prints it, 64 hexadecimal digits."};
inline constexpr ErrorKind kBadListKind{StatusCode::kInvalidArgument, "BAD_LIST_KIND",
                                        "Give 1 to 32 small letters, digits and hyphens."};
inline constexpr ErrorKind kBadTapId{StatusCode::kInvalidArgument, "BAD_TAP_ID",
                                     "Give VALIDATOR:SEQUENCE, such as GDL-S0119:41."};
inline constexpr ErrorKind kNoLog{
    StatusCode::kNotFound, "NO_LOG",
    "Let the services log into the city's folder (log.file): docs/operating/tracing.md."};
inline constexpr ErrorKind kBadFact{StatusCode::kDataLoss, "BAD_FACT",
                                    "The log was written by something else, or is damaged."};
inline constexpr ErrorKind kAudit{StatusCode::kDataLoss, "AUDIT",
                                  "The stores do not agree; see the finding."};

}  // namespace plaza
