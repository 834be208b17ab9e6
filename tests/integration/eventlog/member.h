// One process's part in a group: a log, a store, a consumer that keeps what it gets. Used by the
// tests, and by the process that they halt.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "libs/eventlog/consumer.h"
#include "libs/eventlog/kafka_log.h"
#include "libs/eventlog/participant.h"

namespace plaza::eventlog::testing {

inline constexpr const char* kGroup = "keeper";

// Keeps each value with who handled it; a record handled twice breaks the key.
class Keeper : public Handler {
 public:
  explicit Keeper(std::string name) : name_(std::move(name)) {}
  Result<std::vector<Rejected>> Handle(store::Tx& tx, Outbox& outbox, const TopicPartition& from,
                                       std::span<const StoredRecord> records) override;
  void Reset() override;
  std::set<int> PartitionsSinceReset() const;

  std::atomic<int> handled{0};
  std::atomic<int> resets{0};
  std::function<void()> inside;  // called within each transaction

 private:
  const std::string name_;
  mutable std::mutex mutex_;
  std::set<int> partitions_;
};

// A log that calls `after_fetch` with what Fetch() is about to give: there a process may be halted
// while it holds a batch, and no transaction yet.
std::unique_ptr<Log> Watch(std::unique_ptr<Log> log,
                           std::function<void(const std::vector<StoredRecord>&)> after_fetch);

// Short ones, so that tests need not wait long for a member that is away.
KafkaOptions Options(const std::string& brokers, const std::string& prefix,
                     const std::string& member);

// The store of all members is one file. `topics` are those that the participant consumes itself.
Result<std::unique_ptr<Participant>> OpenStore(Log& log, const std::string& path,
                                               std::vector<std::string> topics = {});

class Member {
 public:
  Member(const std::string& name, std::unique_ptr<Log> log, const std::string& path);
  ~Member();
  void Start() { consumer_->Start(); }
  void Stop() { consumer_->Stop(); }
  Log& log() { return *log_; }
  Keeper& keeper() { return keeper_; }
  ConsumerProgress Progress() const { return consumer_->Progress(); }

 private:
  std::unique_ptr<Log> log_;
  Keeper keeper_;
  std::unique_ptr<Participant> store_;
  std::unique_ptr<Consumer> consumer_;
};

}  // namespace plaza::eventlog::testing
