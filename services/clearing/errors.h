// The error catalogue of clearing.
#pragma once
#include "libs/base/error.h"

namespace plaza::clearing {

inline constexpr ErrorKind kBadPolicy{StatusCode::kFailedPrecondition, "BAD_POLICY",
                                      "Mend the policy file (docs/formats/policy.md)."};
inline constexpr ErrorKind kNotSupportedYet{
    StatusCode::kUnimplemented, "NOT_SUPPORTED_YET",
    "Set the value that the policy's page names as the one that works today."};

// A fact that cannot be taken: it goes to the dead-letter topic with one of these.
inline constexpr ErrorKind kBadFact{StatusCode::kInvalidArgument, "BAD_FACT",
                                    "Send the fact as docs/formats/events.md describes it."};
inline constexpr ErrorKind kWrongPartition{
    StatusCode::kInvalidArgument, "WRONG_PARTITION",
    "Key the fact by its account; do not change the partitions."};
inline constexpr ErrorKind kBadCharge{
    StatusCode::kInvalidArgument, "BAD_CHARGE",
    "The shares must sum to the charge, in the policy's currency."};
inline constexpr ErrorKind kRevisionGap{StatusCode::kFailedPrecondition, "REVISION_GAP",
                                        "Send the leg's revisions in order, each at least once."};
inline constexpr ErrorKind kChargeTooOld{
    StatusCode::kFailedPrecondition, "CHARGE_TOO_OLD",
    "Decide by hand: what is this old is no longer deduplicated."};
inline constexpr ErrorKind kRefundExceedsCharge{StatusCode::kFailedPrecondition,
                                                "REFUND_EXCEEDS_CHARGE",
                                                "Refund at most what is left of the charge."};
inline constexpr ErrorKind kUnknownAggregate{StatusCode::kNotFound, "UNKNOWN_AGGREGATE",
                                             "Answer only requests that clearing has sent."};
inline constexpr ErrorKind kLinkConflict{
    StatusCode::kFailedPrecondition, "LINK_CONFLICT",
    "An account is linked to one survivor, and not in a circle."};
inline constexpr ErrorKind kBadCursor{StatusCode::kInvalidArgument, "BAD_PAGE_TOKEN",
                                      "Give the next_page_token of the answer before, or none."};

}  // namespace plaza::clearing
