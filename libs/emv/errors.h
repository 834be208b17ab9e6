// The error catalogue of libs/emv. A declined tap is no error: see transit/decision.h.
#pragma once
#include "libs/base/error.h"

namespace plaza::emv::errors {

inline constexpr ErrorKind kBadTlv{
    StatusCode::kInvalidArgument, "BAD_TLV",
    "Give BER-TLV objects of definite length, as EMV Book 3, Annex B codes them."};
inline constexpr ErrorKind kBadDol{
    StatusCode::kInvalidArgument, "BAD_DOL",
    "Give a list of tags, each with a length of one byte (EMV Book 3, 5.4)."};
inline constexpr ErrorKind kBadApdu{StatusCode::kInvalidArgument, "BAD_APDU",
                                    "Give a command or an answer as ISO/IEC 7816-4 codes it."};
inline constexpr ErrorKind kCardRemoved{StatusCode::kUnavailable, "CARD_REMOVED",
                                        "Hold the card to the reader until it answers."};
inline constexpr ErrorKind kMultipleCards{StatusCode::kUnavailable, "MULTIPLE_CARDS",
                                          "Hold one card to the reader, out of its wallet."};
inline constexpr ErrorKind kCardError{
    StatusCode::kFailedPrecondition, "CARD_ERROR",
    "The card answered against the specification: present it again, or another."};
inline constexpr ErrorKind kNoApplication{StatusCode::kNotFound, "NO_APPLICATION",
                                          "Present a card of a scheme that this gate accepts."};
inline constexpr ErrorKind kBadKey{StatusCode::kInvalidArgument, "BAD_KEY",
                                   "Give an RSA key of 512 to 1984 bits with exponent 3 or 65537."};
inline constexpr ErrorKind kSealBroken{
    StatusCode::kDataLoss, "SEAL_BROKEN",
    "It was changed, or sealed with another key or for another tap."};
inline constexpr ErrorKind kBadTapRecord{
    StatusCode::kInvalidArgument, "BAD_TAP_RECORD",
    "Give a tap record of version 1 (docs/formats/journal.md)."};
inline constexpr ErrorKind kBadDenyList{
    StatusCode::kInvalidArgument, "BAD_DENY_LIST",
    "Apply each delta to the deny-list epoch that it follows, or take a snapshot."};
inline constexpr ErrorKind kJournalFull{
    StatusCode::kResourceExhausted, "JOURNAL_FULL",
    "Bring the uplink back so that records are acknowledged and space is freed."};
inline constexpr ErrorKind kJournalDamaged{
    StatusCode::kDataLoss, "JOURNAL_DAMAGED",
    "Copy the journal's folder for inspection, then start with a new one."};
inline constexpr ErrorKind kJournalIo{StatusCode::kUnavailable, "JOURNAL_IO",
                                      "Check the journal's disk: space, permissions and health."};
inline constexpr ErrorKind kJournalMisuse{
    StatusCode::kInvalidArgument, "JOURNAL_MISUSE",
    "Append the next sequence, and a record within the size limit."};

}  // namespace plaza::emv::errors
