// The log that a rebuild reads: archive, then what the live log has beyond it; nothing goes out.
#include "libs/archive/replay_log.h"

#include "libs/archive/errors.h"
#include "libs/eventlog/errors.h"
#include "libs/eventlog/purge.h"
#include "tests/unit/libs/archive/archive_fixture.h"

namespace plaza::archive {
namespace {

using eventlog::TopicPartition;
using ::testing::HasSubstr;

class Replay : public ArchiveFixture {
 protected:
  Replay() {
    Append("a", 0, 3);
    Append("b", 0, 2);
    PLAZA_CHECK(Run(1).ok());
    Append("a", 0, 2);
    PLAZA_CHECK(Run(2).ok());
    Append("a", 0, 4);  // 5 to 8 are in the log alone
  }
  // All values from an offset on, fetched `at_once` at a time.
  static std::vector<std::string> All(eventlog::Log& log, const TopicPartition& at,
                                      std::int64_t offset, int at_once) {
    std::vector<std::string> values;
    for (std::int64_t end = log.EndOffset(at).value(); offset < end;) {
      const auto records = log.Fetch(at, offset, at_once, std::chrono::milliseconds(0));
      EXPECT_TRUE(records.ok() && !records->empty()) << offset;
      if (!records.ok() || records->empty()) break;
      for (const auto& stored : *records) {
        EXPECT_EQ(stored.offset, offset++);
        values.push_back(stored.record.value);
      }
    }
    return values;
  }
  static std::vector<std::string> Expected(const TopicPartition& at, int from, int end) {
    std::vector<std::string> values;
    for (int i = from; i < end; ++i) values.push_back(Value(at, std::to_string(i)));
    return values;
  }
};

TEST_F(Replay, ReadsTheArchiveThenTheLog) {
  // What is archived is taken from there: the log has it no more.
  const auto purger = eventlog::OpenEmbeddedLogPurger(log_path());
  const eventlog::PurgePoint point{{"a", 0}, 5};
  ASSERT_TRUE((*purger)->Purge({&point, 1}).ok());
  const std::vector<TopicPartition> a0{{"a", 0}};
  EXPECT_EQ((*purger)->Starts(a0).value(), (std::vector<std::int64_t>{5}));
  const Archive archive = Archive::Open(*store_).value();
  const auto replay = ReplayLog::Open(archive, log_.get(), std::nullopt);
  ASSERT_TRUE(replay.ok()) << replay.error().ToString();
  for (const int at_once : {1, 2, 100}) {
    EXPECT_EQ(All(**replay, {"a", 0}, 0, at_once), Expected({"a", 0}, 0, 9));
    EXPECT_EQ(All(**replay, {"a", 0}, 4, at_once), Expected({"a", 0}, 4, 9));
    EXPECT_EQ(All(**replay, {"b", 0}, 0, at_once), Expected({"b", 0}, 0, 2));
    EXPECT_EQ(All(**replay, {"a", 1}, 0, at_once), std::vector<std::string>());
  }
  Append("a", 0, 1);  // after it was opened: not of this replay
  EXPECT_EQ(All(**replay, {"a", 0}, 0, 100), Expected({"a", 0}, 0, 9));
  const auto beyond = (*replay)->Fetch({"a", 0}, 10, 1, std::chrono::milliseconds(0));
  EXPECT_TRUE(beyond.error().Is(eventlog::kOffsetOutOfRange));
  EXPECT_TRUE((*replay)->PartitionCount("c").error().Is(eventlog::kUnknownTopic));
}

TEST_F(Replay, WithoutALogTheArchiveIsAll) {
  const Archive archive = Archive::Open(*store_).value();
  const auto replay = ReplayLog::Open(archive, nullptr, std::nullopt);
  ASSERT_TRUE(replay.ok());
  EXPECT_EQ((*replay)->PartitionCount("a").value(), 2);
  EXPECT_EQ(All(**replay, {"a", 0}, 0, 100), Expected({"a", 0}, 0, 5));
}

TEST_F(Replay, FromADayOnEarlierOffsetsAreOutOfRange) {
  const Archive archive = Archive::Open(*store_).value();
  const auto replay = ReplayLog::Open(archive, log_.get(), Day(2));
  ASSERT_TRUE(replay.ok());
  EXPECT_EQ(All(**replay, {"a", 0}, 3, 100), Expected({"a", 0}, 3, 9));
  const auto before = (*replay)->Fetch({"a", 0}, 2, 1, std::chrono::milliseconds(0));
  ASSERT_FALSE(before.ok());
  EXPECT_TRUE(before.error().Is(eventlog::kOffsetOutOfRange));
  EXPECT_THAT(before.error().what(), HasSubstr("3 to 9"));
}

TEST_F(Replay, WhatIsAppendedIsSwallowedAndCounted) {
  const Archive archive = Archive::Open(*store_).value();
  const auto replay = ReplayLog::Open(archive, log_.get(), std::nullopt);
  ASSERT_TRUE(replay.ok());
  const std::int64_t end = log_->EndOffset({"a", 1}).value();
  const std::vector<eventlog::AppendBatch> batches{
      {{"a", 1}, {{"x", "a/0/2"}, {"x", "a/0/7"}, {"x", "never said"}, {"x", "a/0/2"}}},
      {{"b", 0}, {{"x", "b/0/1"}}}};
  ASSERT_TRUE((*replay)->Append(batches).ok());
  EXPECT_EQ(log_->EndOffset({"a", 1}).value(), end);
  EXPECT_EQ((*replay)->EndOffset({"a", 1}).value(), end);
  const auto counts = (*replay)->CountSwallowed();
  ASSERT_TRUE(counts.ok()) << counts.error().ToString();
  EXPECT_EQ(counts->at("a").records, 4);
  EXPECT_EQ(counts->at("a").unknown, 1);
  EXPECT_EQ(counts->at("b").records, 1);
  EXPECT_EQ(counts->at("b").unknown, 0);
  const eventlog::AppendBatch nowhere{{"c", 0}, {{"k", "v"}}};
  EXPECT_TRUE((*replay)->Append({&nowhere, 1}).error().Is(eventlog::kUnknownTopic));
}

TEST_F(Replay, ADamagedFileIsNotReplayed) {
  FlipOctet(std::filesystem::path(folder()) / "a/0/00000000000000000003.plz", 70);
  const Archive archive = Archive::Open(*store_).value();
  const auto replay = ReplayLog::Open(archive, log_.get(), std::nullopt);
  ASSERT_TRUE((*replay)->Fetch({"a", 0}, 0, 10, std::chrono::milliseconds(0)).ok());
  const auto damaged = (*replay)->Fetch({"a", 0}, 3, 10, std::chrono::milliseconds(0));
  ASSERT_FALSE(damaged.ok());
  EXPECT_TRUE(damaged.error().Is(kDamaged));
  EXPECT_THAT(damaged.error().where(), HasSubstr("a/0/00000000000000000003.plz"));
}

TEST_F(Replay, APurgedLogSaysWhereItBegins) {
  const auto purger = eventlog::OpenEmbeddedLogPurger(log_path());
  const std::vector<eventlog::PurgePoint> all{{{"a", 0}, 100}, {{"b", 0}, 100}};
  ASSERT_TRUE((*purger)->Purge(all).ok());
  log_ = nullptr;
  log_ = std::move(eventlog::OpenEmbeddedLog({.path = log_path()})).value();
  // The last batch stays, so that the log goes on where it ended.
  EXPECT_EQ(log_->EndOffset({"a", 0}).value(), 9);
  EXPECT_EQ(log_->EndOffset({"b", 0}).value(), 2);
  const auto gone = log_->Fetch({"a", 0}, 0, 10, std::chrono::milliseconds(0));
  ASSERT_FALSE(gone.ok());
  EXPECT_TRUE(gone.error().Is(eventlog::kOffsetOutOfRange)) << gone.error().ToString();
  Append("a", 0, 1);
  EXPECT_EQ(All(*log_, {"a", 0}, 5, 100), Expected({"a", 0}, 5, 10));
}

}  // namespace
}  // namespace plaza::archive
