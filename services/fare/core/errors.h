// The error catalogue of the fare core.
#pragma once
#include "libs/base/error.h"

namespace plaza::fare {

inline constexpr ErrorKind kTariffInvalid{
    StatusCode::kFailedPrecondition, "TARIFF_INVALID",
    "Mend the tariff's files; `plaza eval` with fare.lint lists every error."};
inline constexpr ErrorKind kDuplicateId{
    StatusCode::kInvalidArgument, "DUPLICATE_ID",
    "Give each tap or leg an id of its own; a repeat must be alike in all."};
inline constexpr ErrorKind kBadTap{StatusCode::kInvalidArgument, "BAD_TAP",
                                   "Give each tap an id, and each void the id that it replaces."};
inline constexpr ErrorKind kBadAction{StatusCode::kInvalidArgument, "BAD_VALUE",
                                      "Give on, off, single or void."};
inline constexpr ErrorKind kTooManyTaps{StatusCode::kInvalidArgument, "TOO_LARGE",
                                        "Rate a shorter span of the account's taps."};

}  // namespace plaza::fare
