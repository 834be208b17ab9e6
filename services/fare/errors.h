// The error catalogue of the fare service. Those of rating and of the tariff are in core/errors.h.
#pragma once
#include "libs/base/error.h"

namespace plaza::fare {

inline constexpr ErrorKind kTariffMissing{StatusCode::kFailedPrecondition, "TARIFF_MISSING",
                                          "Set fare.tariff_dir to a GTFS folder that can be read."};
inline constexpr ErrorKind kTariffTooLarge{
    StatusCode::kFailedPrecondition, "TARIFF_TOO_LARGE",
    "Split the feed, or leave out the files that no fare needs."};
inline constexpr ErrorKind kBadFact{StatusCode::kInvalidArgument, "BAD_FACT",
                                    "Mend the writer of this fact, then send a right one."};
inline constexpr ErrorKind kTapConflict{
    StatusCode::kAlreadyExists, "TAP_CONFLICT",
    "Two taps share a validator and a sequence: look at the validator's journal."};
inline constexpr ErrorKind kLinkConflict{
    StatusCode::kFailedPrecondition, "LINK_CONFLICT",
    "The account was moved to another survivor before: link that one instead."};
inline constexpr ErrorKind kMoveLoop{
    StatusCode::kFailedPrecondition, "MOVE_LOOP",
    "The links of these accounts form a circle: mend them by a new link."};
inline constexpr ErrorKind kBadEntitlement{StatusCode::kInvalidArgument, "BAD_ENTITLEMENT",
                                           "Give a kind of the tariff's fare_concessions.txt, and "
                                           "dates as YYYY-MM-DD with until not before from."};
inline constexpr ErrorKind kBadAccountId{StatusCode::kInvalidArgument, "BAD_ACCOUNT_ID",
                                         "Give the account's 16 bytes."};
inline constexpr ErrorKind kUnknownAccount{
    StatusCode::kNotFound, "UNKNOWN_ACCOUNT",
    "Check the id: no tap of this account has been taken in yet."};
inline constexpr ErrorKind kUnknownTap{
    StatusCode::kNotFound, "UNKNOWN_TAP",
    "Check the id and the account; taps older than the fare window are in clearing's ledger only."};
inline constexpr ErrorKind kBadRequest{StatusCode::kInvalidArgument, "BAD_REQUEST",
                                       "Mend the field that is named."};
inline constexpr ErrorKind kStateDamaged{
    StatusCode::kDataLoss, "STATE_DAMAGED",
    "Restore the store from a backup, or rebuild it from the log."};

}  // namespace plaza::fare
