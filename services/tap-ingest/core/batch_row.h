// How a row of tap_batches keeps its records (README.md, "Tables"): an index of fixed entries, and
// the signed records themselves as evidence. Pure.
//
//   hashes: per record 25 octets: sequence (8, big-endian), status (1), first 16 octets of SHA-256
//   of the record batch:  per record, in the same order: length (2, big-endian), the record as the
//   validator signed it
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/result.h"

namespace plaza::tap_ingest {

using BodyHash = std::array<std::uint8_t, 16>;
BodyHash HashBody(ByteView record);

// status: 0 recorded, else the Refusal for good (core/ladder.h).
struct RecordEntry {
  std::uint64_t sequence = 0;
  std::uint8_t status = 0;
  BodyHash hash{};
  bool operator==(const RecordEntry&) const = default;
};

struct BatchRecord {
  RecordEntry entry;
  ByteView body;  // not owned
};

// The records of one validator in one call. Sorted by sequence when it is cut into rows.
struct BatchRow {
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::uint32_t records = 0;   // all entries
  std::uint32_t recorded = 0;  // those of status 0: each has its TapRecorded
  std::string hashes;
  std::string batch;
};

// Rows that each span less than kRowSequenceSpan sequences.
std::vector<BatchRow> CutIntoRows(std::vector<BatchRecord> records);

Result<std::vector<RecordEntry>> DecodeHashes(std::string_view hashes);     // BAD_STORED_STATE
Result<std::vector<std::string_view>> DecodeBatch(std::string_view batch);  // BAD_STORED_STATE

}  // namespace plaza::tap_ingest
