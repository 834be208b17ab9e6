// Appends to Kafka: an idempotent producer whose delivery reports are waited for. Internal to
// libs/eventlog's Kafka log.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include "libs/base/result.h"
#include "libs/eventlog/kafka_handles.h"
#include "libs/eventlog/kafka_log.h"

namespace plaza::eventlog::kafka {

// Thread-safe.
class Producer {
 public:
  explicit Producer(const KafkaOptions& options) : options_(options) {}
  ~Producer();
  // Returns once every record is acknowledged by all replicas in sync, or one has failed. The
  // offset of the last record that was acknowledged goes to `last_offset`, if given.
  Result<void> Append(std::span<const AppendBatch> batches, std::int64_t* last_offset = nullptr);

 private:
  // One client and the thread that takes its delivery reports.
  struct Client {
    Handle handle;
    std::atomic<bool> stop = false;
    std::thread poller;
    std::mutex mutex;
    std::map<std::string, Topic> topics;  // whose leaders are known
    void Learn(const std::string& topic);
    ~Client();
  };
  Result<std::shared_ptr<Client>> Current();

  const KafkaOptions options_;
  std::mutex mutex_;  // of client_
  std::shared_ptr<Client> client_;
};

// Settings that both kinds of client share.
void SetCommon(const KafkaOptions& options, Conf& conf);

}  // namespace plaza::eventlog::kafka
