// The bounds of the gate program.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace plaza::validator {

inline constexpr std::size_t kBatchRecordsMax = 100;  // of one SubmitTaps
inline constexpr std::size_t kBatchPerGateMax =
    25;  // so that one gate's flood does not hold up its depot
inline constexpr std::size_t kPassBackReplayMax =
    4096;  // records read at opening, for the pass-back window
inline constexpr std::size_t kDenyListPagesMax = 10'000;
inline constexpr std::chrono::milliseconds kCallTimeout{5'000};
inline constexpr std::chrono::milliseconds kBackOffFirst{20};
inline constexpr std::chrono::milliseconds kBackOffMax{1'000};

// Of the reader. A short command has at most 261 octets, its answer 258 (ISO/IEC 7816-3, 12).
inline constexpr std::size_t kFrameBytesMax = 261;
inline constexpr std::size_t kAtrBytesMax = 33;  // ISO/IEC 7816-3, 8
inline constexpr int kCardsWaitingMax = 4;       // connections, while a card is in the field
inline constexpr std::chrono::milliseconds kApduTimeMax{200};
// Of a whole tap: docs/facts/scheme-rules.md.
inline constexpr std::chrono::milliseconds kTapTimeMax{500};
inline constexpr int kPollMsMax = 100;

// Of the process.
inline constexpr std::chrono::milliseconds kPauseMax{10'000};  // between tries of the uplink
inline constexpr std::chrono::milliseconds kStopGrace{20'000};
inline constexpr std::size_t kCaKeysFileBytesMax = std::size_t{4} << 20;
inline constexpr std::int64_t kPassBackSecondsMax = 24 * 3600;
inline constexpr std::int64_t kTapTimeMsLimit = 60'000;  // what may be set

}  // namespace plaza::validator
