// Append, fetch, coordinate: what every log promises.
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"
#include "tests/contract/eventlog/backend.h"

namespace plaza::eventlog::contract {
namespace {

class Logs : public ::testing::TestWithParam<BackendFactory> {
 protected:
  void SetUp() override {
    backend_ = GetParam().make();
    Reopen();
    const TopicSpec specs[] = {{"a", 3}, {"b", 1}};
    ASSERT_TRUE(log_->CreateTopics(specs).ok());
  }
  void Reopen() {
    auto opened = backend_->Reopen();
    ASSERT_TRUE(opened.ok()) << opened.error().ToString();
    log_ = *opened;
  }
  Result<void> Append(const std::string& topic, int partition, std::vector<Record> records) {
    const AppendBatch batch{{topic, partition}, std::move(records)};
    return log_->Append({&batch, 1});
  }
  // "offset:value" of what is there.
  std::vector<std::string> Values(const TopicPartition& at, std::int64_t offset, int max) {
    const auto fetched = log_->Fetch(at, offset, max, kNow);
    EXPECT_TRUE(fetched.ok()) << fetched.error().ToString();
    std::vector<std::string> values;
    if (!fetched.ok()) return values;
    for (const StoredRecord& one : *fetched) {
      values.push_back(std::to_string(one.offset) + ":" + one.record.value);
    }
    return values;
  }

  std::unique_ptr<Backend> backend_;
  Log* log_ = nullptr;
};

using Texts = std::vector<std::string>;

TEST_P(Logs, CreatingTopicsAgainIsFineAndResizingIsNot) {
  const struct {
    const char* name;
    TopicSpec spec;
    const ErrorKind* refused;
  } table[] = {
      {"the same again", {"a", 3}, nullptr},
      {"more", {"a", 4}, &kTopicResized},
      {"fewer", {"a", 2}, &kTopicResized},
      {"another", {"c", 2}, nullptr},
      {"no name", {"", 2}, &kBadTopic},
      {"no partition", {"d", 0}, &kBadTopic},
      {"too many", {"d", kPartitionsMax + 1}, &kBadTopic},
  };
  for (const auto& row : table) {
    const auto done = log_->CreateTopics({&row.spec, 1});
    EXPECT_EQ(done.ok(), row.refused == nullptr) << row.name;
    if (!done.ok()) {
      EXPECT_TRUE(done.error().Is(*row.refused)) << row.name << ": " << done.error().ToString();
    }
  }
  Reopen();
  EXPECT_EQ(log_->PartitionCount("a").value(), 3);
  EXPECT_EQ(log_->PartitionCount("c").value(), 2);
  EXPECT_TRUE(log_->PartitionCount("d").error().Is(kUnknownTopic));
}

TEST_P(Logs, OffsetsCountFromZeroInTheOrderOfAppending) {
  ASSERT_TRUE(Append("a", 1, {{"k", "v0"}, {"k", "v1"}}).ok());
  ASSERT_TRUE(Append("a", 1, {{"k", "v2"}}).ok());
  ASSERT_TRUE(Append("a", 1, {{"k", "v3"}, {"k", "v4"}, {"k", "v5"}}).ok());
  for (const bool reopened : {false, true}) {  // from memory, from the disk
    if (reopened) Reopen();
    const struct {
      std::int64_t offset;
      int max;
      Texts values;
    } table[] = {
        {0, 100, {"0:v0", "1:v1", "2:v2", "3:v3", "4:v4", "5:v5"}},
        {0, 1, {"0:v0"}},
        {1, 2, {"1:v1", "2:v2"}},
        {4, 1, {"4:v4"}},  // the middle of a batch
        {5, 100, {"5:v5"}},
        {6, 100, {}},
    };
    for (const auto& row : table) {
      EXPECT_EQ(Values({"a", 1}, row.offset, row.max), row.values)
          << row.offset << ", reopened " << reopened;
    }
    EXPECT_EQ(log_->EndOffset({"a", 1}).value(), 6);
    EXPECT_EQ(log_->EndOffset({"a", 0}).value(), 0);
    EXPECT_EQ(log_->EndOffset({"b", 0}).value(), 0);
    EXPECT_EQ(log_->EndOffsets({}).value().size(), 0U);  // a member may have no partition
  }
  ASSERT_TRUE(Append("a", 1, {{"k", "v6"}}).ok());              // goes on after a restart
  EXPECT_EQ(Values({"a", 1}, 5, 10), (Texts{"5:v5", "6:v6"}));  // from the disk and from memory
}

TEST_P(Logs, KeysAndValuesAreOctets) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  ASSERT_TRUE(Append("b", 0, {{all, all + all}, {"", ""}}).ok());
  for (int i = 0; i < 2; ++i) {
    const auto fetched = log_->Fetch({"b", 0}, 0, 10, kNow);
    ASSERT_TRUE(fetched.ok());
    ASSERT_EQ(fetched->size(), 2U);
    EXPECT_EQ((*fetched)[0].record.key, all);
    EXPECT_EQ((*fetched)[0].record.value, all + all);
    EXPECT_EQ((*fetched)[1].record.key, "");
    EXPECT_EQ((*fetched)[1].record.value, "");
    Reopen();
  }
}

TEST_P(Logs, AnAppendIsAllOrNothing) {
  const AppendBatch good{{"a", 0}, {{"k", "v"}}};
  const struct {
    const char* name;
    AppendBatch bad;
    const ErrorKind& kind;
  } table[] = {
      {"unknown topic", {{"zzz", 0}, {{"k", "v"}}}, kUnknownTopic},
      {"unknown partition", {{"a", 3}, {{"k", "v"}}}, kUnknownPartition},
      {"negative partition", {{"a", -1}, {{"k", "v"}}}, kUnknownPartition},
      {"value too large",
       {{"a", 1}, {{"k", std::string(kRecordBytesMax + 1, 'v')}}},
       kRecordTooLarge},
      {"key too large", {{"a", 1}, {{std::string(kKeyBytesMax + 1, 'k'), "v"}}}, kRecordTooLarge},
      {"too many records", {{"a", 1}, std::vector<Record>(kBatchRecordsMax + 1)}, kBatchTooLarge},
  };
  for (const auto& row : table) {
    const AppendBatch batches[] = {good, row.bad};
    const auto refused = log_->Append(batches);
    ASSERT_FALSE(refused.ok()) << row.name;
    EXPECT_TRUE(refused.error().Is(row.kind)) << row.name << ": " << refused.error().ToString();
    const auto end = log_->EndOffset({"a", 0});
    ASSERT_TRUE(end.ok()) << row.name << ": " << end.error().ToString();
    EXPECT_EQ(*end, 0) << row.name;
  }
  const AppendBatch several[] = {
      good, {{"a", 1}, {}}, good, {{"b", 0}, {{"k", std::string(kRecordBytesMax, 'v')}}}};
  ASSERT_TRUE(log_->Append(several).ok());
  EXPECT_EQ(log_->EndOffset({"a", 0}).value(), 2);
  EXPECT_EQ(log_->EndOffset({"a", 1}).value(), 0);
  EXPECT_EQ(log_->EndOffset({"b", 0}).value(), 1);
  EXPECT_TRUE(log_->Append({}).ok());
}

TEST_P(Logs, FetchRefusesWhatIsNotThere) {
  const struct {
    TopicPartition from;
    std::int64_t offset;
    const ErrorKind& kind;
  } table[] = {{{"zzz", 0}, 0, kUnknownTopic},
               {{"a", 3}, 0, kUnknownPartition},
               {{"a", 0}, 1, kOffsetOutOfRange},
               {{"a", 0}, -1, kOffsetOutOfRange}};
  for (const auto& row : table) {
    const auto refused = log_->Fetch(row.from, row.offset, 10, kNow);
    ASSERT_FALSE(refused.ok());
    EXPECT_TRUE(refused.error().Is(row.kind)) << refused.error().ToString();
  }
}

TEST_P(Logs, FetchWaitsForAnAppend) {
  std::thread writer([&] { EXPECT_TRUE(Append("b", 0, {{"k", "v"}}).ok()); });
  const auto fetched = log_->Fetch({"b", 0}, 0, 10, kPatience);
  writer.join();
  ASSERT_TRUE(fetched.ok());
  ASSERT_EQ(fetched->size(), 1U);
  const auto none = log_->Fetch({"b", 0}, 1, 10, std::chrono::milliseconds(1));
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(none->empty());
}

TEST_P(Logs, AnAppendWakesWhoWaits) {
  const std::uint64_t seen = log_->AppendGeneration();
  std::thread writer([&] { EXPECT_TRUE(Append("b", 0, {{"k", "v"}}).ok()); });
  log_->WaitForAppend(seen, kPatience);
  EXPECT_NE(log_->AppendGeneration(), seen);
  writer.join();
  const std::uint64_t again = log_->AppendGeneration();
  std::thread waker([&] { log_->WakeWaiters(); });
  log_->WaitForAppend(again, kPatience);
  EXPECT_NE(log_->AppendGeneration(), again);
  waker.join();
}

TEST_P(Logs, ManyThreadsAppendWithoutGapsAndKeepTheirOrder) {
  constexpr int kThreads = 8;
  constexpr int kEach = 40;
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string key = std::to_string(t);
        if (!Append("a", t % 2, {{key, std::to_string(2 * i)}, {key, std::to_string(2 * i + 1)}})
                 .ok())
          ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures.load(), 0);
  for (int reopened = 0; reopened < 2; ++reopened) {
    for (int part = 0; part < 2; ++part) {
      std::map<std::string, int> next;
      std::int64_t offset = 0;
      for (;;) {
        const auto fetched = log_->Fetch({"a", part}, offset, 7, kNow);
        ASSERT_TRUE(fetched.ok());
        if (fetched->empty()) break;
        for (const StoredRecord& one : *fetched) {
          EXPECT_EQ(one.offset, offset++);
          EXPECT_EQ(one.record.value, std::to_string(next[one.record.key]++));
        }
      }
      EXPECT_EQ(offset, kThreads / 2 * kEach * 2);
    }
    Reopen();
  }
}

TEST_P(Logs, JoinGivesAllPartitionsAndANewEpoch) {
  const std::string topics[] = {"a", "b"};
  std::int64_t before = 0;
  for (int i = 0; i < 3; ++i) {
    const auto joined = log_->Join("fare", topics);
    ASSERT_TRUE(joined.ok()) << joined.error().ToString();
    EXPECT_GT(joined->epoch, before);
    before = joined->epoch;
    if (!log_->capabilities().rebalance || i == 0) {
      EXPECT_EQ(joined->partitions,
                (std::vector<TopicPartition>{{"a", 0}, {"a", 1}, {"a", 2}, {"b", 0}}));
    }
    log_->Leave("fare");
    Reopen();  // the epoch outlives the process
  }
  const std::string unknown[] = {"a", "zzz"};
  const auto refused = log_->Join("fare", unknown);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(kUnknownTopic));
}

TEST_P(Logs, ManyBytesAreFetchedInSeveralTurns) {
  const std::string value(kRecordBytesMax / 2, 'v');
  constexpr int kRecords = 100;  // more than one fetch takes, and more than stays in memory
  for (int i = 0; i < kRecords; ++i) ASSERT_TRUE(Append("b", 0, {{std::to_string(i), value}}).ok());
  std::int64_t offset = 0;
  int turns = 0;
  while (offset < kRecords) {
    const auto fetched = log_->Fetch({"b", 0}, offset, 1000, kNow);
    ASSERT_TRUE(fetched.ok());
    ASSERT_FALSE(fetched->empty());
    for (const StoredRecord& one : *fetched) {
      EXPECT_EQ(one.record.key, std::to_string(offset++));
      EXPECT_EQ(one.record.value.size(), value.size());
    }
    ++turns;
  }
  EXPECT_GT(turns, 1);
}

INSTANTIATE_TEST_SUITE_P(Log, Logs, ::testing::ValuesIn(Backends()), BackendName);

}  // namespace
}  // namespace plaza::eventlog::contract
