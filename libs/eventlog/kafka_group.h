// Membership of one consumer group, for the assignment of partitions only: nothing is fetched here
// and no offset is committed. Internal to libs/eventlog's Kafka log (adr/0010).
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/result.h"
#include "libs/eventlog/kafka_handles.h"
#include "libs/eventlog/kafka_log.h"

namespace plaza::eventlog::kafka {

// Thread-safe; one consumer takes assignments from it. Owns a thread that answers the group, so
// that a consumer that works for long stays a member. The destructor leaves the group.
class GroupMember {
 public:
  // `changed` is called, from any thread, when an assignment begins or ends.
  static Result<std::unique_ptr<GroupMember>> Open(const KafkaOptions& options,
                                                   const std::string& group,
                                                   std::vector<std::string> topics,
                                                   std::function<void()> changed);
  ~GroupMember();
  GroupMember(const GroupMember&) = delete;
  GroupMember& operator=(const GroupMember&) = delete;

  struct Taken {
    std::uint64_t number = 0;
    std::vector<TopicPartition> partitions;
  };
  // Says that the consumer is through with what it took before, then waits for the assignment that
  // stands. REBALANCING if there is none in time or after Interrupt(); MEMBER_REPLACED.
  Result<Taken> Take();
  // The group wants back what was taken, or has given it to another already.
  bool Ended() const;
  bool Stands(std::uint64_t number) const;
  void Interrupt();  // a Take() that waits, or the next that would
  const std::vector<std::string>& topics() const { return topics_; }

 private:
  GroupMember(const KafkaOptions& options, std::vector<std::string> topics,
              std::function<void()> changed);
  Result<void> Subscribe(const std::string& group);
  void Poll();
  void OnRebalance(rd_kafka_resp_err_t what, const rd_kafka_topic_partition_list_t* partitions);
  void Begin(const rd_kafka_topic_partition_list_t* partitions);
  void End();

  const KafkaOptions options_;
  const std::vector<std::string> topics_;
  const std::function<void()> changed_;
  mutable std::mutex mutex_;  // of all below up to the client
  std::condition_variable turned_;
  bool assigned_ = false;  // an assignment stands
  bool held_ = false;      // the consumer works on what it took
  bool interrupted_ = false;
  bool closing_ = false;
  bool replaced_ = false;
  std::uint64_t number_ = 0;       // of the newest assignment
  std::uint64_t held_number_ = 0;  // of what was taken
  std::vector<TopicPartition> partitions_;
  Handle client_;
  std::atomic<bool> stop_ = false;
  std::thread poller_;
};

}  // namespace plaza::eventlog::kafka
