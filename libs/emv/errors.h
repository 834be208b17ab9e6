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
inline constexpr ErrorKind kCardRefused{
    StatusCode::kPermissionDenied, "CARD_REFUSED",
    "The card refused the command: check the key, its rights, and the card's layout."};
inline constexpr ErrorKind kCardNotAuthentic{
    StatusCode::kUnauthenticated, "CARD_NOT_AUTHENTIC",
    "The other side does not hold the key, or an answer was changed: present the card again."};
inline constexpr ErrorKind kNoSession{StatusCode::kFailedPrecondition, "NO_SESSION",
                                      "Authenticate first: a failure ends the session."};
inline constexpr ErrorKind kBadReplay{
    StatusCode::kInvalidArgument, "BAD_REPLAY",
    "Give a script that begins with an authentication by a key that is named."};
inline constexpr ErrorKind kPurseAmount{
    StatusCode::kInvalidArgument, "PURSE_AMOUNT",
    "Give an amount above zero within the balance and within what a purse holds."};
inline constexpr ErrorKind kPurseDamaged{
    StatusCode::kDataLoss, "PURSE_DAMAGED",
    "Settle this card by the account kept for it, and issue it anew."};
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
inline constexpr ErrorKind kBadList{
    StatusCode::kInvalidArgument, "BAD_LIST",
    "Give a list as docs/formats/signed-list.md has it, of the kind that is asked for."};
inline constexpr ErrorKind kListSignature{
    StatusCode::kPermissionDenied, "LIST_SIGNATURE",
    "Sign it with a key that the gate trusts, or give the gate that key first."};
inline constexpr ErrorKind kListHash{StatusCode::kDataLoss, "LIST_HASH",
                                     "Fetch the list again: it was changed or cut on its way."};
inline constexpr ErrorKind kListEpoch{
    StatusCode::kFailedPrecondition, "LIST_EPOCH",
    "Sign each list with a higher epoch than the one before; the gate keeps what it has."};
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

// Key management (vsam/an10922.h, dukpt.h, key_block.h).
inline constexpr ErrorKind kKeyLength{StatusCode::kInvalidArgument, "KEY_LENGTH",
                                      "Give a key as long as its algorithm says."};
inline constexpr ErrorKind kDiversificationInput{
    StatusCode::kInvalidArgument, "DIVERSIFICATION_INPUT",
    "Give 1 to 31 bytes for AES, 1 to 15 for TDEA, without the constant."};
inline constexpr ErrorKind kKsnLength{
    StatusCode::kInvalidArgument, "KSN_LENGTH",
    "Give 12 bytes for AES (initial key id, counter), 10 for TDES."};
inline constexpr ErrorKind kKsnCounter{StatusCode::kInvalidArgument, "KSN_COUNTER",
                                       "A terminal counts from 1, with at most 16 bits set (TDES: "
                                       "10); FFFFFFFF is for the update key."};
inline constexpr ErrorKind kDukptUsage{
    StatusCode::kInvalidArgument, "DUKPT_USAGE",
    "Ask for a usage and a type of key that the scheme derives."};
inline constexpr ErrorKind kDukptExhausted{StatusCode::kFailedPrecondition, "DUKPT_EXHAUSTED",
                                           "Load a new initial key into the terminal."};
inline constexpr ErrorKind kKeyBlockLength{
    StatusCode::kInvalidArgument, "KEY_BLOCK_LENGTH",
    "Give the whole key block: its length field counts every character."};
inline constexpr ErrorKind kKeyBlockVersion{
    StatusCode::kInvalidArgument, "KEY_BLOCK_VERSION",
    "Versions A to E can be unwrapped; B, D and E wrapped (A and C are deprecated)."};
inline constexpr ErrorKind kKeyBlockHeader{StatusCode::kInvalidArgument, "KEY_BLOCK_HEADER",
                                           "Give header fields as ANSI X9.143, 6.2 codes them."};
inline constexpr ErrorKind kKeyBlockOptional{
    StatusCode::kInvalidArgument, "KEY_BLOCK_OPTIONAL",
    "Give each optional block once, with its length, filled up by PB (ANSI X9.143, 6.3.6)."};
inline constexpr ErrorKind kKeyBlockHex{StatusCode::kInvalidArgument, "KEY_BLOCK_HEX",
                                        "Encrypted key and MAC are hex in upper case."};
inline constexpr ErrorKind kKeyBlockMac{
    StatusCode::kDataLoss, "KEY_BLOCK_MAC",
    "It was changed, or wrapped with another protection key: have it sent again."};
inline constexpr ErrorKind kKeyBlockKey{
    StatusCode::kInvalidArgument, "KEY_BLOCK_KEY",
    "The key's length must fit the block and the algorithm of its header."};
inline constexpr ErrorKind kKeyBlockPadding{
    StatusCode::kInvalidArgument, "KEY_BLOCK_PADDING",
    "Length field, key and padding fill whole cipher blocks (versions B and D)."};
inline constexpr ErrorKind kKeyBlockUsage{StatusCode::kPermissionDenied, "KEY_BLOCK_USAGE",
                                          "Use a key that was made for this."};
inline constexpr ErrorKind kKeyBlockAlgorithm{StatusCode::kPermissionDenied, "KEY_BLOCK_ALGORITHM",
                                              "Use a key of the algorithm that is asked for."};
inline constexpr ErrorKind kKeyBlockMode{StatusCode::kPermissionDenied, "KEY_BLOCK_MODE",
                                         "Use a key whose mode of use allows this."};
inline constexpr ErrorKind kKeyBlockExportability{
    StatusCode::kPermissionDenied, "KEY_BLOCK_EXPORTABILITY",
    "This key stays where it is: ask its owner for one that may be exported."};

// The key store (vsam/key_store.h).
inline constexpr ErrorKind kKeyName{
    StatusCode::kInvalidArgument, "KEY_NAME",
    "Name slots and custodians with 1 to 32 of A-Z, a-z, 0-9, '.', '_', '-'."};
inline constexpr ErrorKind kKeySlotUnknown{StatusCode::kNotFound, "KEY_SLOT_UNKNOWN",
                                           "List the slots; import the key first."};
inline constexpr ErrorKind kKeySlotTaken{
    StatusCode::kAlreadyExists, "KEY_SLOT_TAKEN",
    "Delete the slot's key first, or import into a slot of another name."};
inline constexpr ErrorKind kKeyNotStaged{
    StatusCode::kFailedPrecondition, "KEY_NOT_STAGED",
    "One custodian begins, another confirms: begin again, a restart forgets what was begun."};
inline constexpr ErrorKind kKeyDualControl{StatusCode::kPermissionDenied, "KEY_DUAL_CONTROL",
                                           "Let another custodian confirm than the one who began."};
inline constexpr ErrorKind kKeyCheckValue{
    StatusCode::kPermissionDenied, "KEY_CHECK_VALUE",
    "Compare the key check value with the sender's, then begin again."};
inline constexpr ErrorKind kKeyRight{StatusCode::kPermissionDenied, "KEY_RIGHT",
                                     "Use a slot whose key was made for this operation."};
inline constexpr ErrorKind kKeyUsedUp{StatusCode::kResourceExhausted, "KEY_USED_UP",
                                      "The key has reached its limit of uses: import a new one."};
inline constexpr ErrorKind kKeyStoreFull{StatusCode::kResourceExhausted, "KEY_STORE_FULL",
                                         "Delete keys that are not used any more."};
inline constexpr ErrorKind kKeyStoreDamaged{
    StatusCode::kDataLoss, "KEY_STORE_DAMAGED",
    "It was changed, or sealed with another key: restore keys and audit trail together."};
inline constexpr ErrorKind kKeyStoreRolledBack{
    StatusCode::kDataLoss, "KEY_STORE_ROLLED_BACK",
    "The audit trail knows more than the keys: restore both together, and ask who put old keys."};
inline constexpr ErrorKind kKeyAuditBroken{
    StatusCode::kDataLoss, "KEY_AUDIT_BROKEN",
    "The audit trail was changed or cut: keep it for inspection, and restore it from its copy."};
inline constexpr ErrorKind kKeyAuditFull{StatusCode::kResourceExhausted, "KEY_AUDIT_FULL",
                                         "Start a new store; keep this one's audit trail."};
inline constexpr ErrorKind kKeyStoreIo{
    StatusCode::kUnavailable, "KEY_STORE_IO",
    "Check the key store's disk, then open it again: until then it refuses."};

}  // namespace plaza::emv::errors
