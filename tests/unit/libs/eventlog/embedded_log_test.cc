// What is the embedded log's own: its file, its one owner, and a process that is killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <random>
#include <set>

#include "libs/eventlog/errors.h"
#include "libs/eventlog/participant.h"
#include "libs/store/errors.h"
#include "tests/support/temp_folder.h"

namespace plaza::eventlog {
namespace {

using ::testing::HasSubstr;

class EmbeddedLogTest : public ::testing::Test {
 protected:
  EmbeddedOptions At(const std::string& name) { return {(folder_.path() / name).string()}; }
  testing::TempFolder folder_;
};

TEST_F(EmbeddedLogTest, HasOneOwner) {
  auto owner = OpenEmbeddedLog(At("log.db"));
  ASSERT_TRUE(owner.ok()) << owner.error().ToString();
  const auto refused = OpenEmbeddedLog(At("log.db"));
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(kLogInUse)) << refused.error().ToString();
  EXPECT_THAT(refused.error().ToString(), HasSubstr(At("log.db").path));
  *owner = nullptr;
  EXPECT_TRUE(OpenEmbeddedLog(At("log.db")).ok());
}

TEST_F(EmbeddedLogTest, WhatCannotBeOpenedSaysWhy) {
  const auto no_folder = OpenEmbeddedLog(At("no/folder/log.db"));
  ASSERT_FALSE(no_folder.ok());
  EXPECT_TRUE(no_folder.error().Is(kLogUnavailable));
  EXPECT_THAT(no_folder.error().ToString(), HasSubstr("no/folder/log.db"));
  std::ofstream(folder_.path() / "text.db") << std::string(5000, 'x');
  const auto text = OpenEmbeddedLog(At("text.db"));
  ASSERT_FALSE(text.ok());
  EXPECT_TRUE(text.error().Is(store::kStoreDamaged)) << text.error().ToString();
}

TEST_F(EmbeddedLogTest, ADamagedBatchIsDataLossThatSaysWhere) {
  const TopicSpec spec{"a", 1};
  {
    auto log = OpenEmbeddedLog(At("log.db"));
    ASSERT_TRUE(log.ok());
    ASSERT_TRUE((*log)->CreateTopics({&spec, 1}).ok());
    for (int i = 0; i < 4; ++i) {
      const AppendBatch batch{{"a", 0}, {{"k", "v"}, {"k", "w"}}};
      ASSERT_TRUE((*log)->Append({&batch, 1}).ok());
    }
  }
  {
    store::Options options;
    options.path = At("log.db").path;
    auto db = store::Db::Open(options);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE((*db)
                    ->Write([](store::Tx& tx) -> Result<void> {
                      tx.Exec("UPDATE log_batches SET batch = :cut WHERE base_offset = 2",
                              {{"cut", store::Blob{"\x01\x02"}}});
                      tx.Exec("DELETE FROM log_batches WHERE base_offset IN (0, 4)");
                      return {};
                    })
                    .ok());
  }
  auto log = OpenEmbeddedLog(At("log.db"));
  ASSERT_TRUE(log.ok());
  const struct {
    std::int64_t offset;
    StatusCode code;
    const char* where;
  } table[] = {{0, StatusCode::kOutOfRange, "a[0]"},  // purged, for all that anybody can tell
               {2, StatusCode::kDataLoss, "a[0] batch at 2, byte "},
               {3, StatusCode::kDataLoss, "a[0] batch at 2, byte "},
               {4, StatusCode::kDataLoss, "a[0]"}};
  for (const auto& row : table) {
    const auto damaged = (*log)->Fetch({"a", 0}, row.offset, 1, std::chrono::milliseconds(0));
    ASSERT_FALSE(damaged.ok()) << row.offset;
    EXPECT_EQ(damaged.error().code(), row.code) << row.offset;
    EXPECT_THAT(damaged.error().where(), HasSubstr(row.where));
  }
  EXPECT_TRUE((*log)->Fetch({"a", 0}, 6, 10, std::chrono::milliseconds(0)).ok());
}

TEST_F(EmbeddedLogTest, AStoreThatIsLockedAtStartSaysSo) {
  auto log = OpenEmbeddedLog(At("log.db"));
  ASSERT_TRUE(log.ok());
  store::Options options;
  options.path = (folder_.path() / "service.db").string();
  options.busy_timeout_ms = 50;
  auto holder = store::Db::Open(options);
  ASSERT_TRUE(holder.ok());
  const auto held = (*holder)->Write([&](store::Tx& tx) -> Result<void> {
    tx.Exec("CREATE TABLE t (a BIGINT)");
    ParticipantOptions participant;
    participant.name = "fare";
    participant.store = options;
    const auto refused = Participant::Open(**log, participant);
    EXPECT_FALSE(refused.ok());
    if (!refused.ok()) {
      EXPECT_TRUE(refused.error().Is(store::kStoreBusy));
      EXPECT_THAT(refused.error().ToString(), HasSubstr(options.path));
    }
    return {};
  });
  ASSERT_TRUE(held.ok());
}

// Counts each input once in "totals" by value; sends each on. The kill test below runs two of them
// in a row.
class Forwarder : public Handler {
 public:
  explicit Forwarder(std::string to) : to_(std::move(to)) {}
  Result<std::vector<Rejected>> Handle(store::Tx& tx, Outbox& outbox, const TopicPartition& from,
                                       std::span<const StoredRecord> records) override {
    for (const StoredRecord& one : records) {
      // A business key makes the effect exactly once, as every service's fold does.
      const std::int64_t changed = tx.Exec(
          "INSERT INTO totals (value, times) VALUES (:value, 1) ON CONFLICT (value) DO NOTHING",
          {{"value", one.record.value}});
      if (changed == 0) continue;
      tx.Exec("UPDATE total SET n = n + 1");
      if (!to_.empty()) outbox.Add(to_, from.partition, one.record.key, one.record.value);
    }
    return std::vector<Rejected>{};
  }

 private:
  std::string to_;
};

struct City {
  std::unique_ptr<Log> log;
  std::unique_ptr<Participant> first, second;
  Forwarder forward{"mid"}, keep{""};
};

Result<std::unique_ptr<City>> OpenCity(const std::filesystem::path& folder) {
  auto city = std::make_unique<City>();
  PLAZA_ASSIGN_OR_RETURN(city->log, OpenEmbeddedLog({(folder / "log.db").string()}));
  const TopicSpec specs[] = {{"in", 2}, {"in.dlq", 2}, {"mid", 2}, {"mid.dlq", 2}};
  PLAZA_RETURN_IF_ERROR(city->log->CreateTopics(specs));
  auto open = [&](const std::string& name, const std::string& topic,
                  Handler& handler) -> Result<std::unique_ptr<Participant>> {
    ParticipantOptions options;
    options.name = name;
    options.store.path = (folder / (name + ".db")).string();
    options.topics = {topic};
    options.records_max = 7;
    options.migrations = {
        {1, "0001",
         "CREATE TABLE totals (value TEXT NOT NULL PRIMARY KEY, times BIGINT NOT NULL);\n"
         "CREATE TABLE total (n BIGINT NOT NULL);\n"
         "INSERT INTO total (n) VALUES (0);\n"}};
    PLAZA_ASSIGN_OR_RETURN(auto participant, Participant::Open(*city->log, std::move(options)));
    participant->SetHandler(handler);
    return participant;
  };
  PLAZA_ASSIGN_OR_RETURN(city->first, open("first", "in", city->forward));
  PLAZA_ASSIGN_OR_RETURN(city->second, open("second", "mid", city->keep));
  return city;
}

[[noreturn]] void RunCityUntilKilled(const std::filesystem::path& folder, int round, int acks) {
  auto city = OpenCity(folder);
  if (!city.ok()) _exit(10);
  (*city)->first->Start();
  (*city)->second->Start();
  for (int n = 0;; ++n) {
    const std::string value = std::to_string(round) + "/" + std::to_string(n);
    const AppendBatch batch{{"in", n % 2}, {{value, value}, {value, value}}};  // a duplicate each
    if (!(*city)->log->Append({&batch, 1}).ok()) _exit(11);
    if (write(acks, &n, sizeof n) != sizeof n) _exit(12);
  }
}

TEST_F(EmbeddedLogTest, KillsLoseNothingAndRepeatNothingInEffect) {
  constexpr unsigned kSeed = 19990521;
  std::mt19937 random(kSeed);
  std::vector<std::string> acknowledged;
  for (int round = 0; round < 8; ++round) {
    int acks[2];
    ASSERT_EQ(pipe(acks), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) RunCityUntilKilled(folder_.path(), round, acks[1]);
    close(acks[1]);
    const auto kill_after = random() % 150;
    int n = 0;
    auto take = [&] {
      if (read(acks[0], &n, sizeof n) != sizeof n) return false;
      acknowledged.push_back(std::to_string(round) + "/" + std::to_string(n));
      return true;
    };
    for (std::size_t seen = 0; seen < kill_after && take(); ++seen) {
    }
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status))
        << "round " << round << ", exit " << WEXITSTATUS(status) << ", seed " << kSeed;
    while (take()) {  // written before the kill
    }
    close(acks[0]);
  }
  auto opened = OpenCity(folder_.path());
  ASSERT_TRUE(opened.ok()) << opened.error().ToString();
  City& city = **opened;
  ASSERT_TRUE(city.first->RunUntilIdle().ok());
  ASSERT_TRUE(city.second->RunUntilIdle().ok());
  std::int64_t totals[2] = {};
  std::set<std::string> values[2];
  Participant* participants[] = {city.first.get(), city.second.get()};
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(participants[i]
                    ->db()
                    .Read([&](store::Tx& tx) -> Result<void> {
                      totals[i] = tx.QueryOne("SELECT n FROM total", {}, "i")->Int(0);
                      tx.Query("SELECT value FROM totals", {}, "t",
                               [&](const store::Row& row) { values[i].insert(row.Text(0)); });
                      return {};
                    })
                    .ok());
    EXPECT_EQ(totals[i], static_cast<std::int64_t>(values[i].size()))
        << "an effect came twice, seed " << kSeed;
    for (const std::string& one : acknowledged) {
      EXPECT_TRUE(values[i].contains(one)) << "lost " << one << ", seed " << kSeed;
    }
  }
  EXPECT_EQ(values[0], values[1]);
  EXPECT_GT(acknowledged.size(), 100U);
}

}  // namespace
}  // namespace plaza::eventlog
