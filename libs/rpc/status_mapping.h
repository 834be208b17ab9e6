// Error ↔ gRPC status with google.rpc error details: the one place. Internal to libs/rpc.
// Thread-safe.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "libs/base/error.h"

namespace plaza::rpc {

// The octets of `grpc-status-details-bin`: google.rpc.Status with an ErrorInfo {reason, domain
// "plaza", metadata where and remedy}, and a RetryInfo if `retry_after` is above zero. Texts are
// cut to what fits in trailers (limits.h).
std::string EncodeDetails(const Error& error, std::chrono::milliseconds retry_after = {});
std::string WireMessage(const Error& error);  // grpc-message

// What a caller makes of a status that is not OK. `address` names the far side in transport
// failures.
Error DecodeStatus(int code, const std::string& message, const std::string& details,
                   const std::string& address);

// A kind with static lifetime. Bounded: after kInternedKindsMax different ones, kRemoteError.
const ErrorKind& InternKind(StatusCode code, std::string_view reason, std::string_view remedy);

}  // namespace plaza::rpc
