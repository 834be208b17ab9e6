// The embedded log against raw SQLite inserts and selects of the same octets, in the same run: one
// JSON line each.
#include <cstring>
#include <thread>
#include <vector>

#include "libs/eventlog/batch.h"
#include "libs/eventlog/participant.h"
#include "libs/eventlog/topics.h"
#include "tests/bench/store/raw_sqlite.h"
#include "tests/support/temp_folder.h"

namespace plaza::bench {
namespace {

using eventlog::AppendBatch;
using eventlog::Log;
using eventlog::Record;
using eventlog::StoredRecord;

constexpr int kBatches = 2000;
constexpr int kPerBatch = 100;
constexpr int kRecords = kBatches * kPerBatch;
constexpr std::size_t kValueBytes = 300;  // about a TapRecorded

std::vector<Record> MakeRecords() {
  std::vector<Record> records;
  for (int i = 0; i < kPerBatch; ++i)
    records.push_back({std::string(16, static_cast<char>(i)), std::string(kValueBytes, 'v')});
  return records;
}

std::unique_ptr<Log> OpenLog(const std::string& path) {
  auto log = eventlog::OpenEmbeddedLog({path});
  PLAZA_CHECK(log.ok());
  const auto topics = eventlog::CityTopics(4);
  PLAZA_CHECK((*log)->CreateTopics(topics).ok());
  return std::move(log).value();
}

int FetchAll(Log& log) {
  int count = 0;
  for (int part = 0; part < 4; ++part) {
    std::int64_t offset = 0;
    for (;;) {
      const auto records = log.Fetch({std::string(eventlog::topic::kTaps), part}, offset, 2000,
                                     std::chrono::milliseconds(0));
      PLAZA_CHECK(records.ok());
      if (records->empty()) break;
      offset = records->back().offset + 1;
      count += static_cast<int>(records->size());
    }
  }
  return count;
}

void BenchLog(const std::string& raw_path, const std::string& path) {
  const std::vector<Record> records = MakeRecords();
  const std::string bytes = eventlog::EncodeBatch(records);
  RawSqlite raw(raw_path);
  raw.Run(
      "CREATE TABLE log_batches (topic TEXT NOT NULL, part BIGINT NOT NULL, base_offset BIGINT NOT "
      "NULL,"
      " count BIGINT NOT NULL, batch BLOB NOT NULL, PRIMARY KEY (topic, part, base_offset))");
  raw.Prepare("INSERT INTO log_batches VALUES (?, ?, ?, ?, ?)");
  const double append_floor = Seconds([&] {
    for (int i = 0; i < kBatches; ++i) {
      raw.Run("BEGIN IMMEDIATE");
      raw.BindText(1, eventlog::topic::kTaps);
      raw.Bind(2, i % 4);
      raw.Bind(3, i / 4 * kPerBatch);
      raw.Bind(4, kPerBatch);
      raw.BindBlob(5, bytes);
      raw.Step();
      raw.Run("COMMIT");
    }
  });
  raw.Prepare(
      "SELECT base_offset, count, batch FROM log_batches WHERE topic = ? AND part = ? ORDER BY "
      "base_offset");
  const double fetch_floor = Seconds([&] {
    for (int part = 0; part < 4; ++part) {
      raw.BindText(1, eventlog::topic::kTaps);
      raw.Bind(2, part);
      raw.Step();
    }
  });
  auto log = OpenLog(path);
  const double append = Seconds([&] {
    for (int i = 0; i < kBatches; ++i) {
      const AppendBatch batch{{std::string(eventlog::topic::kTaps), i % 4}, records};
      PLAZA_CHECK(log->Append({&batch, 1}).ok());
    }
  });
  Print("eventlog_append_batches_of_100", kRecords / append, "records/s", kRecords / append_floor);
  log = nullptr;
  log = OpenLog(path);
  const double fetch = Seconds([&] { PLAZA_CHECK(FetchAll(*log) == kRecords); });
  Print("eventlog_fetch_from_disk", kRecords / fetch, "records/s", kRecords / fetch_floor);
}

// Handles a record with as little as can be, and sends one on: what is left is the way itself.
class Relayer : public eventlog::Handler {
 public:
  explicit Relayer(std::string_view to) : to_(to) {}
  Result<std::vector<eventlog::Rejected>> Handle(store::Tx&, eventlog::Outbox& outbox,
                                                 const eventlog::TopicPartition& from,
                                                 std::span<const StoredRecord> records) override {
    if (!to_.empty()) {
      for (const StoredRecord& one : records)
        outbox.Add(to_, from.partition, one.record.key, one.record.value);
    }
    return std::vector<eventlog::Rejected>{};
  }

 private:
  std::string_view to_;
};

std::unique_ptr<eventlog::Participant> OpenParticipant(Log& log, const std::string& folder,
                                                       const std::string& name,
                                                       std::string_view topic,
                                                       eventlog::Handler& handler) {
  eventlog::ParticipantOptions options;
  options.name = name;
  options.store.path = folder + "/" + name + ".db";
  options.topics = {std::string(topic)};
  auto participant = eventlog::Participant::Open(log, std::move(options));
  PLAZA_CHECK(participant.ok());
  (*participant)->SetHandler(handler);
  return std::move(participant).value();
}

// Taps appended in uploads of 100 spread over the partitions → consumer → outbox → log → consumer.
// The floor is the raw append of the taps alone, one upload a commit.
void BenchTwoHops(const std::string& folder) {
  const std::vector<Record> records = MakeRecords();
  const std::string bytes = eventlog::EncodeBatch(records);
  RawSqlite raw(folder + "/raw-hops.db");
  raw.Run("CREATE TABLE t (n INTEGER PRIMARY KEY, batch BLOB NOT NULL)");
  raw.Prepare("INSERT INTO t VALUES (?, ?)");
  const double floor = Seconds([&] {
    for (int i = 0; i < kBatches; ++i) {
      raw.Bind(1, i);
      raw.BindBlob(2, bytes);
      raw.Step();
    }
  });
  auto log = OpenLog(folder + "/hops.db");
  Relayer fare(eventlog::topic::kCharges);
  Relayer clearing("");
  auto first = OpenParticipant(*log, folder, "fare", eventlog::topic::kTaps, fare);
  auto second = OpenParticipant(*log, folder, "clearing", eventlog::topic::kCharges, clearing);
  first->Start();
  second->Start();
  const double mine = Seconds([&] {
    std::vector<AppendBatch> upload(4);
    for (int i = 0; i < kBatches; ++i) {
      for (std::size_t part = 0; part < 4; ++part) {
        upload[part] = {
            {std::string(eventlog::topic::kTaps), static_cast<int>(part)},
            std::vector<Record>(
                records.begin() + static_cast<std::ptrdiff_t>(part) * kPerBatch / 4,
                records.begin() + static_cast<std::ptrdiff_t>(part + 1) * kPerBatch / 4)};
      }
      PLAZA_CHECK(log->Append(upload).ok());
    }
    while (second->Progress().handled < kRecords) {
      log->WaitForAppend(log->AppendGeneration(), std::chrono::milliseconds(1));
    }
  });
  first->Stop();
  second->Stop();
  Print("eventlog_two_hops", kRecords / mine, "records/s", kRecords / floor);
}

void Main() {
  const testing::TempFolder folder;
  BenchLog((folder.path() / "raw.db").string(), (folder.path() / "log.db").string());
  BenchTwoHops(folder.path().string());
}

}  // namespace
}  // namespace plaza::bench

int main() { plaza::bench::Main(); }
