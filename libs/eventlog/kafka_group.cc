#include "libs/eventlog/kafka_group.h"

#include <algorithm>

#include "libs/eventlog/errors.h"
#include "libs/eventlog/kafka_producer.h"
#include "libs/eventlog/limits.h"
#include "libs/runtime/log.h"

namespace plaza::eventlog::kafka {

GroupMember::GroupMember(const KafkaOptions& options, std::vector<std::string> topics,
                         std::function<void()> changed)
    : options_(options), topics_(std::move(topics)), changed_(std::move(changed)) {}

Result<std::unique_ptr<GroupMember>> GroupMember::Open(const KafkaOptions& options,
                                                       const std::string& group,
                                                       std::vector<std::string> topics,
                                                       std::function<void()> changed) {
  std::unique_ptr<GroupMember> member(
      new GroupMember(options, std::move(topics), std::move(changed)));
  PLAZA_RETURN_IF_ERROR(member->Subscribe(group));
  member->poller_ = std::thread([mine = member.get()] { mine->Poll(); });
  return member;
}

Result<void> GroupMember::Subscribe(const std::string& group) {
  using std::to_string;
  const auto session = options_.session_timeout;
  Conf conf;
  SetCommon(options_, conf);
  conf.Set("group.id", options_.prefix + group);
  // A name of its own lets a member that was killed come back at once, instead of being waited for.
  conf.Set("group.instance.id", options_.member);
  // By topic, so that topics with as many partitions are cut alike: the same accounts' taps and
  // charges go to the same member.
  conf.Set("partition.assignment.strategy", "range");
  conf.Set("enable.auto.commit", "false");
  conf.Set("enable.auto.offset.store", "false");
  conf.Set("session.timeout.ms", to_string(session.count()));
  conf.Set("heartbeat.interval.ms", to_string(std::max<std::int64_t>(1, session.count() / 5)));
  // The group waits so long for a member that has to give something back.
  conf.Set("max.poll.interval.ms", to_string((session + options_.handover_timeout).count()));
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_rebalance_cb(
      conf.get(),
      [](rd_kafka_t*, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions,
         void* self) { static_cast<GroupMember*>(self)->OnRebalance(what, partitions); });
  std::string why;
  client_ = conf.Make(RD_KAFKA_CONSUMER, why);
  if (client_ == nullptr) return Error(kLogUnavailable, why, options_.brokers);
  rd_kafka_poll_set_consumer(client_.get());
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(topics_.size())));
  for (const std::string& topic : topics_) {
    rd_kafka_topic_partition_list_add(list.get(), (options_.prefix + topic).c_str(),
                                      RD_KAFKA_PARTITION_UA);
  }
  const rd_kafka_resp_err_t error = rd_kafka_subscribe(client_.get(), list.get());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return Error(kLogUnavailable, rd_kafka_err2str(error), "group " + group);
}

GroupMember::~GroupMember() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  turned_.notify_all();
  if (client_ == nullptr) return;
  if (poller_.joinable()) {
    // A member with a name stays in the group when it is just closed, and the others would wait for
    // its session to end: it says that it leaves. The thread answers what follows from that.
    rd_kafka_unsubscribe(client_.get());
    std::unique_lock<std::mutex> lock(mutex_);
    turned_.wait_for(lock, kKafkaLeaveTimeout, [&] { return !assigned_; });
    lock.unlock();
    stop_ = true;
    poller_.join();
  }
  rd_kafka_consumer_close(client_.get());
}

void GroupMember::Poll() {
  while (!stop_) {
    const Message message(
        rd_kafka_consumer_poll(client_.get(), static_cast<int>(kKafkaPoll.count())));
    if (message == nullptr || message->err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    std::array<char, 512> why{};
    const bool fatal =
        rd_kafka_fatal_error(client_.get(), why.data(), why.size()) != RD_KAFKA_RESP_ERR_NO_ERROR;
    runtime::Log(fatal ? runtime::LogLevel::kWarning : runtime::LogLevel::kDebug, "kafka",
                 rd_kafka_message_errstr(message.get()), {{"member", options_.member}});
    if (!fatal) continue;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      replaced_ = true;
    }
    turned_.notify_all();
    changed_();
  }
}

// On the thread that polls, or on the one that closes.
void GroupMember::OnRebalance(rd_kafka_resp_err_t what,
                              const rd_kafka_topic_partition_list_t* partitions) {
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    Begin(partitions);
  } else {
    End();
  }
}

void GroupMember::Begin(const rd_kafka_topic_partition_list_t* partitions) {
  // Nothing is fetched by this client: the log's readers fetch, from the offsets in the store.
  const PartitionList none(rd_kafka_topic_partition_list_new(0));
  rd_kafka_assign(client_.get(), none.get());
  {
    std::lock_guard<std::mutex> lock(mutex_);
    partitions_.clear();
    for (int i = 0; i < partitions->cnt; ++i) {
      const rd_kafka_topic_partition_t& one = partitions->elems[i];
      partitions_.push_back({std::string(one.topic).substr(options_.prefix.size()), one.partition});
    }
    std::ranges::sort(partitions_);
    ++number_;
    assigned_ = true;
  }
  turned_.notify_all();
  changed_();
}

// The group goes on once rd_kafka_assign() has been called: not before the consumer's transaction
// is over, unless it takes too long or the partitions are another's already. What it does then is
// refused by the stored epoch.
void GroupMember::End() {
  const bool lost = rd_kafka_assignment_lost(client_.get()) != 0;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    assigned_ = false;
  }
  turned_.notify_all();
  changed_();
  if (!lost) {
    std::unique_lock<std::mutex> lock(mutex_);
    turned_.wait_for(lock, options_.handover_timeout, [&] { return !held_ || closing_; });
  }
  rd_kafka_assign(client_.get(), nullptr);
}

Result<GroupMember::Taken> GroupMember::Take() {
  std::unique_lock<std::mutex> lock(mutex_);
  held_ = false;
  turned_.notify_all();
  turned_.wait_for(lock, kKafkaJoinTimeout, [&] { return assigned_ || interrupted_ || replaced_; });
  if (replaced_) {
    return Error(kMemberReplaced, "another process joined under the same name",
                 "member " + options_.member);
  }
  interrupted_ = false;
  if (!assigned_) {
    return Error(kRebalancing, "the group has not assigned anything yet",
                 "member " + options_.member);
  }
  held_ = true;
  held_number_ = number_;
  return Taken{number_, partitions_};
}

bool GroupMember::Ended() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return replaced_ || (held_ && (!assigned_ || held_number_ != number_));
}

bool GroupMember::Stands(std::uint64_t number) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return assigned_ && number_ == number;
}

void GroupMember::Interrupt() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    interrupted_ = true;
  }
  turned_.notify_all();
}

}  // namespace plaza::eventlog::kafka
