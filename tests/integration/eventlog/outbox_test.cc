// Processes of one service share an outbox on PostgreSQL: each has a relay.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "apps/plaza/servers/postgres.h"
#include "libs/eventlog/participant.h"
#include "tests/support/temp_folder.h"

namespace plaza::eventlog {
namespace {

using std::chrono::milliseconds;
using Texts = std::vector<std::string>;

class SharedOutbox : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_folder_ = std::make_unique<plaza::testing::TempFolder>();
    servers::PostgresOptions options;
    options.folder = server_folder_->path();
    options.temporary = true;
    server_ = servers::Postgres::Start(options).value();
  }
  static void TearDownTestSuite() {
    server_.reset();
    server_folder_.reset();
  }
  void SetUp() override {
    static int count = 0;
    conninfo_ = server_->MakeDatabase("outbox" + std::to_string(++count), "secret").value();
    log_ = OpenEmbeddedLog({.path = (folder_.path() / "log.db").string()}).value();
    const TopicSpec specs[] = {{"out", 1}};
    ASSERT_TRUE(log_->CreateTopics(specs).ok());
    one_ = OpenProcess();
    two_ = OpenProcess();
  }
  // As another process of the same service would.
  std::unique_ptr<Participant> OpenProcess() {
    ParticipantOptions options;
    options.name = "writer";
    options.store.postgres = conninfo_;
    options.migrations = {{1, "counter",
                           "CREATE TABLE counter (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT "
                           "NULL);\nINSERT INTO counter (id, n) VALUES (1, 0)"}};
    return Participant::Open(*log_, std::move(options)).value();
  }
  static Result<void> Send(Participant& process, const std::string& value) {
    return process.db().Write([&](store::Tx& tx) -> Result<void> {
      Outbox outbox(process.relay());
      outbox.Add("out", 0, "key", value);
      outbox.Flush(tx);
      return {};
    });
  }
  // The next number, whichever process asks.
  static Result<void> SendNext(Participant& process) {
    return process.db().Write([&](store::Tx& tx) -> Result<void> {
      tx.Lock("counter");
      tx.Exec("UPDATE counter SET n = n + 1");
      const std::int64_t n = tx.QueryOne("SELECT n FROM counter", {}, "i")->Int(0);
      Outbox outbox(process.relay());
      outbox.Add("out", 0, "key", std::to_string(n));
      outbox.Flush(tx);
      return {};
    });
  }
  Texts Sent() {
    Texts values;
    const auto records = log_->Fetch({"out", 0}, 0, 100'000, milliseconds(0));
    EXPECT_TRUE(records.ok());
    for (const StoredRecord& one : *records) values.push_back(one.record.value);
    return values;
  }
  static std::int64_t Rows(Participant& process) {
    return process.db()
        .Read([](store::Tx& tx) -> Result<std::int64_t> {
          return tx.QueryOne("SELECT COUNT(*) FROM outbox", {}, "i")->Int(0);
        })
        .value();
  }

  static std::unique_ptr<plaza::testing::TempFolder> server_folder_;
  static std::unique_ptr<servers::Postgres> server_;
  plaza::testing::TempFolder folder_;
  std::string conninfo_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Participant> one_;
  std::unique_ptr<Participant> two_;
};

std::unique_ptr<plaza::testing::TempFolder> SharedOutbox::server_folder_;
std::unique_ptr<servers::Postgres> SharedOutbox::server_;

TEST_F(SharedOutbox, RowsLeaveOnceAndInTheOrderOfTheirCommitsWhoeverWroteThem) {
  constexpr int kEach = 150;
  one_->Start();
  two_->Start();
  const auto run = [](Participant& process) {
    for (int i = 0; i < kEach; ++i) {
      const Result<void> sent = SendNext(process);
      ASSERT_TRUE(sent.ok()) << sent.error().ToString();
    }
  };
  std::thread beside([&] { run(*two_); });
  run(*one_);
  beside.join();
  one_->Stop();
  two_->Stop();
  Texts wanted;
  for (int i = 1; i <= 2 * kEach; ++i) wanted.push_back(std::to_string(i));
  EXPECT_EQ(Sent(), wanted);
  EXPECT_EQ(Rows(*one_), 0);
  EXPECT_EQ(one_->OutboxPending(), 0);
  EXPECT_EQ(two_->OutboxPending(), 0);
}

// A number is taken before its commit, so a lower one may come later: it must not be taken for
// carried.
TEST_F(SharedOutbox, ALowerNumberThatCommitsLaterIsCarriedToo) {
  ASSERT_TRUE(one_->relay().RunOnce().ok());
  ASSERT_EQ(one_->OutboxPending(), 0);
  const Result<void> late = one_->db().Write([&](store::Tx& tx) -> Result<void> {
    Outbox outbox(one_->relay());
    outbox.Add("out", 0, "key", "lower, late");
    outbox.Flush(tx);
    EXPECT_TRUE(Send(*two_, "higher, early").ok());
    EXPECT_EQ(*two_->relay().RunOnce(), 1);
    EXPECT_EQ(*one_->relay().RunOnce(), 0);
    return {};
  });
  ASSERT_TRUE(late.ok());
  EXPECT_GT(one_->OutboxPending(), 0);
  EXPECT_EQ(*one_->relay().RunOnce(), 1);
  EXPECT_EQ(one_->OutboxPending(), 0);
  EXPECT_EQ(Sent(), (Texts{"higher, early", "lower, late"}));
}

TEST_F(SharedOutbox, WhatADeadProcessLeftBehindIsCarriedByAnother) {
  ASSERT_TRUE(Send(*one_, "left behind").ok());
  one_.reset();
  ASSERT_TRUE(Send(*two_, "after").ok());
  EXPECT_EQ(*two_->relay().RunOnce(), 2);
  EXPECT_EQ(Sent(), (Texts{"left behind", "after"}));
}

}  // namespace
}  // namespace plaza::eventlog
