// A broker that dies, halts or refuses, under a consumer and a relay at work.
#include <signal.h>

#include <array>

#include "libs/eventlog/errors.h"
#include "libs/eventlog/kafka_handles.h"
#include "libs/eventlog/limits.h"
#include "tests/integration/eventlog/fixture.h"

namespace plaza::eventlog::testing {
namespace {

class Faults : public OnKafka {
 protected:
  // A service that keeps what comes; facts enter by its own outbox.
  struct Service {
    std::unique_ptr<Log> log;
    Keeper keeper;
    std::unique_ptr<Participant> participant;
    explicit Service(std::string name) : keeper(std::move(name)) {}
    ~Service() { participant->Stop(); }
    Result<void> Write(int i) {
      return participant->db().Write([&](store::Tx& tx) -> Result<void> {
        Outbox outbox(participant->relay());
        outbox.Add("in", i % kPartitions, "key", std::to_string(i));
        outbox.Flush(tx);
        return {};
      });
    }
    bool Idle() const {
      return participant->OutboxPending() == 0 && participant->Progress().lag == 0;
    }
  };
  std::unique_ptr<Service> StartService(const std::string& member) {
    auto service = std::make_unique<Service>("keeper");
    service->log = OpenLog(member);
    service->participant = OpenStore(*service->log, store_path(), {"in"}).value();
    service->participant->SetHandler(service->keeper);
    service->participant->Start();
    return service;
  }
  void ExpectEachAtLeastOnce(int count) {
    std::set<std::string> values;
    for (const Kept& one : AllKept()) values.insert(one.value);
    EXPECT_EQ(values.size(), static_cast<std::size_t>(count));
    ExpectAllKept();
  }
  rd_kafka_event_t* Ask(const std::function<void(rd_kafka_t*, rd_kafka_queue_t*)>& question) {
    kafka::Conf conf;
    conf.Set("bootstrap.servers", Broker().brokers());
    std::string why;
    admin_ = conf.Make(RD_KAFKA_PRODUCER, why);
    answers_.reset(rd_kafka_queue_new(admin_.get()));
    question(admin_.get(), answers_.get());
    answer_.reset(rd_kafka_queue_poll(answers_.get(), 20'000));
    EXPECT_NE(answer_, nullptr);
    EXPECT_EQ(rd_kafka_event_error(answer_.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
    return answer_.get();
  }

 private:
  kafka::Handle admin_;
  kafka::Queue answers_;
  kafka::Event answer_;
};

class EitherWay : public Faults, public ::testing::WithParamInterface<const char*> {};

TEST_P(EitherWay, ABrokerIsKilledAndComesBack) {
  auto service = StartService(GetParam());
  int written = 0;
  const auto write = [&](int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(service->Write(written++).ok());
  };
  write(200);
  ASSERT_TRUE(Eventually([&] { return service->keeper.handled > 0; }));
  for (int round = 0; round < 2; ++round) {
    Broker().Kill();
    write(200);  // the outbox takes what the log cannot
    ASSERT_TRUE(Broker().StartAgain().ok());
    write(200);
  }
  ASSERT_TRUE(Eventually([&] { return service->Idle(); }))
      << service->participant->Progress().last_error;
  ExpectEachAtLeastOnce(written);
}

TEST_P(EitherWay, ABrokerIsHaltedForLongerThanCallsWait) {
  auto service = StartService(GetParam());
  ASSERT_TRUE(service->Write(0).ok());
  ASSERT_TRUE(Eventually([&] { return service->Idle(); }));
  Broker().process().Signal(SIGSTOP);
  ASSERT_TRUE(service->Write(1).ok());
  const auto refused = Append(0, "2");  // may be in the log all the same
  const auto unknown = log_->EndOffset({"in", 0});
  const ConsumerProgress progress = service->participant->Progress();
  Broker().process().Signal(SIGCONT);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(kLogUnavailable)) << refused.error().ToString();
  ASSERT_FALSE(unknown.ok());
  EXPECT_TRUE(unknown.error().Is(kLogUnavailable)) << unknown.error().ToString();
  EXPECT_GT(progress.lag, 0);  // not known is not done
  EXPECT_NE(progress.last_error, "");
  ASSERT_TRUE(Eventually([&] { return Append(0, "2").ok(); }));
  ASSERT_TRUE(Eventually([&] { return service->Idle(); }));
  ExpectEachAtLeastOnce(3);
  EXPECT_TRUE(Eventually([&] { return service->participant->Progress().last_error.empty(); }));
}

INSTANTIATE_TEST_SUITE_P(Kafka, EitherWay, ::testing::Values("", "member"),
                         [](const auto& one) { return *one.param == '\0' ? "alone" : "shared"; });

TEST_F(Faults, AStopIsNotHeldUpByABrokerThatIsAway) {
  auto service = StartService("member");
  ASSERT_TRUE(service->Write(0).ok());
  ASSERT_TRUE(Eventually([&] { return service->Idle(); }));
  Broker().Kill();
  service.reset();  // ends at all, within the test's own limit
  ASSERT_TRUE(Broker().StartAgain().ok());
  ASSERT_TRUE(Eventually([&] { return Append(0, "1").ok(); }));
  service = StartService("member");
  ASSERT_TRUE(Eventually([&] { return service->Idle(); }));
  ExpectEachAtLeastOnce(2);
}

TEST_F(Faults, ADeletedTopicIsUnknown) {
  Send(0, "a");
  Send(0, "left in librdkafka's queue, which must not keep the log from closing");
  ASSERT_EQ(log_->Fetch({"in", 0}, 0, /*records_max=*/1, kNow).value().size(), 1U);
  rd_kafka_DeleteTopic_t* topic = rd_kafka_DeleteTopic_new((prefix_ + "in").c_str());
  Ask([&](rd_kafka_t* client, rd_kafka_queue_t* answers) {
    rd_kafka_DeleteTopics(client, &topic, 1, nullptr, answers);
  });
  rd_kafka_DeleteTopic_destroy(topic);
  Result<void> refused = Append(0, "b");
  EXPECT_TRUE(Eventually([&] {
    refused = Append(0, "b");
    return !refused.ok() && refused.error().Is(kUnknownTopic);
  })) << (refused.ok() ? "appended" : refused.error().ToString());
  const auto fetched = log_->Fetch({"in", 0}, 0, 10, kNow);
  ASSERT_FALSE(fetched.ok());
  EXPECT_TRUE(fetched.error().Is(kUnknownTopic)) << fetched.error().ToString();
  const auto end = log_->EndOffset({"in", 0});
  ASSERT_FALSE(end.ok());
  EXPECT_TRUE(end.error().Is(kUnknownTopic)) << end.error().ToString();
}

// Within our limit, but not within what somebody has set for the topic at the broker.
TEST_F(Faults, WhatTheBrokerFindsTooLargeIsRefusedAndTheRestGoesOn) {
  rd_kafka_ConfigResource_t* resource =
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, (prefix_ + "in").c_str());
  rd_kafka_ConfigResource_set_config(resource, "max.message.bytes", "10000");
  Ask([&](rd_kafka_t* client, rd_kafka_queue_t* answers) {
    rd_kafka_AlterConfigs(client, &resource, 1, nullptr, answers);
  });
  rd_kafka_ConfigResource_destroy(resource);
  std::string noise;  // does not compress
  std::uint32_t state = 1;
  while (noise.size() < 100'000) {
    state = state * 1664525U + 1013904223U;
    noise.push_back(static_cast<char>(state >> 24));
  }
  Result<void> refused;
  EXPECT_TRUE(Eventually([&] {
    refused = Append(0, noise);
    return !refused.ok();
  }));
  EXPECT_TRUE(refused.error().Is(kRecordTooLarge)) << refused.error().ToString();
  EXPECT_TRUE(Append(0, "small").ok());
}

TEST_F(Faults, TopicsAreMadeAsTheyShouldBe) {
  const TopicSpec specs[] = {{"state", 1, /*compacted=*/true}, {"facts", 1}};
  ASSERT_TRUE(log_->CreateTopics(specs).ok());
  const std::map<std::string, std::map<std::string, std::string>> wanted{
      {"state", {{"cleanup.policy", "compact"}, {"retention.ms", "-1"}}},
      {"facts", {{"cleanup.policy", "delete"}, {"retention.ms", "-1"}}}};
  for (const auto& [name, settings] : wanted) {
    rd_kafka_ConfigResource_t* resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, (prefix_ + name).c_str());
    rd_kafka_event_t* answer = Ask([&](rd_kafka_t* client, rd_kafka_queue_t* answers) {
      rd_kafka_DescribeConfigs(client, &resource, 1, nullptr, answers);
    });
    rd_kafka_ConfigResource_destroy(resource);
    std::size_t count = 0;
    const auto* const* found = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(answer), &count);
    ASSERT_EQ(count, 1U);
    std::map<std::string, std::string> got;
    const auto* const* entries = rd_kafka_ConfigResource_configs(found[0], &count);
    for (std::size_t i = 0; i < count; ++i) {
      const char* value = rd_kafka_ConfigEntry_value(entries[i]);
      got[rd_kafka_ConfigEntry_name(entries[i])] = value == nullptr ? "" : value;
    }
    for (const auto& [key, value] : settings) EXPECT_EQ(got[key], value) << name << " " << key;
    EXPECT_EQ(got["max.message.bytes"], std::to_string(kKafkaMessageBytesMax));
  }
}

}  // namespace
}  // namespace plaza::eventlog::testing
