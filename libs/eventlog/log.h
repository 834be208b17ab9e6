// The city's log of facts: append, fetch, coordinate. Embedded (SQLite) or on Kafka (kafka_log.h).
//
// A topic has partitions numbered from 0, a partition has offsets from 0 in the order of appending.
// Order is promised per key only (a key always goes to one partition). Delivery is at least once:
// the same record may be appended twice. Offsets differ between logs, so they are never part of an
// id.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"

namespace plaza::eventlog {

struct TopicPartition {
  std::string topic;
  int partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};
std::string ToText(const TopicPartition& at);  // "plaza.taps.v1[3]"

struct Record {
  std::string key;
  std::string value;  // a serialised plaza.events.v1.Event
};
struct StoredRecord {
  std::int64_t offset;
  Record record;
};

// What one log can do that another cannot: the conformance suite asks before it tests.
struct Capabilities {
  bool compaction = false;
  bool rebalance = false;     // members of a group share its partitions, which move between them
  bool atomic_append = true;  // all batches of an Append or none, also when it fails half-way
};

struct TopicSpec {
  std::string name;
  int partitions = 1;
  // Only the newest record of a key matters, so older ones may go (if the log has `compaction`).
  // Offsets stay, with gaps.
  bool compacted = false;
};

// One record batch for one partition.
struct AppendBatch {
  TopicPartition to;
  std::vector<Record> records;
};

// Who consumes what, in one group. Partitions move only when an assignment ends.
struct Assignment {
  std::int64_t epoch =
      0;  // grows with every change; a stale one is refused by the stored offset's compare-and-set
  std::vector<TopicPartition> partitions;
};

// Thread-safe.
class Log {
 public:
  virtual ~Log() = default;
  virtual Capabilities capabilities() const = 0;

  virtual Result<void> CreateTopics(
      std::span<const TopicSpec> topics) = 0;                      // the same again is fine
  virtual Result<int> PartitionCount(std::string_view topic) = 0;  // UNKNOWN_TOPIC

  // Durable when it returns. All batches or none, if the log can; each keeps its order. What is
  // invalid is refused before anything is appended.
  virtual Result<void> Append(std::span<const AppendBatch> batches) = 0;

  // Records from `offset` on: at most records_max, at least one if there is any, else after waiting
  // up to `wait`, none.
  virtual Result<std::vector<StoredRecord>> Fetch(const TopicPartition& from, std::int64_t offset,
                                                  int records_max,
                                                  std::chrono::milliseconds wait) = 0;
  // The offset of the next record, for each: what was appended before the call, by whomever, is
  // counted. One question to the log for all.
  virtual Result<std::vector<std::int64_t>> EndOffsets(std::span<const TopicPartition> of) = 0;
  Result<std::int64_t> EndOffset(const TopicPartition& of);

  // For whoever consumes several partitions and has found nothing in any: take the generation
  // first, look, then wait. Every append (and WakeWaiters) changes it. WaitForAppend returns once
  // it differs from `seen`, or after `timeout`.
  virtual std::uint64_t AppendGeneration() const;
  virtual void WaitForAppend(std::uint64_t seen, std::chrono::milliseconds timeout);
  virtual void WakeWaiters();  // for stopping; others that wait just look again

  // Joins a group, or joins it again once an assignment has ended; who calls is through with the
  // former one. Without the capability `rebalance` one member has everything, and the newest wins.
  // With it: REBALANCING if the group has assigned nothing yet (try again), MEMBER_REPLACED for
  // good. One consumer a group and Log. The assignment lasts until Leave(), or until it ends.
  virtual Result<Assignment> Join(std::string_view group, std::span<const std::string> topics) = 0;
  // The group wants partitions back: finish or roll back what is under way, then Join() again. It
  // waits for that, within bounds; waiters for appends are woken.
  virtual bool AssignmentEnded(std::string_view) { return false; }
  virtual void Leave(std::string_view group) = 0;

 protected:
  void NoteAppend();  // of this process, or heard of from another

 private:
  mutable std::mutex generation_mutex_;
  std::condition_variable appended_;
  std::uint64_t generation_ = 0;
};

// One process owns an embedded log (LOG_IN_USE otherwise; the claim is a lock on <path>.lock, which
// ends with the process). limits (libs/eventlog/limits.h): record value at most kRecordBytesMax,
// batch at most kBatchRecordsMax.
struct EmbeddedOptions {
  std::string path;  // SQLite file
  bool sync_full = true;
};
Result<std::unique_ptr<Log>> OpenEmbeddedLog(const EmbeddedOptions& options);

}  // namespace plaza::eventlog
