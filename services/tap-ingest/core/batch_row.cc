#include "services/tap-ingest/core/batch_row.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/base/digest.h"
#include "services/tap-ingest/errors.h"
#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {
namespace {

constexpr std::size_t kEntryOctets = 8 + 1 + 16;

void PutEntry(std::string& out, const RecordEntry& entry) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(entry.sequence >> shift));
  }
  out.push_back(static_cast<char>(entry.status));
  out.append(AsText(entry.hash));
}

void PutBody(std::string& out, ByteView body) {
  PLAZA_CHECK(body.size() <= 0xFFFF);
  out.push_back(static_cast<char>(body.size() >> 8));
  out.push_back(static_cast<char>(body.size()));
  out.append(AsText(body));
}

}  // namespace

BodyHash HashBody(ByteView record) {
  const Sha256Digest digest = Sha256(record);
  BodyHash hash;
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return hash;
}

std::vector<BatchRow> CutIntoRows(std::vector<BatchRecord> records) {
  std::sort(records.begin(), records.end(), [](const BatchRecord& a, const BatchRecord& b) {
    return a.entry.sequence < b.entry.sequence;
  });
  std::vector<BatchRow> rows;
  for (const BatchRecord& record : records) {
    const std::uint64_t sequence = record.entry.sequence;
    if (rows.empty() || sequence - rows.back().first_sequence >= kRowSequenceSpan) {
      rows.emplace_back();
      rows.back().first_sequence = sequence;
      rows.back().hashes.reserve(records.size() * kEntryOctets);
      rows.back().batch.reserve(records.size() * (record.body.size() + 8));
    }
    BatchRow& row = rows.back();
    row.last_sequence = sequence;
    ++row.records;
    if (record.entry.status == 0) ++row.recorded;
    PutEntry(row.hashes, record.entry);
    PutBody(row.batch, record.body);
  }
  return rows;
}

Result<std::vector<RecordEntry>> DecodeHashes(std::string_view hashes) {
  if (hashes.size() % kEntryOctets != 0) return Error(kBadStoredState, "the hashes of a batch");
  std::vector<RecordEntry> entries;
  entries.reserve(hashes.size() / kEntryOctets);
  for (; !hashes.empty(); hashes.remove_prefix(kEntryOctets)) {
    const ByteView octets = AsBytes(hashes.substr(0, kEntryOctets));
    RecordEntry entry;
    for (std::size_t i = 0; i < 8; ++i) entry.sequence = entry.sequence << 8 | octets[i];
    entry.status = octets[8];
    std::copy_n(octets.begin() + 9, entry.hash.size(), entry.hash.begin());
    entries.push_back(entry);
  }
  return entries;
}

Result<std::vector<std::string_view>> DecodeBatch(std::string_view batch) {
  std::vector<std::string_view> records;
  while (!batch.empty()) {
    if (batch.size() < 2) return Error(kBadStoredState, "the records of a batch");
    const std::size_t length = static_cast<std::size_t>(AsBytes(batch)[0]) << 8 | AsBytes(batch)[1];
    if (batch.size() - 2 < length) return Error(kBadStoredState, "the records of a batch");
    records.push_back(batch.substr(2, length));
    batch.remove_prefix(2 + length);
  }
  return records;
}

}  // namespace plaza::tap_ingest
