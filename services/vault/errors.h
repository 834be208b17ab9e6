// The error catalogue of the vault. No text of these ever holds card data: a tap, a request or a
// tag is named instead.
#pragma once
#include "libs/base/error.h"

namespace plaza::vault {

inline constexpr ErrorKind kBadFact{StatusCode::kInvalidArgument, "BAD_FACT",
                                    "Mend the writer of this fact, then send a right one."};
inline constexpr ErrorKind kBadCardData{
    StatusCode::kInvalidArgument, "BAD_CARD_DATA",
    "Look at the validator that sealed it: the seal is right, its content is not."};
inline constexpr ErrorKind kUnknownSealScheme{StatusCode::kUnimplemented, "UNKNOWN_SEAL_SCHEME",
                                              "Bring the vault up to date with its validators."};
inline constexpr ErrorKind kRequestConflict{
    StatusCode::kAlreadyExists, "REQUEST_CONFLICT",
    "Use a new attempt, and so a new request id, for another amount or purpose."};
inline constexpr ErrorKind kWrongStorageKey{
    StatusCode::kFailedPrecondition, "WRONG_STORAGE_KEY",
    "Give in vault.storage_key_file the key that this store was "
    "written with."};
inline constexpr ErrorKind kCardDamaged{
    StatusCode::kDataLoss, "CARD_DAMAGED",
    "Restore the store from a backup, or let the card tap at a new store."};
inline constexpr ErrorKind kUnknownCard{
    StatusCode::kNotFound, "UNKNOWN_CARD",
    "Check the token and its token epoch; no tap has brought this card yet."};
inline constexpr ErrorKind kBadToken{StatusCode::kInvalidArgument, "BAD_TOKEN",
                                     "Give the token's 32 bytes."};

}  // namespace plaza::vault
