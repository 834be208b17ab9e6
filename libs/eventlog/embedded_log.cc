// The log of one machine: batches as rows of one SQLite file, end offsets and the newest batches in
// memory.
#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

#include "libs/eventlog/batch.h"
#include "libs/eventlog/errors.h"
#include "libs/eventlog/file_lock.h"
#include "libs/eventlog/limits.h"
#include "libs/eventlog/log.h"
#include "libs/store/db.h"

namespace plaza::store {
std::vector<Migration> EmbeddedLogMigrations();
}

namespace plaza::eventlog {
namespace {

using store::Blob;
using store::Param;
using store::Row;
using store::Tx;

// A batch on its way into the table, or in the tail.
struct Batch {
  std::int64_t base = 0;
  std::int64_t count = 0;
  std::shared_ptr<const std::string> bytes;
};

struct Partition {
  std::int64_t end = 0;
  std::deque<Batch> tail;  // the newest batches, without a gap up to `end`; may be empty
};

struct Topic {
  std::deque<Partition> partitions;  // stable addresses
};

// A row to insert; the octets stay in its parameter, since the transaction may run again.
struct PendingRow {
  TopicPartition to;
  std::array<Param, 5> params;
};

class EmbeddedLog : public Log {
 public:
  EmbeddedLog(std::unique_ptr<FileLock> claim, std::unique_ptr<store::Db> db)
      : claim_(std::move(claim)), db_(std::move(db)), appends_(*db_, kAppendGroupMax) {}

  Result<void> Load();

  Capabilities capabilities() const override { return {}; }
  Result<void> CreateTopics(std::span<const TopicSpec> topics) override;
  Result<int> PartitionCount(std::string_view topic) override;
  Result<void> Append(std::span<const AppendBatch> batches) override;
  Result<std::vector<StoredRecord>> Fetch(const TopicPartition& from, std::int64_t offset,
                                          int records_max, std::chrono::milliseconds wait) override;
  Result<std::vector<std::int64_t>> EndOffsets(std::span<const TopicPartition> of) override;
  Result<Assignment> Join(std::string_view group, std::span<const std::string> topics) override;
  void Leave(std::string_view) override {
  }  // one member has everything: there is nobody to hand over to

 private:
  Result<Partition*> Find(const TopicPartition& at);  // mutex_ is held
  Result<void> CheckBatch(const AppendBatch& batch);
  void Publish(std::vector<PendingRow>& rows);
  void TrimTail();
  static std::vector<Batch> TakeFromTail(const Partition& partition, std::int64_t offset,
                                         std::size_t records_max);
  Result<std::vector<Batch>> ReadBatches(const TopicPartition& from, std::int64_t offset,
                                         std::int64_t end, std::size_t records_max);
  static std::int64_t StoredEnd(Tx& tx, const TopicPartition& of);

  std::unique_ptr<FileLock> claim_;
  std::unique_ptr<store::Db> db_;
  store::GroupCommit appends_;
  mutable std::mutex mutex_;       // of all below
  std::condition_variable grown_;  // a partition has
  std::map<std::string, Topic, std::less<>> topics_;
  std::deque<Partition*> tail_order_;  // whose batch is the oldest in memory
  std::size_t tail_bytes_ = 0;
};

std::int64_t EmbeddedLog::StoredEnd(Tx& tx, const TopicPartition& of) {
  const std::optional<Row> last = tx.QueryOne(
      "SELECT base_offset, count FROM log_batches WHERE topic = :topic AND part = :part"
      " ORDER BY base_offset DESC LIMIT 1",
      {{"topic", of.topic}, {"part", std::int64_t{of.partition}}}, "ii");
  return last.has_value() ? last->Int(0) + last->Int(1) : 0;
}

Result<void> EmbeddedLog::Load() {
  return db_->Read([&](Tx& tx) -> Result<void> {
    std::vector<std::pair<std::string, std::int64_t>> known;
    tx.Query("SELECT topic, partitions FROM log_topics", {}, "ti",
             [&](const Row& row) { known.emplace_back(row.Text(0), row.Int(1)); });
    std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [name, partitions] : known) {
      Topic& topic = topics_[name];
      for (int part = 0; part < partitions; ++part) {
        Partition& partition = topic.partitions.emplace_back();
        partition.end = StoredEnd(tx, {name, part});
      }
    }
    return {};
  });
}

Result<void> EmbeddedLog::CreateTopics(std::span<const TopicSpec> topics) {
  for (const TopicSpec& spec : topics) {
    if (spec.name.empty() || spec.name.size() > kTopicBytesMax || spec.partitions < 1 ||
        spec.partitions > kPartitionsMax) {
      return Error(kBadTopic,
                   "\"" + spec.name + "\" with " + std::to_string(spec.partitions) + " partitions");
    }
  }
  PLAZA_RETURN_IF_ERROR(db_->Write([&](Tx& tx) -> Result<void> {
    for (const TopicSpec& spec : topics) {
      tx.Exec(
          "INSERT INTO log_topics (topic, partitions) VALUES (:topic, :partitions)"
          " ON CONFLICT (topic) DO NOTHING",
          {{"topic", spec.name}, {"partitions", std::int64_t{spec.partitions}}});
      const std::int64_t stored =
          tx.QueryOne("SELECT partitions FROM log_topics WHERE topic = :topic",
                      {{"topic", spec.name}}, "i")
              ->Int(0);
      if (stored != spec.partitions) {
        return Error(kTopicResized, spec.name + " has " + std::to_string(stored) +
                                        " partitions, not " + std::to_string(spec.partitions));
      }
    }
    return {};
  }));
  std::lock_guard<std::mutex> lock(mutex_);
  for (const TopicSpec& spec : topics) {
    Topic& topic = topics_[spec.name];
    if (topic.partitions.empty())
      topic.partitions.resize(static_cast<std::size_t>(spec.partitions));
  }
  return {};
}

Result<int> EmbeddedLog::PartitionCount(std::string_view topic) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return Error(kUnknownTopic, "\"" + std::string(topic) + "\"");
  return static_cast<int>(found->second.partitions.size());
}

Result<Partition*> EmbeddedLog::Find(const TopicPartition& at) {
  const auto found = topics_.find(at.topic);
  if (found == topics_.end()) return Error(kUnknownTopic, "\"" + at.topic + "\"");
  std::deque<Partition>& partitions = found->second.partitions;
  if (at.partition < 0 || static_cast<std::size_t>(at.partition) >= partitions.size()) {
    return Error(kUnknownPartition, ToText(at) + " of " + std::to_string(partitions.size()));
  }
  return &partitions[static_cast<std::size_t>(at.partition)];
}

Result<void> EmbeddedLog::CheckBatch(const AppendBatch& batch) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    PLAZA_RETURN_IF_ERROR(Find(batch.to));
  }
  if (batch.records.size() > kBatchRecordsMax) {
    return Error(kBatchTooLarge, std::to_string(batch.records.size()) + " records",
                 ToText(batch.to));
  }
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    const Record& record = batch.records[i];
    if (record.key.size() > kKeyBytesMax || record.value.size() > kRecordBytesMax) {
      return Error(kRecordTooLarge,
                   std::to_string(record.key.size()) + " bytes of key and " +
                       std::to_string(record.value.size()) + " of value",
                   ToText(batch.to) + ", record " + std::to_string(i));
    }
  }
  return {};
}

Result<void> EmbeddedLog::Append(std::span<const AppendBatch> batches) {
  if (batches.size() > kAppendBatchesMax) {
    return Error(kBatchTooLarge, std::to_string(batches.size()) + " batches");
  }
  std::vector<PendingRow> rows;
  rows.reserve(batches.size());
  for (const AppendBatch& batch : batches) {
    PLAZA_RETURN_IF_ERROR(CheckBatch(batch));
    if (batch.records.empty()) continue;
    rows.push_back(
        {batch.to,
         {Param{"topic", batch.to.topic}, Param{"part", std::int64_t{batch.to.partition}},
          Param{"base_offset", std::int64_t{0}},
          Param{"count", static_cast<std::int64_t>(batch.records.size())},
          Param{"batch", Blob{EncodeBatch(batch.records)}}}});
  }
  if (rows.empty()) return {};
  return appends_.Run([&](Tx& tx) -> Result<void> {
    for (PendingRow& row : rows) {
      row.params[2].value = StoredEnd(tx, row.to);
      tx.Exec(
          "INSERT INTO log_batches (topic, part, base_offset, count, batch)"
          " VALUES (:topic, :part, :base_offset, :count, :batch)",
          std::span<const Param>(row.params));
    }
    tx.OnCommit([this, &rows] { Publish(rows); });
    return {};
  });
}

void EmbeddedLog::Publish(std::vector<PendingRow>& rows) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (PendingRow& row : rows) {
      Partition& partition = *Find(row.to).value();
      Batch batch;
      batch.base = std::get<std::int64_t>(row.params[2].value);
      batch.count = std::get<std::int64_t>(row.params[3].value);
      batch.bytes =
          std::make_shared<const std::string>(std::move(std::get<Blob>(row.params[4].value).bytes));
      partition.end = batch.base + batch.count;
      tail_bytes_ += batch.bytes->size();
      partition.tail.push_back(std::move(batch));
      tail_order_.push_back(&partition);
    }
    TrimTail();
  }
  grown_.notify_all();
  NoteAppend();
}

void EmbeddedLog::TrimTail() {
  while (tail_bytes_ > kTailBytesMax) {
    std::deque<Batch>& tail = tail_order_.front()->tail;
    tail_bytes_ -= tail.front().bytes->size();
    tail.pop_front();
    tail_order_.pop_front();
  }
}

std::vector<Batch> EmbeddedLog::TakeFromTail(const Partition& partition, std::int64_t offset,
                                             std::size_t records_max) {
  std::vector<Batch> taken;
  if (partition.tail.empty() || offset < partition.tail.front().base) return taken;
  auto at = std::partition_point(partition.tail.begin(), partition.tail.end(),
                                 [&](const Batch& b) { return b.base + b.count <= offset; });
  std::size_t records = 0;
  std::size_t bytes = 0;
  for (; at != partition.tail.end() && records < records_max && bytes < kFetchBytesMax; ++at) {
    records += static_cast<std::size_t>(at->base + at->count - std::max(offset, at->base));
    bytes += at->bytes->size();
    taken.push_back(*at);
  }
  return taken;
}

Result<std::vector<Batch>> EmbeddedLog::ReadBatches(const TopicPartition& from, std::int64_t offset,
                                                    std::int64_t end, std::size_t records_max) {
  return db_->Read([&](Tx& tx) -> Result<std::vector<Batch>> {
    std::vector<Batch> read;
    const std::int64_t until = std::min(end, offset + static_cast<std::int64_t>(records_max));
    std::size_t bytes = 0;
    for (std::int64_t next = offset; next < until && bytes < kFetchBytesMax;) {
      const std::optional<Row> row = tx.QueryOne(
          "SELECT base_offset, count, batch FROM log_batches WHERE topic = :topic AND part = :part"
          " AND base_offset <= :next ORDER BY base_offset DESC LIMIT 1",
          {{"topic", from.topic}, {"part", std::int64_t{from.partition}}, {"next", next}}, "iib");
      // Not before the first batch: what is missing there was purged, not lost.
      if (!row.has_value()) {
        return Error(kOffsetOutOfRange,
                     "offset " + std::to_string(next) + ", but the log begins later", ToText(from));
      }
      if (row->Int(0) + row->Int(1) <= next) {
        return Error(kLogDamaged, "no batch holds offset " + std::to_string(next), ToText(from));
      }
      bytes += row->Bytes(2).size();
      read.push_back(
          {row->Int(0), row->Int(1), std::make_shared<const std::string>(row->Bytes(2))});
      next = row->Int(0) + row->Int(1);
    }
    return read;
  });
}

Result<std::vector<StoredRecord>> EmbeddedLog::Fetch(const TopicPartition& from,
                                                     std::int64_t offset, int records_max,
                                                     std::chrono::milliseconds wait) {
  PLAZA_CHECK(records_max > 0);
  const auto limit = static_cast<std::size_t>(records_max);
  std::vector<Batch> batches;
  std::int64_t end = 0;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    PLAZA_ASSIGN_OR_RETURN(const Partition* partition, Find(from));
    if (offset < 0 || offset > partition->end) {
      return Error(kOffsetOutOfRange,
                   "offset " + std::to_string(offset) + ", but the log ends at " +
                       std::to_string(partition->end),
                   ToText(from));
    }
    grown_.wait_for(lock, wait, [&] { return partition->end > offset; });
    end = partition->end;
    batches = TakeFromTail(*partition, offset, limit);
  }
  if (end == offset) return std::vector<StoredRecord>{};
  if (batches.empty()) {
    PLAZA_ASSIGN_OR_RETURN(batches, ReadBatches(from, offset, end, limit));
  }
  std::vector<StoredRecord> records;
  records.reserve(std::min<std::size_t>(limit, static_cast<std::size_t>(end - offset)));
  for (const Batch& batch : batches) {
    const auto skip = static_cast<std::size_t>(std::max<std::int64_t>(0, offset - batch.base));
    PLAZA_RETURN_IF_ERROR(DecodeBatch(*batch.bytes,
                                      ToText(from) + " batch at " + std::to_string(batch.base),
                                      batch.base, skip, limit - records.size(), records));
  }
  return records;
}

Result<std::vector<std::int64_t>> EmbeddedLog::EndOffsets(std::span<const TopicPartition> of) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::int64_t> ends;
  for (const TopicPartition& at : of) {
    PLAZA_ASSIGN_OR_RETURN(const Partition* partition, Find(at));
    ends.push_back(partition->end);
  }
  return ends;
}

Result<Assignment> EmbeddedLog::Join(std::string_view group, std::span<const std::string> topics) {
  Assignment assignment;
  for (const std::string& topic : topics) {
    PLAZA_ASSIGN_OR_RETURN(const int partitions, PartitionCount(topic));
    for (int part = 0; part < partitions; ++part) assignment.partitions.push_back({topic, part});
  }
  PLAZA_ASSIGN_OR_RETURN(assignment.epoch, db_->Write([&](Tx& tx) -> Result<std::int64_t> {
    tx.Exec(
        "INSERT INTO log_groups (member_group, epoch) VALUES (:name, 1)"
        " ON CONFLICT (member_group) DO UPDATE SET epoch = log_groups.epoch + 1",
        {{"name", std::string(group)}});
    return tx
        .QueryOne("SELECT epoch FROM log_groups WHERE member_group = :name",
                  {{"name", std::string(group)}}, "i")
        ->Int(0);
  }));
  return assignment;
}

}  // namespace

Result<std::unique_ptr<Log>> OpenEmbeddedLog(const EmbeddedOptions& options) {
  PLAZA_ASSIGN_OR_RETURN(std::unique_ptr<FileLock> claim, FileLock::Take(options.path + ".lock"));
  store::Options store_options;
  store_options.path = options.path;
  store_options.sync_full = options.sync_full;
  PLAZA_ASSIGN_OR_RETURN(std::unique_ptr<store::Db> db, store::Db::Open(store_options));
  PLAZA_RETURN_IF_ERROR(db->Migrate("embedded_log", store::EmbeddedLogMigrations()));
  auto log = std::make_unique<EmbeddedLog>(std::move(claim), std::move(db));
  PLAZA_RETURN_IF_ERROR(log->Load());
  return std::unique_ptr<Log>(std::move(log));
}

}  // namespace plaza::eventlog
