// The bounds of libs/store.
#pragma once
#include <chrono>
#include <cstddef>

namespace plaza::store {

// How often the body of a transaction that failed for a passing reason runs again.
inline constexpr int kTransientRetriesMax = 3;
inline constexpr std::chrono::milliseconds kRetryPause{10};
// Prepared statements kept per session; beyond it they are all dropped and prepared again as
// needed.
inline constexpr std::size_t kStatementsPerSessionMax = 512;
// Prepared forms of one text: its parameters' types differ, or it is in use by an outer query.
inline constexpr std::size_t kVariantsPerStatementMax = 8;
// Statements that a PostgreSQL session puts off before it sends them (Tx::ExecLater).
inline constexpr std::size_t kStatementsLaterMax = 256;
// Reader sessions of one Db.
inline constexpr int kReadersMax = 64;
// Bodies in one group commit.
inline constexpr int kGroupMax = 4096;
// Pages that the write-ahead log holds before a commit copies them into the database.
inline constexpr int kCheckpointPages = 4000;
// Bytes to which the write-ahead log's file is cut back after a checkpoint.
inline constexpr long long kWalBytesKept = 64LL * 1024 * 1024;
// Page cache of a session, in KiB.
inline constexpr int kCacheKib = 8 * 1024;
// A request id as the outside may choose it.
inline constexpr std::size_t kRequestIdBytesMax = 200;

}  // namespace plaza::store
