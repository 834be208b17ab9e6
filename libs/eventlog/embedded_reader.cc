#include "libs/eventlog/embedded_reader.h"

#include <algorithm>
#include <filesystem>

#include "libs/eventlog/batch.h"
#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"
#include "libs/store/db.h"

namespace plaza::eventlog {
namespace {

using store::Row;
using store::Tx;

// Appends of the owner are not heard of here: who waits for one, waits for its time-out.
class EmbeddedReader : public Log {
 public:
  explicit EmbeddedReader(std::unique_ptr<store::Db> db) : db_(std::move(db)) {}

  Capabilities capabilities() const override { return {}; }
  Result<void> CreateTopics(std::span<const TopicSpec>) override { return ReadOnly(); }
  Result<void> Append(std::span<const AppendBatch>) override { return ReadOnly(); }
  Result<Assignment> Join(std::string_view, std::span<const std::string>) override {
    return ReadOnly();
  }
  void Leave(std::string_view) override {}

  Result<int> PartitionCount(std::string_view topic) override {
    return db_->Read([&](Tx& tx) -> Result<int> {
      const auto row = tx.QueryOne("SELECT partitions FROM log_topics WHERE topic = :topic",
                                   {{"topic", std::string(topic)}}, "i");
      if (!row.has_value()) return Error(kUnknownTopic, "\"" + std::string(topic) + "\"");
      return static_cast<int>(row->Int(0));
    });
  }

  Result<std::vector<std::int64_t>> EndOffsets(std::span<const TopicPartition> of) override {
    return db_->Read([&](Tx& tx) -> Result<std::vector<std::int64_t>> {
      std::vector<std::int64_t> ends;
      for (const TopicPartition& at : of) {
        const auto last = BatchBefore(tx, at, INT64_MAX);
        ends.push_back(last.has_value() ? last->Int(0) + last->Int(1) : 0);
      }
      return ends;
    });
  }

  Result<std::vector<StoredRecord>> Fetch(const TopicPartition& from, std::int64_t offset,
                                          int records_max, std::chrono::milliseconds) override {
    PLAZA_CHECK(records_max > 0);
    return db_->Read([&](Tx& tx) { return Read(tx, from, offset, records_max); });
  }

 private:
  static Error ReadOnly() { return Error(kLogReadOnly, "this log was opened to be read"); }

  // base_offset, count and batch of the last batch that begins at `offset` or before.
  static std::optional<Row> BatchBefore(Tx& tx, const TopicPartition& at, std::int64_t offset) {
    return tx.QueryOne(
        "SELECT base_offset, count, batch FROM log_batches WHERE topic = :topic AND part = :part"
        " AND base_offset <= :offset ORDER BY base_offset DESC LIMIT 1",
        {{"topic", at.topic}, {"part", std::int64_t{at.partition}}, {"offset", offset}}, "iib");
  }

  static Result<std::vector<StoredRecord>> Read(Tx& tx, const TopicPartition& from,
                                                std::int64_t offset, int records_max) {
    const auto limit = static_cast<std::size_t>(records_max);
    std::vector<StoredRecord> records;
    std::size_t bytes = 0;
    for (std::int64_t next = offset; records.size() < limit && bytes < kFetchBytesMax;) {
      const std::optional<Row> row = BatchBefore(tx, from, next);
      const std::int64_t base = row.has_value() ? row->Int(0) : 0;
      const std::int64_t end = row.has_value() ? base + row->Int(1) : 0;
      if (!row.has_value() ? next != 0 || HasBatch(tx, from) : next > end) {
        return Error(kOffsetOutOfRange,
                     "offset " + std::to_string(next) + ", which the log does not have",
                     ToText(from));
      }
      if (next == end) break;
      bytes += row->Bytes(2).size();
      PLAZA_RETURN_IF_ERROR(
          DecodeBatch(row->Bytes(2), ToText(from) + " batch at " + std::to_string(base), base,
                      static_cast<std::size_t>(next - base), limit - records.size(), records));
      next = records.back().offset + 1;
    }
    return records;
  }

  static bool HasBatch(Tx& tx, const TopicPartition& at) {
    return BatchBefore(tx, at, INT64_MAX).has_value();
  }

  std::unique_ptr<store::Db> db_;
};

}  // namespace

Result<std::unique_ptr<Log>> OpenEmbeddedLogReader(const std::string& path) {
  if (!std::filesystem::exists(path)) return Error(kLogUnavailable, "there is no such file", path);
  store::Options options;
  options.path = path;
  options.read_only = true;
  options.readers = 1;
  PLAZA_ASSIGN_OR_RETURN(std::unique_ptr<store::Db> db, store::Db::Open(options));
  return std::unique_ptr<Log>(std::make_unique<EmbeddedReader>(std::move(db)));
}

}  // namespace plaza::eventlog
