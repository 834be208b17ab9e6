// The bounds of the gate program.
#pragma once
#include <chrono>
#include <cstddef>

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

}  // namespace plaza::validator
