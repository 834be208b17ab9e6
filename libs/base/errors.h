// The error catalogue of libs/base.
#pragma once
#include "libs/base/error.h"

namespace plaza {

inline constexpr ErrorKind kBadHex{StatusCode::kInvalidArgument, "BAD_HEX",
                                   "Give an even number of the digits 0-9 and A-F."};
inline constexpr ErrorKind kBadUuid{
    StatusCode::kInvalidArgument, "BAD_UUID",
    "Give 16 bytes, or text such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8."};
inline constexpr ErrorKind kBadDate{StatusCode::kInvalidArgument, "BAD_DATE",
                                    "Give a calendar date as YYYY-MM-DD."};
inline constexpr ErrorKind kBadTime{StatusCode::kInvalidArgument, "BAD_TIME",
                                    "Give a time of day as HH:MM:SS."};
inline constexpr ErrorKind kBadMoment{
    StatusCode::kInvalidArgument, "BAD_MOMENT",
    "Give a moment with its offset, such as 2026-11-23T08:00:00-06:00."};
inline constexpr ErrorKind kBadAmount{
    StatusCode::kInvalidArgument, "BAD_AMOUNT",
    "Give a decimal number with the currency's number of places."};
inline constexpr ErrorKind kBadCurrency{StatusCode::kInvalidArgument, "BAD_CURRENCY",
                                        "Give an ISO 4217 code in three capital letters."};
inline constexpr ErrorKind kMixedCurrency{StatusCode::kInvalidArgument, "MIXED_CURRENCY",
                                          "Add only amounts of one currency."};
inline constexpr ErrorKind kAmountOverflow{StatusCode::kOutOfRange, "AMOUNT_OVERFLOW",
                                           "Amounts are limited to 64 bits of minor units."};
inline constexpr ErrorKind kBadZone{StatusCode::kInvalidArgument, "BAD_ZONE",
                                    "Give transitions in order of time."};

}  // namespace plaza
