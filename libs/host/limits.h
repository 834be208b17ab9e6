// The bounds of libs/host.
#pragma once
#include <chrono>
#include <cstddef>

namespace plaza::host {

// Dead letters: of one page, of one call that resolves them, of a note, of a fact shown as JSON;
// and how many records are read at once.
inline constexpr int kLetterPageDefault = 100;
inline constexpr int kLetterPageMax = 1'000;
inline constexpr int kLettersResolvedMax = 1'000;
inline constexpr std::size_t kNoteBytesMax = 1'000;
inline constexpr std::size_t kShownJsonBytesMax = 4 * 1024 * 1024;
inline constexpr int kLettersReadAtOnce = 2'000;

// Between two looks at how far consumers are behind.
inline constexpr std::chrono::milliseconds kSampleInterval{2'000};

}  // namespace plaza::host
