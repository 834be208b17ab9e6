// The bounds of libs/archive.
#pragma once
#include <cstddef>

namespace plaza::archive {

// A file is closed once its body, before compression, has this much; records are at most 1 MiB, so
// a body never reaches the maximum.
inline constexpr std::size_t kFileBodyBytes = 4 * 1024 * 1024;
inline constexpr std::size_t kFileBodyBytesMax = 16 * 1024 * 1024;
inline constexpr std::size_t kObjectBytesMax = 64 * 1024 * 1024;  // of whatever a store holds
// Batches within a file.
inline constexpr std::size_t kBatchRecords = 1000;
inline constexpr std::size_t kBatchBytes = 1024 * 1024;
inline constexpr std::size_t kManifestFilesMax = 100'000;
inline constexpr int kCompressionLevel = 3;  // zstd's default
// Of one fetch from the log; and fetches in a row that may give nothing while something is there.
inline constexpr int kFetchRecords = 2000;
inline constexpr int kEmptyFetchesMax = 5;

}  // namespace plaza::archive
