#include "tests/integration/eventlog/member.h"

#include <iostream>

#include "libs/base/check.h"

namespace plaza::eventlog::testing {
namespace {

class WatchedLog : public Log {
 public:
  WatchedLog(std::unique_ptr<Log> log,
             std::function<void(const std::vector<StoredRecord>&)> after_fetch)
      : log_(std::move(log)), after_fetch_(std::move(after_fetch)) {}
  Capabilities capabilities() const override { return log_->capabilities(); }
  Result<void> CreateTopics(std::span<const TopicSpec> topics) override {
    return log_->CreateTopics(topics);
  }
  Result<int> PartitionCount(std::string_view topic) override {
    return log_->PartitionCount(topic);
  }
  Result<void> Append(std::span<const AppendBatch> batches) override {
    return log_->Append(batches);
  }
  Result<std::vector<StoredRecord>> Fetch(const TopicPartition& from, std::int64_t offset,
                                          int records_max,
                                          std::chrono::milliseconds wait) override {
    auto fetched = log_->Fetch(from, offset, records_max, wait);
    if (fetched.ok()) after_fetch_(*fetched);
    return fetched;
  }
  Result<std::vector<std::int64_t>> EndOffsets(std::span<const TopicPartition> of) override {
    return log_->EndOffsets(of);
  }
  std::uint64_t AppendGeneration() const override { return log_->AppendGeneration(); }
  void WaitForAppend(std::uint64_t seen, std::chrono::milliseconds timeout) override {
    log_->WaitForAppend(seen, timeout);
  }
  void WakeWaiters() override { log_->WakeWaiters(); }
  Result<Assignment> Join(std::string_view group, std::span<const std::string> topics) override {
    return log_->Join(group, topics);
  }
  bool AssignmentEnded(std::string_view group) override { return log_->AssignmentEnded(group); }
  void Leave(std::string_view group) override { log_->Leave(group); }

 private:
  const std::unique_ptr<Log> log_;
  const std::function<void(const std::vector<StoredRecord>&)> after_fetch_;
};

}  // namespace

Result<std::vector<Rejected>> Keeper::Handle(store::Tx& tx, Outbox&, const TopicPartition& from,
                                             std::span<const StoredRecord> records) {
  for (const StoredRecord& one : records) {
    tx.Exec("INSERT INTO kept (part, n, value, member) VALUES (:part, :n, :value, :member)",
            {{"part", std::int64_t{from.partition}},
             {"n", one.offset},
             {"value", one.record.value},
             {"member", name_}});
  }
  if (inside) inside();
  handled += static_cast<int>(records.size());
  std::lock_guard<std::mutex> lock(mutex_);
  partitions_.insert(from.partition);
  return std::vector<Rejected>{};
}

void Keeper::Reset() {
  ++resets;
  std::lock_guard<std::mutex> lock(mutex_);
  partitions_.clear();
}

std::set<int> Keeper::PartitionsSinceReset() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return partitions_;
}

std::unique_ptr<Log> Watch(std::unique_ptr<Log> log,
                           std::function<void(const std::vector<StoredRecord>&)> after_fetch) {
  return std::make_unique<WatchedLog>(std::move(log), std::move(after_fetch));
}

KafkaOptions Options(const std::string& brokers, const std::string& prefix,
                     const std::string& member) {
  KafkaOptions options;
  options.brokers = brokers;
  options.prefix = prefix;
  options.member = member;
  options.client_id = member;
  options.session_timeout = std::chrono::seconds(2);
  options.handover_timeout = std::chrono::seconds(20);
  return options;
}

Result<std::unique_ptr<Participant>> OpenStore(Log& log, const std::string& path,
                                               std::vector<std::string> topics) {
  ParticipantOptions options;
  options.name = kGroup;
  options.store.path = path;
  options.topics = std::move(topics);
  options.migrations = {{1, "0001",
                         "CREATE TABLE kept (part BIGINT NOT NULL, n BIGINT NOT NULL, value TEXT "
                         "NOT NULL, member TEXT NOT NULL, PRIMARY KEY (part, n))"}};
  return Participant::Open(log, std::move(options));
}

Member::Member(const std::string& name, std::unique_ptr<Log> log, const std::string& path)
    : log_(std::move(log)), keeper_(name) {
  auto opened = OpenStore(*log_, path);
  if (!opened.ok()) std::cerr << opened.error().ToString() << "\n";
  PLAZA_CHECK(opened.ok());
  store_ = std::move(opened).value();
  consumer_ = std::make_unique<Consumer>(*log_, store_->db(), store_->relay(), keeper_,
                                         ConsumerOptions{kGroup, {"in"}, 20});
}

Member::~Member() { Stop(); }

}  // namespace plaza::eventlog::testing
