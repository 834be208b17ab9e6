// Removes records from the front of a log's partitions: what was archived, and read by all who
// consume it. Which that is, the caller knows (apps/plaza/purge.h).
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libs/eventlog/kafka_log.h"
#include "libs/eventlog/log.h"

namespace plaza::eventlog {

struct PurgePoint {
  TopicPartition of;
  std::int64_t before = 0;  // offsets below this one go
};

// Not thread-safe; works beside the log's owner.
class LogPurger {
 public:
  virtual ~LogPurger() = default;
  // The first offset that each partition has.
  virtual Result<std::vector<std::int64_t>> Starts(std::span<const TopicPartition> of) = 0;
  // A few records may stay: an embedded log keeps the batch that holds the point, and the last one
  // of a partition, which tells where it ends. Half-done when it fails; the same again goes on.
  virtual Result<void> Purge(std::span<const PurgePoint> points) = 0;
};

// The file does not shrink: what becomes free is used for new records.
Result<std::unique_ptr<LogPurger>> OpenEmbeddedLogPurger(const std::string& path);
Result<std::unique_ptr<LogPurger>> OpenKafkaLogPurger(const KafkaOptions& options);

}  // namespace plaza::eventlog
