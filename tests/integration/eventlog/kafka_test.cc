// What only a broker can do to a log: die, halt, lose a topic.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <functional>

#include "apps/plaza/servers/kafka.h"
#include "libs/eventlog/errors.h"
#include "libs/eventlog/kafka_handles.h"
#include "libs/eventlog/kafka_log.h"
#include "tests/support/temp_folder.h"

namespace plaza::eventlog {
namespace {

using std::chrono::milliseconds;

class KafkaBroker : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<testing::TempFolder>();
    broker_ = servers::Kafka::Start({.folder = folder_->path()}).value();
  }
  static void TearDownTestSuite() {
    broker_.reset();
    folder_.reset();
  }

  void SetUp() override {
    static int count = 0;
    options_.brokers = broker_->brokers();
    options_.prefix = "t" + std::to_string(++count) + ".";
    log_ = OpenKafkaLog(options_).value();
    const TopicSpec topics[] = {{"in", 2}};
    ASSERT_TRUE(log_->CreateTopics(topics).ok());
  }
  Result<void> Append(const std::string& value) {
    const AppendBatch batch{{"in", 0}, {{"key", value}}};
    return log_->Append({&batch, 1});
  }
  Result<std::vector<StoredRecord>> Fetch(std::int64_t offset) {
    return log_->Fetch({"in", 0}, offset, 100, milliseconds(0));
  }
  // Tries again until it is so; false after a minute.
  static bool Eventually(const std::function<bool()>& so) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!so()) {
      if (std::chrono::steady_clock::now() >= give_up) return false;
    }
    return true;
  }

  static std::unique_ptr<testing::TempFolder> folder_;
  static std::unique_ptr<servers::Kafka> broker_;
  KafkaOptions options_;
  std::unique_ptr<Log> log_;
};
std::unique_ptr<testing::TempFolder> KafkaBroker::folder_;
std::unique_ptr<servers::Kafka> KafkaBroker::broker_;

TEST_F(KafkaBroker, ABrokerThatDiesAndComesBackHasLostNothing) {
  ASSERT_TRUE(Append("before").ok());
  ASSERT_EQ(Fetch(0)->size(), 1U);
  broker_->Kill();
  const auto away = log_->EndOffset({"in", 0});
  ASSERT_FALSE(away.ok());
  EXPECT_TRUE(away.error().Is(kLogUnavailable)) << away.error().ToString();
  ASSERT_TRUE(broker_->StartAgain().ok());
  ASSERT_TRUE(Eventually([&] { return Append("after").ok(); }));
  std::vector<std::string> values;
  std::int64_t offset = 0;
  ASSERT_TRUE(Eventually([&] {
    const auto fetched = Fetch(offset);
    if (!fetched.ok()) return false;
    for (const StoredRecord& one : *fetched) values.push_back(one.record.value);
    offset += static_cast<std::int64_t>(fetched->size());
    return !values.empty() && values.back() == "after";
  }));
  EXPECT_EQ(values.front(), "before");
}

TEST_F(KafkaBroker, ABrokerThatIsHaltedIsAwayAndNotKnownIsNotEmpty) {
  ASSERT_TRUE(Append("before").ok());
  broker_->process().Signal(SIGSTOP);
  const auto refused = Append("while");  // may be in the log all the same
  const auto end = log_->EndOffset({"in", 0});
  broker_->process().Signal(SIGCONT);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(kLogUnavailable)) << refused.error().ToString();
  ASSERT_FALSE(end.ok());
  EXPECT_TRUE(end.error().Is(kLogUnavailable)) << end.error().ToString();
  EXPECT_TRUE(Eventually([&] { return Append("after").ok(); }));
}

TEST_F(KafkaBroker, ALogClosesAfterATopicThatItReadWasDeleted) {
  ASSERT_TRUE(Append("read").ok());
  ASSERT_TRUE(Append("left in librdkafka's queue").ok());
  ASSERT_EQ(log_->Fetch({"in", 0}, 0, /*records_max=*/1, milliseconds(0))->size(), 1U);
  {
    kafka::Conf conf;
    conf.Set("bootstrap.servers", broker_->brokers());
    std::string why;
    const kafka::Handle admin = conf.Make(RD_KAFKA_PRODUCER, why);
    const kafka::Queue answers(rd_kafka_queue_new(admin.get()));
    rd_kafka_DeleteTopic_t* topic = rd_kafka_DeleteTopic_new((options_.prefix + "in").c_str());
    rd_kafka_DeleteTopics(admin.get(), &topic, 1, nullptr, answers.get());
    rd_kafka_DeleteTopic_destroy(topic);
    const kafka::Event answer(rd_kafka_queue_poll(answers.get(), 30'000));
    ASSERT_NE(answer, nullptr);
    ASSERT_EQ(rd_kafka_event_error(answer.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  // librdkafka's fetch says nothing of it; the question does, and with it a consumer's progress.
  ASSERT_TRUE(Eventually([&] {
    const auto end = log_->EndOffset({"in", 0});
    return !end.ok() && end.error().Is(kUnknownTopic);
  }));
  EXPECT_FALSE(Append("more").ok());
  log_.reset();  // ends at all, within the suite's time
}

}  // namespace
}  // namespace plaza::eventlog
