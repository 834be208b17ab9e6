// The bounds of libs/runtime.
#pragma once
#include <cstddef>

namespace plaza::runtime {

inline constexpr std::size_t kConfigFileBytesMax =
    1 << 20;  // a configuration file larger than this is refused
inline constexpr std::size_t kConfigValueCharsMax = 4096;
inline constexpr std::size_t kLogTextCharsMax = 8192;  // message and each field; the rest is cut
inline constexpr int kHttpWorkers = 2;
inline constexpr int kHttpRequestBytesMax = 4096;  // our pages take no body
inline constexpr int kHttpIdleSecondsMax = 2;      // a silent connection is closed
inline constexpr int kShutdownPollMsMax = 20;
inline constexpr int kPanDigitsMin =
    13;  // ISO/IEC 7812-1 allows 8 to 19; payment cards have 13 to 19
inline constexpr int kPanDigitsMax = 19;

}  // namespace plaza::runtime
