// The bounds of libs/emv; those of a tap record are in journal/tap_record.h.
#pragma once
#include <cstddef>
#include <cstdint>

namespace plaza::emv {

inline constexpr std::size_t kTagBytesMax = 4;        // EMV uses up to 3
inline constexpr std::size_t kTlvLengthBytesMax = 3;  // after the first octet: up to 16 MiB
inline constexpr int kTlvDepthMax = 16;               // templates in templates
inline constexpr std::size_t kDolEntriesMax = 128;
inline constexpr std::size_t kElementsMax = 128;       // of one transaction
inline constexpr std::size_t kElementBytesMax = 8192;  // all values of one transaction
inline constexpr int kFollowUpsMax = 8;                // 61xx and 6Cxx of one command
inline constexpr std::size_t kAnswerBytesMax = 1024;   // one, or joined from a chain
inline constexpr std::size_t kRsaBytesMin = 64;        // 512 bits
inline constexpr std::size_t kRsaBytesMax = 248;       // 1984 bits: EMV Book 2, Annex D1.1
inline constexpr std::size_t kAflEntriesMax = 63;      // 252 bytes
inline constexpr std::size_t kRecordsMax = 64;         // read in one tap
inline constexpr std::size_t kStaticDataBytesMax = 2048;
inline constexpr std::size_t kDirectoryEntriesMax = 32;
inline constexpr std::size_t kCandidatesMax = 64;
inline constexpr std::size_t kCapksMax = 1024;
inline constexpr std::size_t kIssuerKeysCachedMax = 256;
inline constexpr std::size_t kPassBackTokensMax = 4096;
inline constexpr std::size_t kDenyListTokensMax = 20'000'000;
inline constexpr std::size_t kDenyChangesMax = 65'536;    // since the list file was written
inline constexpr std::size_t kDenyIncomingMax = 262'144;  // of a whole list, in memory at once
inline constexpr std::size_t kSignedListHeaderMax = 512;
inline constexpr std::size_t kKeyBlockCharsMax = 9999;    // four digits
inline constexpr std::size_t kKeyBlockOptionalsMax = 99;  // two digits
inline constexpr std::size_t kDukptBatchMax = 1U << 20;   // counters of one call
// Of the key store (vsam/key_store.h).
inline constexpr std::size_t kKeySlotsMax = 1024;  // and as many imports that wait
inline constexpr std::size_t kKeyNameCharsMax = 32;
inline constexpr std::size_t kStoredKeyBytesMax = 64;        // an HMAC key; AES has up to 32
inline constexpr std::size_t kKeyAuditBytesMax = 16U << 20;  // some 100,000 lines
inline constexpr std::size_t kKeyStoreBytesMax = 1U << 18;
inline constexpr std::size_t kHmacKeyBytesMin = 32;      // RFC 2104, 3; tokens take no shorter ones
inline constexpr std::uint64_t kKeyUsesReserved = 1024;  // counted ahead, without a limit
// Of closed-loop cards. A frame has 256 octets at most: 1 of status, 8 of MAC.
inline constexpr std::size_t kSl3BlocksReadMax = 15;
inline constexpr std::size_t kSl3AnswerBytesMax = 1 + 16 * kSl3BlocksReadMax + 8;
inline constexpr std::size_t kSl3ScriptMax = 4096;       // pairs of one replay
inline constexpr std::size_t kDesfireDataBytesMax = 32;  // of one read or write: one frame
inline constexpr int kPurseBalanceMax = 0x7FFFFF;        // minor units; amounts have 3 octets

}  // namespace plaza::emv
