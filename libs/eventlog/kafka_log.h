// The log of facts on Apache Kafka.
//
// What differs from the embedded log: an Append over several partitions that fails may be there in
// part (capabilities().atomic_append is false; the outbox appends again, at least once); Fetch()
// sees what other processes appended as soon as the broker has sent it, a moment after it was
// acknowledged. EndOffset() asks the broker, so it counts whatever had been acknowledged before the
// call. A group has one member: the newest takes over all partitions, and the older one's stored
// offsets' compare-and-set fails (adr/0009).
#pragma once
#include <memory>
#include <string>

#include "libs/eventlog/log.h"

namespace plaza::eventlog {

struct KafkaOptions {
  std::string brokers;    // "host:port,…"
  std::string client_id;  // in the broker's logs
  std::string prefix;     // before the names of all topics: several cities on one cluster
  int replication = -1;   // of the topics that CreateTopics() makes; -1: as the brokers say
};

// Does not wait for the brokers: calls say LOG_UNAVAILABLE while they are away.
Result<std::unique_ptr<Log>> OpenKafkaLog(const KafkaOptions& options);

}  // namespace plaza::eventlog
