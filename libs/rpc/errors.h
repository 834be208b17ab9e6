// The error catalogue of libs/rpc. PORT_TAKEN is libs/runtime's.
#pragma once
#include "libs/base/error.h"

namespace plaza::rpc {

// Of the server, to a caller.
inline constexpr ErrorKind kRoleNeeded{StatusCode::kPermissionDenied, "ROLE_NEEDED",
                                       "Call with a certificate that has the role."};
inline constexpr ErrorKind kNoIdentity{StatusCode::kUnauthenticated, "NO_IDENTITY",
                                       "Call with a client certificate that has a common name."};
inline constexpr ErrorKind kNoDeadline{StatusCode::kInvalidArgument, "NO_DEADLINE",
                                       "Set a deadline on the call (grpc-timeout)."};
inline constexpr ErrorKind kMalformedRequest{StatusCode::kInvalidArgument, "MALFORMED_REQUEST",
                                             "Send the protobuf message that the method takes."};
inline constexpr ErrorKind kOverloaded{StatusCode::kResourceExhausted, "OVERLOADED",
                                       "Wait a little longer each time, then call again."};
inline constexpr ErrorKind kRateLimited{StatusCode::kResourceExhausted, "RATE_LIMITED",
                                        "Call again after the time that RetryInfo tells."};
inline constexpr ErrorKind kExpiredInQueue{StatusCode::kDeadlineExceeded, "EXPIRED_IN_QUEUE",
                                           "Allow more time, or call when there is less load."};
inline constexpr ErrorKind kInternalFault{StatusCode::kInternal, "INTERNAL_FAULT",
                                          "Report the reference; the server's log has the cause."};
inline constexpr ErrorKind kCallCancelled{StatusCode::kCancelled, "CALL_CANCELLED",
                                          "Call again if the answer is still wanted."};
// Of starting and connecting.
inline constexpr ErrorKind kBadRateLimit{
    StatusCode::kInvalidArgument, "BAD_RATE_LIMIT",
    "Give ROLE=CALLS_A_SECOND/AT_ONCE or ROLE@SERVICE/METHOD=…, 1 to 1000000, with commas "
    "between."};
inline constexpr ErrorKind kBadTls{StatusCode::kFailedPrecondition, "BAD_TLS",
                                   "Check the paths of the CA, the certificate and its key."};
inline constexpr ErrorKind kBadDevCa{
    StatusCode::kFailedPrecondition, "BAD_DEV_CA",
    "Delete the folder's certificates so that they are made again."};
// Of the client.
inline constexpr ErrorKind kUnreachable{StatusCode::kUnavailable, "UNREACHABLE",
                                        "Check that the server runs at that address and trusts the "
                                        "same CA, then try again."};
inline constexpr ErrorKind kDeadlinePassed{StatusCode::kDeadlineExceeded, "DEADLINE_PASSED",
                                           "Allow more time; the call may have had its effect."};
inline constexpr ErrorKind kMalformedResponse{StatusCode::kDataLoss, "MALFORMED_RESPONSE",
                                              "Check that both sides use the same proto files."};
inline constexpr ErrorKind kNoRoute{StatusCode::kInvalidArgument, "NO_ROUTE",
                                    "Give the service's address where the client is made."};
inline constexpr ErrorKind kRemoteError{StatusCode::kUnknown, "REMOTE_ERROR",
                                        "See the message; the far side gave no reason of its own."};

}  // namespace plaza::rpc
