// The bounds of the simulated city. Those of its cards are in cards/limits.h.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace plaza::citysim {

inline constexpr std::uint64_t kTapsMax = 10'000'000;  // of one day
inline constexpr std::uint64_t kRidersMax = 5'000'000;
inline constexpr int kThreadsMax = 64;
inline constexpr std::size_t kGatesMax = 4'000;  // each holds an open journal
inline constexpr std::size_t kFeedFileBytesMax = 64U << 20;
inline constexpr std::size_t kRegisterMax = 500;  // validators in one call
inline constexpr std::size_t kReplayBatchMax =
    1'000;  // records in one SubmitTaps (proto/plaza/tap_ingest/v1)
inline constexpr std::size_t kRecordingHeaderBytesMax = 64U << 20;
inline constexpr std::size_t kRecordingEntryBytesMax = 4'096;
inline constexpr std::uint64_t kRecordingTapsMax = 20'000'000;
inline constexpr std::chrono::milliseconds kCallTimeout{10'000};
inline constexpr std::chrono::milliseconds kPauseFirst{5};
inline constexpr std::chrono::milliseconds kPauseMax{500};
inline constexpr std::chrono::milliseconds kIdlePoll{5};

}  // namespace plaza::citysim
