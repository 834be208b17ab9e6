#include "libs/eventlog/kafka_log.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "libs/eventlog/errors.h"
#include "libs/eventlog/kafka_group.h"
#include "libs/eventlog/kafka_handles.h"
#include "libs/eventlog/kafka_producer.h"
#include "libs/eventlog/kafka_topics.h"
#include "libs/eventlog/limits.h"

namespace plaza::eventlog {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Whose offsets are assignment epochs: one record for each assignment of any group.
constexpr const char* kEpochTopic = "plaza.assignments";

Error Unavailable(rd_kafka_resp_err_t error, const std::string& where) {
  if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
      error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) {
    return Error(kUnknownTopic, where + ": " + rd_kafka_err2str(error), where);
  }
  if (error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) {
    return Error(kUnknownPartition, where + ": " + rd_kafka_err2str(error), where);
  }
  return Error(kLogUnavailable, rd_kafka_err2str(error), where);
}

// A new topic's leader says so for a moment after it was named, and so does one that has just
// moved.
bool Passes(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

// A topic's name is the key of files and metrics too: Kafka's own alphabet.
bool IsTopicName(const std::string& name) {
  return !name.empty() && name.size() <= kTopicBytesMax &&
         std::ranges::all_of(name, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
         });
}

class KafkaLog : public Log {
 public:
  static Result<std::unique_ptr<Log>> Open(const KafkaOptions& options) {
    std::unique_ptr<KafkaLog> log(new KafkaLog(options));
    kafka::Conf conf;
    SetCommon(options, conf);
    conf.Set("enable.auto.commit", "false");
    conf.Set("auto.offset.reset", "error");
    conf.Set("fetch.wait.max.ms", "50");
    conf.Set("fetch.error.backoff.ms", "100");
    conf.Set("queued.max.messages.kbytes", "8192");
    conf.Set("fetch.message.max.bytes", std::to_string(kKafkaMessageBytesMax));
    std::string why;
    log->consumer_ = conf.Make(RD_KAFKA_CONSUMER, why);
    if (log->consumer_ == nullptr) return Error(kLogUnavailable, why, options.brokers);
    kafka::Conf asker;
    SetCommon(options, asker);
    log->asker_ = asker.Make(RD_KAFKA_PRODUCER, why);
    if (log->asker_ == nullptr) return Error(kLogUnavailable, why, options.brokers);
    return std::unique_ptr<Log>(std::move(log));
  }

  ~KafkaLog() override {
    for (auto& [at, reader] : readers_) {
      if (reader->queue != nullptr) {
        rd_kafka_queue_cb_event_enable(reader->queue.get(), nullptr, nullptr);
      }
      if (reader->position >= 0) Stop(*reader, at);
    }
  }

  Capabilities capabilities() const override {
    return {.compaction = true, .rebalance = !options_.member.empty(), .atomic_append = false};
  }
  Result<void> CreateTopics(std::span<const TopicSpec> topics) override;
  Result<int> PartitionCount(std::string_view topic) override;
  Result<void> Append(std::span<const AppendBatch> batches) override;
  Result<std::vector<StoredRecord>> Fetch(const TopicPartition& from, std::int64_t offset,
                                          int records_max, milliseconds wait) override;
  Result<std::vector<std::int64_t>> EndOffsets(std::span<const TopicPartition> of) override;

  void WakeWaiters() override {
    NoteAppend();
    std::lock_guard<std::mutex> lock(members_mutex_);
    for (const auto& [group, member] : members_) member->Interrupt();
  }

  Result<Assignment> Join(std::string_view group, std::span<const std::string> topics) override;
  bool AssignmentEnded(std::string_view group) override;
  void Leave(std::string_view group) override;

 private:
  // One partition that is read: librdkafka fetches ahead into its queue.
  struct Reader {
    std::mutex mutex;
    rd_kafka_topic_t* topic = nullptr;
    kafka::Queue queue;
    std::int64_t position = -1;        // of the next record in the queue; -1: not started
    std::int64_t end = 0;              // there is something up to here, as far as is known
    std::atomic<bool> sought = false;  // `end` is no older than our own last Append
  };

  explicit KafkaLog(KafkaOptions options) : options_(std::move(options)), producer_(options_) {}

  std::string Full(std::string_view topic) const { return options_.prefix + std::string(topic); }
  Result<void> CheckPartition(const TopicPartition& at) {
    PLAZA_ASSIGN_OR_RETURN(const int count, PartitionCount(at.topic));
    if (at.partition >= 0 && at.partition < count) return {};
    return Error(kUnknownPartition, "the topic has " + std::to_string(count), ToText(at));
  }
  rd_kafka_topic_t* HandleOf(const std::string& topic);
  Result<int> AskPartitionCount(const std::string& topic);
  Result<std::pair<std::int64_t, std::int64_t>> AskOffsets(const TopicPartition& at);
  void LearnLeaders(const std::string& topic);
  Reader& ReaderOf(const TopicPartition& at);
  static void Stop(Reader& reader, const TopicPartition& at);
  Result<void> Seek(Reader& reader, const TopicPartition& at, std::int64_t offset);
  void StopReading(std::span<const TopicPartition> all, const std::vector<TopicPartition>& but);
  Result<std::shared_ptr<kafka::GroupMember>> MemberOf(std::string_view group,
                                                       std::span<const std::string> topics);
  Result<std::int64_t> ClaimEpoch(std::string_view group);
  void Poke(const TopicPartition& at);
  Result<bool> ReadOne(Reader& reader, const TopicPartition& at, milliseconds wait,
                       std::vector<StoredRecord>& records, std::size_t& bytes);

  const KafkaOptions options_;
  kafka::Producer producer_;
  // Questions have connections of their own: behind a fetch that waits for data each would wait
  // too.
  kafka::Handle asker_;
  kafka::Handle consumer_;  // outlives what hangs on it below
  std::mutex topics_mutex_;
  std::map<std::string, kafka::Topic> handles_;
  std::map<std::string, int, std::less<>> partition_counts_;
  std::mutex readers_mutex_;
  std::map<TopicPartition, std::unique_ptr<Reader>> readers_;
  mutable std::mutex members_mutex_;
  // Goes first: its threads call back.
  std::map<std::string, std::shared_ptr<kafka::GroupMember>, std::less<>> members_;
};

// Kept for good: what librdkafka has learnt of a topic (who leads its partitions) hangs on its
// handle, and a new one learns it again a second later.
rd_kafka_topic_t* KafkaLog::HandleOf(const std::string& topic) {
  std::lock_guard<std::mutex> lock(topics_mutex_);
  auto& handle = handles_[topic];
  if (handle == nullptr) {
    handle.reset(rd_kafka_topic_new(consumer_.get(), Full(topic).c_str(), nullptr));
  }
  return handle.get();
}

Result<int> KafkaLog::AskPartitionCount(const std::string& topic) {
  rd_kafka_topic_t* const handle = HandleOf(topic);
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(consumer_.get(), 0, handle, &raw,
                                                      static_cast<int>(kKafkaCallTimeout.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Unavailable(error, topic);
  const kafka::Metadata metadata(raw);
  if (metadata->topic_cnt != 1) return Error(kUnknownTopic, "it is not there", topic);
  const rd_kafka_metadata_topic& found = metadata->topics[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return Unavailable(found.err, topic);
  for (int i = 0; i < found.partition_cnt; ++i) {
    if (found.partitions[i].leader < 0) {
      return Error(kLogUnavailable, "a partition has no leader yet", topic);
    }
  }
  return found.partition_cnt;
}

Result<int> KafkaLog::PartitionCount(std::string_view topic) {
  {
    std::lock_guard<std::mutex> lock(topics_mutex_);
    const auto known = partition_counts_.find(topic);
    if (known != partition_counts_.end()) return known->second;
  }
  PLAZA_ASSIGN_OR_RETURN(const int count, AskPartitionCount(std::string(topic)));
  std::lock_guard<std::mutex> lock(topics_mutex_);
  partition_counts_.emplace(topic, count);
  return count;
}

Result<void> KafkaLog::CreateTopics(std::span<const TopicSpec> topics) {
  std::vector<TopicSpec> wanted(topics.begin(), topics.end());
  for (const TopicSpec& spec : wanted) {
    if (!IsTopicName(spec.name) || spec.partitions < 1 || spec.partitions > kPartitionsMax) {
      return Error(kBadTopic, std::to_string(spec.partitions) + " partitions",
                   "\"" + spec.name + "\"");
    }
  }
  wanted.push_back({kEpochTopic, 1});
  PLAZA_RETURN_IF_ERROR(kafka::RequestTopics(consumer_.get(), options_, wanted));
  // A new topic is there for everybody a moment later.
  const auto give_up = steady_clock::now() + kKafkaCallTimeout;
  for (const TopicSpec& spec : wanted) {
    Result<int> partitions = AskPartitionCount(spec.name);
    while (!partitions.ok() && steady_clock::now() < give_up) {
      std::this_thread::sleep_for(kKafkaPoll);
      partitions = AskPartitionCount(spec.name);
    }
    if (!partitions.ok()) return partitions.error();
    if (*partitions != spec.partitions) {
      return Error(kTopicResized,
                   "it has " + std::to_string(*partitions) + " partitions, not " +
                       std::to_string(spec.partitions),
                   spec.name);
    }
  }
  return {};
}

Result<void> KafkaLog::Append(std::span<const AppendBatch> batches) {
  for (const AppendBatch& batch : batches) {
    PLAZA_RETURN_IF_ERROR(CheckPartition(batch.to));
    if (batch.records.size() > kBatchRecordsMax) {
      return Error(kBatchTooLarge, std::to_string(batch.records.size()) + " records",
                   ToText(batch.to));
    }
    for (const Record& record : batch.records) {
      if (record.key.size() > kKeyBytesMax || record.value.size() > kRecordBytesMax) {
        return Error(kRecordTooLarge, std::to_string(record.value.size()) + " bytes of value",
                     ToText(batch.to));
      }
    }
  }
  PLAZA_RETURN_IF_ERROR(producer_.Append(batches));
  // What we have appended ourselves, Fetch() waits for.
  for (const AppendBatch& batch : batches) {
    std::lock_guard<std::mutex> lock(readers_mutex_);
    const auto found = readers_.find(batch.to);
    if (found != readers_.end()) found->second->sought = false;
  }
  NoteAppend();
  return {};
}

// Who led a topic's partitions when first asked librdkafka remembers for minutes; after a failure
// it is to ask again, since others may lead by now.
void KafkaLog::LearnLeaders(const std::string& topic) {
  const kafka::Topic handle(rd_kafka_topic_new(asker_.get(), Full(topic).c_str(), nullptr));
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(asker_.get(), 0, handle.get(), &raw,
                                                      static_cast<int>(kKafkaPokeTimeout.count()));
  const kafka::Metadata metadata(error == RD_KAFKA_RESP_ERR_NO_ERROR ? raw : nullptr);
}

Result<std::pair<std::int64_t, std::int64_t>> KafkaLog::AskOffsets(const TopicPartition& at) {
  const std::string name = Full(at.topic);
  const auto give_up = steady_clock::now() + kKafkaCallTimeout;
  for (;;) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    const rd_kafka_resp_err_t error =
        rd_kafka_query_watermark_offsets(asker_.get(), name.c_str(), at.partition, &low, &high,
                                         static_cast<int>(kKafkaCallTimeout.count()));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return std::pair{low, high};
    LearnLeaders(at.topic);
    if (!Passes(error) || steady_clock::now() >= give_up) return Unavailable(error, ToText(at));
    std::this_thread::sleep_for(kKafkaPoll);
  }
}

// librdkafka's name of this question is "offsets for times": the time of RD_KAFKA_OFFSET_END is
// now.
Result<std::vector<std::int64_t>> KafkaLog::EndOffsets(std::span<const TopicPartition> of) {
  if (of.empty()) return std::vector<std::int64_t>();  // librdkafka takes it for a mistake
  const kafka::PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(of.size())));
  for (const TopicPartition& at : of) {
    PLAZA_RETURN_IF_ERROR(CheckPartition(at));
    rd_kafka_topic_partition_list_add(list.get(), Full(at.topic).c_str(), at.partition);
  }
  const auto give_up = steady_clock::now() + kKafkaCallTimeout;
  for (;;) {
    for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = RD_KAFKA_OFFSET_END;
    rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(
        asker_.get(), list.get(), static_cast<int>(kKafkaCallTimeout.count()));
    std::vector<std::int64_t> ends;
    for (int i = 0; i < list->cnt; ++i) {
      const rd_kafka_topic_partition_t& one = list->elems[i];
      if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) error = one.err;
      ends.push_back(one.offset);
    }
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return ends;
    std::set<std::string> topics;
    for (const TopicPartition& at : of) topics.insert(at.topic);
    for (const std::string& topic : topics) LearnLeaders(topic);
    if (!Passes(error) || steady_clock::now() >= give_up) {
      return Unavailable(error, ToText(of.front()));
    }
    std::this_thread::sleep_for(kKafkaPoll);
  }
}

KafkaLog::Reader& KafkaLog::ReaderOf(const TopicPartition& at) {
  std::lock_guard<std::mutex> lock(readers_mutex_);
  auto& reader = readers_[at];
  if (reader == nullptr) {
    reader = std::make_unique<Reader>();
    reader->topic = HandleOf(at.topic);
  }
  return *reader;
}

// Ends fetching. What stays in the queue of librdkafka 2.0 holds the partition, and once the topic
// was deleted the client could never be destroyed: so the queue is emptied.
void KafkaLog::Stop(Reader& reader, const TopicPartition& at) {
  rd_kafka_consume_stop(reader.topic, at.partition);
  reader.position = -1;
  while (kafka::Message(rd_kafka_consume_queue(reader.queue.get(), 0)) != nullptr) {
  }
}

// Asks where the partition begins and ends, and starts to fetch at `offset` unless the queue is
// there already.
Result<void> KafkaLog::Seek(Reader& reader, const TopicPartition& at, std::int64_t offset) {
  reader.sought = true;  // before asking: what is appended meanwhile wants another look
  Result<std::pair<std::int64_t, std::int64_t>> asked = AskOffsets(at);
  if (!asked.ok()) {
    reader.sought = false;
    return asked.error();
  }
  const auto offsets = *asked;
  if (offset < offsets.first || offset > offsets.second) {
    reader.sought = false;
    return Error(kOffsetOutOfRange,
                 "offset " + std::to_string(offset) + ", but the log has " +
                     std::to_string(offsets.first) + " to " + std::to_string(offsets.second),
                 ToText(at));
  }
  reader.end = offsets.second;
  if (reader.position == offset) return {};
  if (reader.position >= 0) Stop(reader, at);
  if (rd_kafka_consume_start(reader.topic, at.partition, offset) != 0) {
    return Unavailable(rd_kafka_last_error(), ToText(at));
  }
  reader.position = offset;
  Poke(at);
  if (reader.queue == nullptr) {
    reader.queue.reset(
        rd_kafka_queue_get_partition(consumer_.get(), Full(at.topic).c_str(), at.partition));
    rd_kafka_queue_cb_event_enable(
        reader.queue.get(),
        [](rd_kafka_t*, void* log) { static_cast<KafkaLog*>(log)->NoteAppend(); }, this);
  }
  return {};
}

// librdkafka 2.0 begins to fetch a partition when its connection's thread looks up next, which may
// be a second later. A question to that broker makes it look up. Twice, since the first may come
// before the partition is ready. An error is no matter: it would begin by itself.
void KafkaLog::Poke(const TopicPartition& at) {
  const std::string name = Full(at.topic);
  for (int i = 0; i < 2; ++i) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    const rd_kafka_resp_err_t error =
        rd_kafka_query_watermark_offsets(consumer_.get(), name.c_str(), at.partition, &low, &high,
                                         static_cast<int>(kKafkaPokeTimeout.count()));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return;  // the fetch itself says what is wrong
  }
}

// False if nothing came in time.
Result<bool> KafkaLog::ReadOne(Reader& reader, const TopicPartition& at, milliseconds wait,
                               std::vector<StoredRecord>& records, std::size_t& bytes) {
  const kafka::Message message(
      rd_kafka_consume(reader.topic, at.partition, static_cast<int>(wait.count())));
  if (message == nullptr) return false;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    reader.sought = false;
    return Unavailable(message->err, ToText(at));
  }
  const auto* key = static_cast<const char*>(message->key);
  const auto* value = static_cast<const char*>(message->payload);
  StoredRecord& record = records.emplace_back();
  record.offset = message->offset;
  if (key != nullptr) record.record.key.assign(key, message->key_len);
  if (value != nullptr) record.record.value.assign(value, message->len);
  reader.position = message->offset + 1;
  bytes += message->key_len + message->len;
  return true;
}

Result<std::vector<StoredRecord>> KafkaLog::Fetch(const TopicPartition& from, std::int64_t offset,
                                                  int records_max, milliseconds wait) {
  PLAZA_CHECK(records_max > 0);
  PLAZA_RETURN_IF_ERROR(CheckPartition(from));
  Reader& reader = ReaderOf(from);
  std::lock_guard<std::mutex> lock(reader.mutex);
  if (!reader.sought || reader.position != offset) {
    PLAZA_RETURN_IF_ERROR(Seek(reader, from, offset));
  }
  std::vector<StoredRecord> records;
  std::size_t bytes = 0;
  PLAZA_ASSIGN_OR_RETURN(bool more, ReadOne(reader, from, wait, records, bytes));
  // What is known to be there is on its way.
  const auto give_up = steady_clock::now() + kKafkaFetchTimeout;
  while (!more && reader.end > offset && steady_clock::now() < give_up) {
    PLAZA_ASSIGN_OR_RETURN(more, ReadOne(reader, from, kKafkaPoll, records, bytes));
    if (!more) Poke(from);
  }
  while (more && records.size() < static_cast<std::size_t>(records_max) && bytes < kFetchBytesMax) {
    // An error after some records shows again with the next call.
    const Result<bool> another = ReadOne(reader, from, milliseconds(0), records, bytes);
    more = another.ok() && *another;
  }
  return records;
}

// Another process's partitions are not fetched ahead for nothing.
void KafkaLog::StopReading(std::span<const TopicPartition> all,
                           const std::vector<TopicPartition>& but) {
  for (const TopicPartition& at : all) {
    if (std::ranges::find(but, at) != but.end()) continue;
    Reader& reader = ReaderOf(at);
    std::lock_guard<std::mutex> lock(reader.mutex);
    if (reader.position < 0) continue;
    Stop(reader, at);
  }
}

Result<std::shared_ptr<kafka::GroupMember>> KafkaLog::MemberOf(
    std::string_view group, std::span<const std::string> topics) {
  const std::vector<std::string> wanted(topics.begin(), topics.end());
  std::lock_guard<std::mutex> lock(members_mutex_);
  const auto known = members_.find(group);
  if (known != members_.end() && known->second->topics() == wanted) return known->second;
  if (known != members_.end()) members_.erase(known);
  PLAZA_ASSIGN_OR_RETURN(
      std::shared_ptr<kafka::GroupMember> member,
      kafka::GroupMember::Open(options_, std::string(group), wanted, [this] { NoteAppend(); }));
  members_.emplace(group, member);
  return member;
}

// Who asks later gets a larger one, whatever process or group asks.
Result<std::int64_t> KafkaLog::ClaimEpoch(std::string_view group) {
  const AppendBatch claim{{kEpochTopic, 0}, {{std::string(group), options_.client_id}}};
  std::int64_t offset = -1;
  PLAZA_RETURN_IF_ERROR(producer_.Append({&claim, 1}, &offset));
  PLAZA_CHECK(offset >= 0);
  return offset + 1;
}

Result<Assignment> KafkaLog::Join(std::string_view group, std::span<const std::string> topics) {
  Assignment assignment;
  for (const std::string& topic : topics) {
    PLAZA_ASSIGN_OR_RETURN(const int count, PartitionCount(topic));
    for (int part = 0; part < count; ++part) assignment.partitions.push_back({topic, part});
  }
  if (options_.member.empty()) {
    PLAZA_ASSIGN_OR_RETURN(assignment.epoch, ClaimEpoch(group));
    return assignment;
  }
  PLAZA_ASSIGN_OR_RETURN(const std::shared_ptr<kafka::GroupMember> member, MemberOf(group, topics));
  for (;;) {
    PLAZA_ASSIGN_OR_RETURN(kafka::GroupMember::Taken taken, member->Take());
    PLAZA_ASSIGN_OR_RETURN(assignment.epoch, ClaimEpoch(group));
    // An epoch that was claimed for partitions that have moved meanwhile would fence their owner.
    if (!member->Stands(taken.number)) continue;
    StopReading(assignment.partitions, taken.partitions);
    assignment.partitions = std::move(taken.partitions);
    return assignment;
  }
}

bool KafkaLog::AssignmentEnded(std::string_view group) {
  std::lock_guard<std::mutex> lock(members_mutex_);
  const auto found = members_.find(group);
  return found != members_.end() && found->second->Ended();
}

void KafkaLog::Leave(std::string_view group) {
  std::shared_ptr<kafka::GroupMember> member;  // leaves without the lock: it takes a while
  std::lock_guard<std::mutex> lock(members_mutex_);
  const auto found = members_.find(group);
  if (found == members_.end()) return;
  member = std::move(found->second);
  members_.erase(found);
}

}  // namespace

Result<std::unique_ptr<Log>> OpenKafkaLog(const KafkaOptions& options) {
  return KafkaLog::Open(options);
}

}  // namespace plaza::eventlog
