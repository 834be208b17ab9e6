// The log of facts on Apache Kafka.
//
// What differs from the embedded log: an Append over several partitions that fails may be there in
// part (capabilities().atomic_append is false; the outbox appends again, at least once); Fetch()
// sees what other processes appended as soon as the broker has sent it, a moment after it was
// acknowledged. EndOffset() asks the broker, so it counts whatever had been acknowledged before the
// call. Without a member name a group has one member: the newest takes over all partitions, and the
// older one's stored offsets' compare-and-set fails (adr/0009). With one, the processes of a group
// share its partitions (adr/0010).
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "libs/eventlog/log.h"

namespace plaza::eventlog {

struct KafkaOptions {
  std::string brokers;    // "host:port,…"
  std::string client_id;  // in the broker's logs
  std::string prefix;     // before the names of all topics: several cities on one cluster
  int replication = -1;   // of the topics that CreateTopics() makes; -1: as the brokers say
  // Of this process in all its groups, unlike all others' and the same after a restart: with it,
  // groups share their partitions.
  std::string member{};
  // A member that says nothing for so long is given up, and the others get its partitions. Within
  // what the brokers allow (6 s to 30 min, as they come).
  std::chrono::milliseconds session_timeout{10'000};
  // How long a group waits for a consumer that has to finish its transaction first.
  std::chrono::milliseconds handover_timeout{30'000};
};

// Does not wait for the brokers: calls say LOG_UNAVAILABLE while they are away.
Result<std::unique_ptr<Log>> OpenKafkaLog(const KafkaOptions& options);

}  // namespace plaza::eventlog
