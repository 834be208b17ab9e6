// Every bound of tap-ingest.
#pragma once
#include <cstddef>
#include <cstdint>

namespace plaza::tap_ingest {

inline constexpr std::size_t kSubmitRecordsMax = 1000;
inline constexpr std::size_t kRegisterValidatorsMax = 1000;
inline constexpr std::size_t kOperatorIdCharsMax = 64;
inline constexpr std::size_t kRequestIdCharsMax = 128;

inline constexpr std::uint64_t kSequenceMax = 0x7FFF'FFFF'FFFF'FFFF;  // a BIGINT holds it
inline constexpr std::uint64_t kDenyListEpochMax = kSequenceMax;
// Ranges of sequences below a validator's high-water mark that have not arrived. More means that
// somebody has to look.
inline constexpr std::size_t kGapsMax = 16384;
// Hashes of a validator's latest records kept in memory: a repeated upload is usually the last
// batch.
inline constexpr std::size_t kRecentRecordsMax = 128;
// A row of tap_batches spans fewer sequences than this, so that an old record is found by a bounded
// range of keys.
inline constexpr std::uint64_t kRowSequenceSpan = 4096;

inline constexpr std::size_t kDenyListPageMax = 10000;

inline constexpr int kGroupMax = 64;  // calls that share one commit

// Records that nobody vouches for (no valid MAC) and conflicts are dead-lettered up to this rate;
// the rest is counted.
inline constexpr double kDeadLettersPerSecond = 20;
inline constexpr double kDeadLetterBurst = 200;

inline constexpr std::size_t kTokensPerMediumMax = 64;
inline constexpr std::size_t kParCharsMax = 35;  // 29 of EMV; the field of ISO 8583 has up to 35

}  // namespace plaza::tap_ingest
