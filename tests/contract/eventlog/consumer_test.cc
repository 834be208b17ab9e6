// Consumer, outbox and relay on a log: at least once on the way, exactly once in effect.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "libs/eventlog/consumer.h"
#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"
#include "libs/eventlog/participant.h"
#include "libs/store/errors.h"
#include "plaza/events/v1/events.pb.h"
#include "tests/contract/eventlog/backend.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_folder.h"

namespace plaza::eventlog::contract {
namespace {

using plaza::testing::Eventually;
using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

constexpr ErrorKind kBadFact{StatusCode::kInvalidArgument, "BAD_FACT", "Send a good one."};
constexpr ErrorKind kAway{StatusCode::kUnavailable, "AWAY", "Wait."};

// Keeps each value in a table with a unique key and sends it on to "out": a second effect would
// show.
class Keeper : public Handler {
 public:
  Result<std::vector<Rejected>> Handle(store::Tx& tx, Outbox& outbox, const TopicPartition& from,
                                       std::span<const StoredRecord> records) override {
    std::vector<Rejected> rejected;
    for (std::size_t i = 0; i < records.size(); ++i) {
      const Record& record = records[i].record;
      if (record.value == "poison") {
        rejected.push_back({i, Error(kBadFact, "poisoned", "value")});
        continue;
      }
      tx.Exec("INSERT INTO kept (part, n, value) VALUES (:part, :n, :value)",
              {{"part", std::int64_t{from.partition}},
               {"n", records[i].offset},
               {"value", record.value}});
      outbox.Add("out", from.partition, record.key, "out-" + record.value);
    }
    ++batches;
    if (before_return) before_return();
    if (fail_times.load() > 0) {
      --fail_times;
      return Error(kAway, "as if");
    }
    return rejected;
  }
  void Reset() override { ++resets; }

  std::atomic<int> batches{0};
  std::atomic<int> resets{0};
  std::atomic<int> fail_times{0};
  std::function<void()> before_return;
};

class Consumers : public ::testing::TestWithParam<BackendFactory> {
 protected:
  void SetUp() override {
    backend_ = GetParam().make();
    auto opened = backend_->Reopen();
    ASSERT_TRUE(opened.ok());
    log_ = *opened;
    const TopicSpec specs[] = {{"in", 2}, {"in.dlq", 2}, {"out", 2}, {"lonely", 1}};
    ASSERT_TRUE(log_->CreateTopics(specs).ok());
  }
  std::unique_ptr<Participant> Open(Handler* handler, std::vector<std::string> topics = {"in"},
                                    int records_max = 100) {
    ParticipantOptions options;
    options.name = "keeper";
    options.store.path = (folder_.path() / "keeper.db").string();
    options.topics = std::move(topics);
    options.records_max = records_max;
    options.migrations = {
        {1, "0001",
         "CREATE TABLE kept (part BIGINT NOT NULL, n BIGINT NOT NULL, value TEXT NOT NULL,"
         " PRIMARY KEY (part, n))"}};
    auto opened = Participant::Open(*log_, std::move(options));
    EXPECT_TRUE(opened.ok()) << opened.error().ToString();
    if (!opened.ok()) return nullptr;
    if (handler != nullptr) (*opened)->SetHandler(*handler);
    return std::move(opened).value();
  }
  void Send(int partition, const Texts& values) {
    AppendBatch batch{{"in", partition}, {}};
    for (const std::string& value : values) batch.records.push_back({"key-" + value, value});
    ASSERT_TRUE(log_->Append({&batch, 1}).ok());
  }
  Texts Values(const TopicPartition& at) {
    const auto fetched = log_->Fetch(at, 0, 100'000, kNow);
    EXPECT_TRUE(fetched.ok());
    Texts values;
    for (const StoredRecord& one : *fetched) values.push_back(one.record.value);
    return values;
  }
  static Texts Kept(Participant& participant) {
    Texts kept;
    const auto read = participant.db().Read([&](store::Tx& tx) -> Result<void> {
      tx.Query("SELECT value FROM kept ORDER BY part, n", {}, "t",
               [&](const store::Row& row) { kept.push_back(row.Text(0)); });
      return {};
    });
    EXPECT_TRUE(read.ok());
    return kept;
  }

  testing::TempFolder folder_;
  std::unique_ptr<Backend> backend_;
  Log* log_ = nullptr;
};

TEST_P(Consumers, AFactIsHandledOnceAndWhatFollowsIsInTheLog) {
  Keeper keeper;
  auto participant = Open(&keeper);
  Send(0, {"a", "b"});
  Send(1, {"c"});
  EXPECT_EQ(participant->Progress().lag, 3);  // before the first pass
  ASSERT_TRUE(participant->RunUntilIdle().ok());
  ASSERT_TRUE(participant->RunUntilIdle().ok());
  EXPECT_EQ(Kept(*participant), (Texts{"a", "b", "c"}));
  EXPECT_EQ(Values({"out", 0}), (Texts{"out-a", "out-b"}));
  EXPECT_EQ(Values({"out", 1}), (Texts{"out-c"}));
  const ConsumerProgress progress = participant->Progress();
  EXPECT_EQ(progress.lag, 0);
  EXPECT_EQ(progress.handled, 3);
  EXPECT_EQ(progress.dead_lettered, 0);
  EXPECT_EQ(progress.last_error, "");
  EXPECT_EQ(participant->OutboxPending(), 0);
}

TEST_P(Consumers, BatchesHaveABound) {
  Keeper keeper;
  auto participant = Open(&keeper, {"in"}, 3);
  Send(0, {"a", "b", "c", "d", "e", "f", "g"});
  ASSERT_TRUE(participant->RunUntilIdle().ok());
  EXPECT_EQ(keeper.batches.load(), 3);
  EXPECT_EQ(Kept(*participant).size(), 7U);
}

TEST_P(Consumers, ARestartGoesOnWhereTheLastCommitWas) {
  Keeper keeper;
  Send(0, {"a"});
  ASSERT_TRUE(Open(&keeper)->RunUntilIdle().ok());
  Send(0, {"b"});
  auto again = Open(&keeper);
  EXPECT_EQ(again->Progress().lag, 1);
  ASSERT_TRUE(again->RunUntilIdle().ok());
  EXPECT_EQ(Kept(*again), (Texts{"a", "b"}));
  EXPECT_EQ(Values({"out", 0}), (Texts{"out-a", "out-b"}));
}

TEST_P(Consumers, APoisonedRecordIsDeadLetteredWithItsReasonAndTheRestGoOn) {
  Keeper keeper;
  auto participant = Open(&keeper);
  Send(1, {"a", "poison", "b"});
  ASSERT_TRUE(participant->RunUntilIdle().ok());
  EXPECT_EQ(Kept(*participant), (Texts{"a", "b"}));
  EXPECT_EQ(participant->Progress().dead_lettered, 1);
  const auto dead = log_->Fetch({"in.dlq", 1}, 0, 10, kNow);
  ASSERT_TRUE(dead.ok());
  ASSERT_EQ(dead->size(), 1U);
  EXPECT_EQ(dead->front().record.key, "key-poison");
  events::v1::Event event;
  ASSERT_TRUE(event.ParseFromString(dead->front().record.value));
  const events::v1::DeadLetter& letter = event.dead_letter();
  EXPECT_EQ(event.id().size(), 16U);
  EXPECT_EQ(event.source(), "keeper");
  EXPECT_EQ(letter.consumer(), "keeper");
  EXPECT_EQ(letter.topic(), "in");
  EXPECT_EQ(letter.partition(), 1);
  EXPECT_EQ(letter.offset(), 1);
  EXPECT_EQ(letter.code(), "BAD_FACT");
  EXPECT_THAT(letter.message(), HasSubstr("poisoned, at value"));
  EXPECT_EQ(letter.key(), "key-poison");
  EXPECT_EQ(letter.value(), "poison");
}

TEST_P(Consumers, AHandlersErrorUndoesEverythingAndIsTriedAgain) {
  Keeper keeper;
  auto participant = Open(&keeper);
  Send(0, {"a", "poison"});
  keeper.fail_times = 1;
  const auto failed = participant->RunUntilIdle();
  ASSERT_FALSE(failed.ok());
  EXPECT_TRUE(failed.error().Is(kAway));
  EXPECT_EQ(keeper.resets.load(), 2);  // at the assignment and after the rollback
  EXPECT_TRUE(Kept(*participant).empty());
  EXPECT_EQ(participant->OutboxPending(), 0);
  EXPECT_EQ(participant->Progress().lag, 2);
  EXPECT_THAT(participant->Progress().last_error, HasSubstr("AWAY"));
  EXPECT_TRUE(Values({"in.dlq", 0}).empty());
  ASSERT_TRUE(participant->RunUntilIdle().ok());
  EXPECT_EQ(Kept(*participant), (Texts{"a"}));
  EXPECT_EQ(Values({"in.dlq", 0}).size(), 1U);
  EXPECT_EQ(participant->Progress().last_error, "");
}

TEST_P(Consumers, AHandlersExceptionIsABugThatIsReportedAndRolledBack) {
  Keeper keeper;
  auto participant = Open(&keeper);
  Send(0, {"a"});
  keeper.before_return = [] { throw std::logic_error("off by one"); };
  const auto failed = participant->RunUntilIdle();
  ASSERT_FALSE(failed.ok());
  EXPECT_TRUE(failed.error().Is(kHandlerFailed)) << failed.error().ToString();
  EXPECT_TRUE(Kept(*participant).empty());
  keeper.before_return = nullptr;
  ASSERT_TRUE(participant->RunUntilIdle().ok());
  EXPECT_EQ(Kept(*participant), (Texts{"a"}));
}

TEST_P(Consumers, AFailingPartitionDoesNotHoldUpTheOthers) {
  Keeper keeper;
  auto participant = Open(&keeper);
  Send(0, {"a"});
  Send(1, {"b"});
  keeper.fail_times = 2;  // with the other partition's batch, and then alone
  EXPECT_FALSE(participant->RunUntilIdle().ok());
  EXPECT_EQ(Kept(*participant), (Texts{"b"}));
}

TEST_P(Consumers, PartitionsShareATransaction) {
  Keeper keeper;
  auto participant = Open(&keeper);
  Send(0, {"a"});
  Send(1, {"b"});
  keeper.fail_times = 1;  // together; each alone is then taken
  EXPECT_TRUE(participant->RunUntilIdle().ok());
  EXPECT_EQ(Kept(*participant), (Texts{"a", "b"}));
  EXPECT_EQ(keeper.resets.load(), 2);  // at the assignment and after the rollback of both
}

TEST_P(Consumers, AZombieChangesNothing) {
  Keeper keeper;
  auto participant = Open(nullptr);
  Consumer zombie(*log_, participant->db(), participant->relay(), keeper, {"keeper", {"in"}, 100});
  Consumer heir(*log_, participant->db(), participant->relay(), keeper, {"keeper", {"in"}, 100});
  Send(0, {"a"});
  ASSERT_TRUE(zombie.RunOnce().ok());
  Send(0, {"b"});
  ASSERT_EQ(heir.RunOnce().value(), 1);
  Send(0, {"c"});
  const int batches = keeper.batches.load();
  const auto refused = zombie.RunOnce();  // believes that "b" is next
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(kStaleAssignment)) << refused.error().ToString();
  EXPECT_EQ(keeper.batches.load(), batches);  // it did not even handle
  ASSERT_EQ(heir.RunOnce().value(), 1);
  EXPECT_EQ(Kept(*participant), (Texts{"a", "b", "c"}));
  ASSERT_TRUE(participant->relay().RunOnce().ok());
  EXPECT_EQ(Values({"out", 0}), (Texts{"out-a", "out-b", "out-c"}));
}

// The zombie is inside its transaction's body when the heir takes over: another process could not
// be, for the store has one writer, but its fetched batch may be that old.
TEST_P(Consumers, AZombieWithTheRightOffsetIsStillRefused) {
  Keeper keeper;
  auto participant = Open(nullptr);
  Consumer zombie(*log_, participant->db(), participant->relay(), keeper, {"keeper", {"in"}, 100});
  ASSERT_TRUE(zombie.RunOnce().ok());
  Consumer heir(*log_, participant->db(), participant->relay(), keeper, {"keeper", {"in"}, 100});
  ASSERT_TRUE(heir.RunOnce().ok());  // both are at offset 0
  Send(0, {"a"});
  EXPECT_FALSE(zombie.RunOnce().ok());
  EXPECT_TRUE(Kept(*participant).empty());
  EXPECT_EQ(heir.RunOnce().value(), 1);
}

// As after a commit whose answer was lost: what was done is not done again.
TEST_P(Consumers, AnOffsetThatIsNotTheStoredOneChangesNothing) {
  Keeper keeper;
  auto participant = Open(nullptr);
  Consumer consumer(*log_, participant->db(), participant->relay(), keeper, {"keeper", {"in"}, 1});
  Send(0, {"a", "b"});
  ASSERT_EQ(consumer.RunOnce().value(), 1);
  ASSERT_TRUE(participant->db()
                  .Write([](store::Tx& tx) -> Result<void> {
                    tx.Exec("UPDATE consumer_offsets SET next_offset = 2 WHERE part = 0");
                    return {};
                  })
                  .ok());
  const auto refused = consumer.RunOnce();
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(kStaleAssignment)) << refused.error().ToString();
  EXPECT_EQ(Kept(*participant), (Texts{"a"}));
}

// The transaction was committed, but its handler's caller was told that nobody knows.
TEST_P(Consumers, AfterAnAmbiguousCommitTheStoredOffsetDecides) {
  Keeper keeper;
  auto participant = Open(&keeper);
  Send(0, {"a"});
  keeper.before_return = [] {
    throw store::DbFailure(Error(store::kCommitAmbiguous, "connection lost"));
  };
  const auto failed = participant->RunUntilIdle();
  ASSERT_FALSE(failed.ok());
  EXPECT_TRUE(failed.error().Is(store::kCommitAmbiguous));
  keeper.before_return = nullptr;
  ASSERT_TRUE(participant->db()
                  .Write([](store::Tx& tx) -> Result<void> {
                    tx.Exec("UPDATE consumer_offsets SET next_offset = 1 WHERE part = 0");
                    return {};
                  })
                  .ok());
  Send(0, {"b"});
  ASSERT_TRUE(participant->RunUntilIdle().ok());
  EXPECT_EQ(Kept(*participant), (Texts{"b"}));
}

TEST_P(Consumers, TheLoopWakesUpHandlesAndStops) {
  Keeper keeper;
  auto participant = Open(&keeper);
  participant->Start();
  auto quickest = std::chrono::steady_clock::duration::max();
  for (int i = 0; i < 20; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    Send(i % 2, {"v" + std::to_string(i)});
    ASSERT_TRUE(Eventually(
        [&] { return participant->Progress().lag == 0 && participant->OutboxPending() == 0; }));
    quickest = std::min(quickest, std::chrono::steady_clock::now() - begin);
  }
  // Without being woken each would wait out the idle time. A busy machine may hold up some.
  EXPECT_LT(quickest, kIdleWaitMax);
  participant->Stop();
  EXPECT_EQ(Kept(*participant).size(), 20U);
  EXPECT_EQ(Values({"out", 0}).size() + Values({"out", 1}).size(), 20U);
  Send(0, {"later"});
  participant->Start();
  EXPECT_TRUE(Eventually([&] { return participant->Progress().handled == 21; }));
  participant->Stop();
}

TEST_P(Consumers, TheLoopTriesAgainAfterErrors) {
  Keeper keeper;
  keeper.fail_times = 4;
  auto participant = Open(&keeper);
  Send(0, {"a"});
  participant->Start();
  ASSERT_TRUE(Eventually([&] { return participant->Progress().lag == 0; }));
  participant->Stop();
  EXPECT_EQ(Kept(*participant), (Texts{"a"}));
  EXPECT_EQ(keeper.batches.load(), 5);
}

TEST_P(Consumers, StopInterruptsTheBackOff) {
  Keeper keeper;
  keeper.fail_times = 1'000'000;
  auto participant = Open(&keeper);
  Send(0, {"a"});
  participant->Start();
  ASSERT_TRUE(Eventually(
      [&] { return keeper.batches.load() >= 3 && !participant->Progress().last_error.empty(); }));
  const auto begin = std::chrono::steady_clock::now();
  participant->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kBackoffMax);
  EXPECT_TRUE(Kept(*participant).empty());
}

TEST_P(Consumers, StopCarriesWhatTheLastBatchWrote) {
  Keeper keeper;
  auto participant = Open(&keeper);
  participant->Start();
  Send(0, {"a"});
  ASSERT_TRUE(Eventually([&] { return participant->Progress().lag == 0; }));
  participant->Stop();
  EXPECT_EQ(Values({"out", 0}), (Texts{"out-a"}));
}

TEST_P(Consumers, AParticipantWithoutTopicsOnlyCarries) {
  auto participant = Open(nullptr, {});
  participant->Start();
  const auto done = participant->db().Write([&](store::Tx& tx) -> Result<void> {
    Outbox outbox(participant->relay());
    EXPECT_TRUE(outbox.empty());
    outbox.Add("out", 1, "k", "v");
    outbox.Flush(tx);
    return {};
  });
  ASSERT_TRUE(done.ok());
  const auto carried = log_->Fetch({"out", 1}, 0, 10, kPatience);  // the commit woke the relay
  ASSERT_TRUE(carried.ok());
  EXPECT_EQ(carried->size(), 1U);
  participant->Stop();
}

TEST_P(Consumers, AllTopicsNeedTheirDeadLetterTopic) {
  Keeper keeper;
  auto participant = Open(&keeper, {"lonely"});
  const auto failed = participant->RunUntilIdle();
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.error().what(), HasSubstr("lonely.dlq"));
}

TEST_P(Consumers, TheOutboxRefusesWhatTheLogWouldRefuse) {
  auto participant = Open(nullptr, {});
  const struct {
    const char* topic;
    int partition;
    std::size_t size;
    const ErrorKind& kind;
  } table[] = {{"zzz", 0, 1, kUnknownTopic},
               {"out", 2, 1, kUnknownPartition},
               {"out", 0, kRecordBytesMax + 1, kRecordTooLarge}};
  for (const auto& row : table) {
    const auto refused = participant->db().Write([&](store::Tx& tx) -> Result<void> {
      Outbox outbox(participant->relay());
      outbox.Add("out", 0, "k", "good");
      outbox.Add(row.topic, row.partition, "k", std::string(row.size, 'v'));
      outbox.Flush(tx);
      return {};
    });
    ASSERT_FALSE(refused.ok()) << row.topic;
    EXPECT_TRUE(refused.error().Is(row.kind)) << refused.error().ToString();
  }
  EXPECT_EQ(participant->OutboxPending(), 0);
}

// Transactions of many threads, some rolled back: what was committed leaves in the order of
// commits, once.
TEST_P(Consumers, TheRelayKeepsTheOrderOfCommits) {
  auto participant = Open(nullptr, {});
  store::GroupCommit group(participant->db(), 16);
  constexpr int kThreads = 4;
  constexpr int kEach = 60;
  std::atomic<int> failures{0};
  participant->Start();
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const bool refuse = i % 7 == 3;
        const auto done = group.Run([&](store::Tx& tx) -> Result<void> {
          Outbox outbox(participant->relay());
          outbox.Add("out", 0, std::to_string(t), std::to_string(t) + "/" + std::to_string(i));
          outbox.Flush(tx);
          if (refuse) return Error(kBadFact, "no");
          return {};
        });
        if (done.ok() == refuse) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  participant->Stop();
  EXPECT_EQ(failures.load(), 0);
  Texts wanted[kThreads];
  Texts got[kThreads];
  for (int t = 0; t < kThreads; ++t) {
    for (int i = 0; i < kEach; ++i) {
      if (i % 7 != 3) wanted[t].push_back(std::to_string(t) + "/" + std::to_string(i));
    }
  }
  for (const std::string& value : Values({"out", 0})) got[value[0] - '0'].push_back(value);
  for (int t = 0; t < kThreads; ++t) EXPECT_EQ(got[t], wanted[t]);
  EXPECT_EQ(participant->OutboxPending(), 0);
}

TEST_P(Consumers, LargeOutboxesAreSplitAndCarried) {
  auto participant = Open(nullptr, {});
  const auto done = participant->db().Write([&](store::Tx& tx) -> Result<void> {
    Outbox outbox(participant->relay());
    for (int i = 0; i < 40; ++i)
      outbox.Add("out", 0, std::to_string(i), std::string(kRecordBytesMax / 2, 'v'));
    for (std::size_t i = 0; i < kBatchRecordsMax + 5; ++i)
      outbox.Add("out", 1, "k", std::to_string(i));
    outbox.Flush(tx);
    return {};
  });
  ASSERT_TRUE(done.ok()) << done.error().ToString();
  EXPECT_GT(participant->OutboxPending(), 20);
  ASSERT_TRUE(participant->RunUntilIdle().ok());
  EXPECT_EQ(log_->EndOffset({"out", 0}).value(), 40);
  EXPECT_EQ(log_->EndOffset({"out", 1}).value(), static_cast<std::int64_t>(kBatchRecordsMax + 5));
  EXPECT_EQ(Values({"out", 1}).back(), std::to_string(kBatchRecordsMax + 4));
  EXPECT_EQ(participant->OutboxPending(), 0);
}

// A crash between append and delete appends twice: at least once, and the consumer's own dedupe
// takes care.
TEST_P(Consumers, TheRelayAppendsAgainRatherThanLose) {
  auto participant = Open(nullptr, {});
  ASSERT_TRUE(participant->db()
                  .Write([&](store::Tx& tx) -> Result<void> {
                    Outbox outbox(participant->relay());
                    outbox.Add("out", 0, "k", "v");
                    outbox.Flush(tx);
                    tx.Exec(
                        "CREATE TRIGGER stay BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'as "
                        "if killed'); END");
                    return {};
                  })
                  .ok());
  EXPECT_FALSE(participant->relay().RunOnce().ok());
  EXPECT_EQ(Values({"out", 0}), (Texts{"v"}));
  EXPECT_EQ(participant->OutboxPending(), 1);
  ASSERT_TRUE(participant->db()
                  .Write([&](store::Tx& tx) -> Result<void> {
                    tx.Exec("DROP TRIGGER stay");
                    return {};
                  })
                  .ok());
  EXPECT_EQ(participant->relay().RunOnce().value(), 1);
  EXPECT_EQ(Values({"out", 0}), (Texts{"v", "v"}));
  EXPECT_EQ(participant->OutboxPending(), 0);
}

INSTANTIATE_TEST_SUITE_P(Log, Consumers, ::testing::ValuesIn(Backends()), BackendName);

}  // namespace
}  // namespace plaza::eventlog::contract
