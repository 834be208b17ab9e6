// Makes topics by Kafka's admin API. Internal to libs/eventlog's Kafka log.
#pragma once
#include <span>

#include "libs/base/result.h"
#include "libs/eventlog/kafka_handles.h"
#include "libs/eventlog/kafka_log.h"

namespace plaza::eventlog::kafka {

// Asks for all that are not there yet, and waits for the answer. Everybody knows a new topic a
// moment later. Those that exist are left as they are. LOG_UNAVAILABLE, BAD_TOPIC.
Result<void> RequestTopics(rd_kafka_t* client, const KafkaOptions& options,
                           std::span<const TopicSpec> topics);

}  // namespace plaza::eventlog::kafka
