// A broker for the whole program, a prefix of topics and a store for each test.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "apps/plaza/servers/kafka.h"
#include "tests/integration/eventlog/member.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_folder.h"

namespace plaza::eventlog::testing {

using Texts = std::vector<std::string>;
using plaza::testing::Eventually;
constexpr std::chrono::milliseconds kNow{0};
constexpr std::chrono::seconds kPatience{60};  // for what must happen
constexpr int kPartitions = 4;

struct Kept {
  int part;
  std::int64_t offset;
  std::string value;
  std::string member;
};

class OnKafka : public ::testing::Test {
 protected:
  static servers::Kafka& Broker() {
    static const plaza::testing::TempFolder folder;
    static const auto broker = [] {
      auto started = servers::Kafka::Start({.folder = folder.path()});
      if (!started.ok()) ADD_FAILURE() << started.error().ToString();
      return std::move(started).value();
    }();
    return *broker;
  }
  void SetUp() override {
    static int count = 0;
    prefix_ = "test" + std::to_string(++count) + ".";
    log_ = OpenLog("");
    const TopicSpec specs[] = {{"in", kPartitions}, {"in.dlq", kPartitions}};
    const auto made = log_->CreateTopics(specs);
    ASSERT_TRUE(made.ok()) << made.error().ToString();
    store_ = OpenStore(*log_, store_path()).value();
  }
  std::string store_path() const { return (folder_.path() / "keeper.db").string(); }
  KafkaOptions LogOptions(const std::string& member) {
    return Options(Broker().brokers(), prefix_, member);
  }
  std::unique_ptr<Log> OpenLog(const std::string& member) {
    return OpenKafkaLog(LogOptions(member)).value();
  }
  std::unique_ptr<Member> Make(const std::string& name) {
    return std::make_unique<Member>(name, OpenLog(name), store_path());
  }
  Result<void> Append(int partition, const std::string& value) {
    const AppendBatch batch{{"in", partition}, {{"key", value}}};
    return log_->Append({&batch, 1});
  }
  void Send(int partition, const std::string& value) {
    const auto sent = Append(partition, value);
    ASSERT_TRUE(sent.ok()) << sent.error().ToString();
    ++sent_;
  }
  std::vector<Kept> AllKept() {
    std::vector<Kept> kept;
    const auto read = store_->db().Read([&](store::Tx& tx) -> Result<void> {
      tx.Query(
          "SELECT part, n, value, member FROM kept ORDER BY part, n", {}, "iitt",
          [&](const store::Row& row) {
            kept.push_back({static_cast<int>(row.Int(0)), row.Int(1), row.Text(2), row.Text(3)});
          });
      return {};
    });
    EXPECT_TRUE(read.ok());
    return kept;
  }
  int KeptBy(const std::string& member, const std::string& value) {
    int count = 0;
    for (const Kept& one : AllKept()) count += one.member == member && one.value == value ? 1 : 0;
    return count;
  }
  // What is kept is what the log has, record by record.
  void ExpectAllKept() {
    std::map<int, std::vector<Kept>> kept;
    for (const Kept& one : AllKept()) kept[one.part].push_back(one);
    for (int part = 0; part < kPartitions; ++part) {
      std::size_t at = 0;
      for (;;) {
        const auto records =
            log_->Fetch({"in", part}, static_cast<std::int64_t>(at), 1000, kNow).value();
        if (records.empty()) break;
        for (const StoredRecord& one : records) {
          ASSERT_LT(at, kept[part].size()) << "partition " << part;
          EXPECT_EQ(kept[part][at].offset, one.offset);
          EXPECT_EQ(kept[part][at].value, one.record.value);
          ++at;
        }
      }
      EXPECT_EQ(at, kept[part].size()) << "partition " << part;
    }
  }

  plaza::testing::TempFolder folder_;
  std::string prefix_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Participant> store_;
  int sent_ = 0;
};

}  // namespace plaza::eventlog::testing
