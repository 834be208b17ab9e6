#include "libs/eventlog/kafka_topics.h"

#include <vector>

#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"

namespace plaza::eventlog::kafka {
namespace {

Result<NewTopic> Describe(const TopicSpec& spec, const KafkaOptions& options) {
  std::array<char, 256> why{};
  NewTopic topic(rd_kafka_NewTopic_new((options.prefix + spec.name).c_str(), spec.partitions,
                                       options.replication, why.data(), why.size()));
  if (topic == nullptr) return Error(kBadTopic, why.data(), spec.name);
  // Nothing goes by the clock: what is archived and read by all is purged by `plaza purge`.
  rd_kafka_NewTopic_set_config(topic.get(), "retention.ms", "-1");
  rd_kafka_NewTopic_set_config(topic.get(), "max.message.bytes",
                               std::to_string(kKafkaMessageBytesMax).c_str());
  if (spec.compacted) rd_kafka_NewTopic_set_config(topic.get(), "cleanup.policy", "compact");
  if (options.replication > 1) {
    // An append that only one broker has would be lost with it.
    rd_kafka_NewTopic_set_config(topic.get(), "min.insync.replicas", "2");
  }
  return topic;
}

Result<void> CheckAnswer(rd_kafka_event_t* event, const KafkaOptions& options) {
  if (event == nullptr) return Error(kLogUnavailable, "no answer", options.brokers);
  if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Error(kLogUnavailable, rd_kafka_event_error_string(event), options.brokers);
  }
  std::size_t count = 0;
  const rd_kafka_topic_result_t** const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      continue;
    }
    const char* said = rd_kafka_topic_result_error_string(results[i]);
    return Error(kLogUnavailable, said == nullptr ? rd_kafka_err2str(error) : said,
                 rd_kafka_topic_result_name(results[i]));
  }
  return {};
}

}  // namespace

Result<void> RequestTopics(rd_kafka_t* client, const KafkaOptions& options,
                           std::span<const TopicSpec> topics) {
  std::vector<NewTopic> made;
  std::vector<rd_kafka_NewTopic_t*> pointers;
  for (const TopicSpec& spec : topics) {
    PLAZA_ASSIGN_OR_RETURN(NewTopic topic, Describe(spec, options));
    pointers.push_back(topic.get());
    made.push_back(std::move(topic));
  }
  const AdminOptions admin(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  std::array<char, 256> why{};
  rd_kafka_AdminOptions_set_operation_timeout(
      admin.get(), static_cast<int>(kKafkaCallTimeout.count()), why.data(), why.size());
  const Queue answers(rd_kafka_queue_new(client));
  rd_kafka_CreateTopics(client, pointers.data(), pointers.size(), admin.get(), answers.get());
  const Event event(
      rd_kafka_queue_poll(answers.get(), 2 * static_cast<int>(kKafkaCallTimeout.count())));
  return CheckAnswer(event.get(), options);
}

}  // namespace plaza::eventlog::kafka
