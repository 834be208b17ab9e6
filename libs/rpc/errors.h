// The error catalogue of libs/rpc. PORT_TAKEN is libs/runtime's.
#pragma once
#include "libs/base/error.h"

namespace plaza::rpc {

// Of the server, to a caller.
inline constexpr ErrorKind kRoleNeeded{StatusCode::kPermissionDenied, "ROLE_NEEDED",
                                       "Call with a certificate or a token that has the role."};
inline constexpr ErrorKind kNoIdentity{
    StatusCode::kUnauthenticated, "NO_IDENTITY",
    "Call with a client certificate that has a common name, or a token."};
// Of a bearer token.
inline constexpr ErrorKind kTokensNotTaken{StatusCode::kUnauthenticated, "TOKENS_NOT_TAKEN",
                                           "Call with a client certificate."};
inline constexpr ErrorKind kTokenTooLong{StatusCode::kUnauthenticated, "TOKEN_TOO_LONG",
                                         "Ask the issuer for a token with fewer claims."};
inline constexpr ErrorKind kTokenMalformed{
    StatusCode::kUnauthenticated, "TOKEN_MALFORMED",
    "Send one 'authorization: Bearer TOKEN' with a signed JWT in the compact form."};
inline constexpr ErrorKind kTokenAlgorithm{StatusCode::kUnauthenticated, "TOKEN_ALGORITHM",
                                           "Ask the issuer to sign with ES256."};
inline constexpr ErrorKind kTokenKeyUnknown{
    StatusCode::kUnauthenticated, "TOKEN_KEY_UNKNOWN",
    "Ask for a new token; the server's file of keys may lack the issuer's newest."};
inline constexpr ErrorKind kTokenSignature{StatusCode::kUnauthenticated, "TOKEN_SIGNATURE",
                                           "Send the token as the issuer made it."};
inline constexpr ErrorKind kTokenClaims{StatusCode::kUnauthenticated, "TOKEN_CLAIMS",
                                        "Ask for a token with iss, aud, sub, exp and roles."};
inline constexpr ErrorKind kTokenIssuer{StatusCode::kUnauthenticated, "TOKEN_ISSUER",
                                        "Ask the issuer that this server trusts."};
inline constexpr ErrorKind kTokenAudience{StatusCode::kUnauthenticated, "TOKEN_AUDIENCE",
                                          "Ask for a token whose aud is this server's."};
inline constexpr ErrorKind kTokenExpired{StatusCode::kUnauthenticated, "TOKEN_EXPIRED",
                                         "Ask for a new token."};
inline constexpr ErrorKind kTokenNotYetValid{StatusCode::kUnauthenticated, "TOKEN_NOT_YET_VALID",
                                             "Compare the clocks of the issuer and the server."};
inline constexpr ErrorKind kNoDeadline{StatusCode::kInvalidArgument, "NO_DEADLINE",
                                       "Set a deadline on the call (grpc-timeout)."};
inline constexpr ErrorKind kMessageTooLarge{StatusCode::kInvalidArgument, "MESSAGE_TOO_LARGE",
                                            "Send less in one call: at most 8 MiB."};
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
inline constexpr ErrorKind kBadTokenOptions{StatusCode::kInvalidArgument, "BAD_TOKEN_OPTIONS",
                                            "Set rpc.jwt.issuer, audience and roles "
                                            "(docs/operating/security.md)."};
inline constexpr ErrorKind kBadJwks{StatusCode::kFailedPrecondition, "BAD_JWKS",
                                    "Give a JWK set (RFC 7517) of public P-256 keys, each with a "
                                    "kid."};
inline constexpr ErrorKind kBadDevCa{
    StatusCode::kFailedPrecondition, "BAD_DEV_CA",
    "Delete the folder's certificates so that they are made again; plaza token keys makes keys of "
    "tokens."};
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
