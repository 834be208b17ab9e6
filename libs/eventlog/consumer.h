// The consumer loop: fetch batches, handle them in one transaction of the service's own store
// together with their offsets.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/eventlog/log.h"
#include "libs/eventlog/outbox.h"
#include "libs/store/db.h"

namespace plaza::eventlog {

// A record that a handler could not take; the loop writes it to <topic>.dlq with the reason, and
// the rest go on.
struct Rejected {
  std::size_t index;  // in the batch
  Error error;
};

// A service's door for facts. One thread calls it, so it may keep its partitions' accounts in
// memory; what it keeps must be dropped in Reset(), which is called after any rollback and before
// the first batch of an assignment.
class Handler {
 public:
  virtual ~Handler() = default;
  // Everything that follows from `records` (of one partition, in order) goes through `tx` and
  // `outbox`. An Error rolls the batch back, and it is tried again later (the store is away); a bad
  // record is a Rejected, never an Error.
  virtual Result<std::vector<Rejected>> Handle(store::Tx& tx, Outbox& outbox,
                                               const TopicPartition& from,
                                               std::span<const StoredRecord> records) = 0;
  virtual void Reset() {}
};

struct ConsumerOptions {
  std::string group;  // the service: "fare"
  std::vector<std::string> topics;
  int records_max = 2000;  // of a partition's batch; a transaction takes batches until it has these
};

struct PartitionProgress {
  TopicPartition at;
  std::int64_t next = 0;  // offset of the next record to handle
  std::int64_t end = 0;   // of the partition
};

struct ConsumerProgress {
  std::int64_t lag = 0;
  std::int64_t handled = 0;
  std::int64_t dead_lettered = 0;
  std::string last_error;                     // empty if all is well
  std::vector<PartitionProgress> partitions;  // of the assignment; empty: not known now
  std::map<std::pair<std::string, std::string>, std::int64_t> dead_letters;  // by topic, reason
};

// Owns one thread between Start() and Stop(). Needs the tables of libs/eventlog/tables.sql in the
// service's store. The offset is moved by compare-and-set in the handler's transaction: a zombie
// consumer changes nothing. It stops consuming (STALE_ASSIGNMENT in last_error) until it is started
// again: the newest member of a group wins. Where members share a group (the log's capability
// `rebalance`) it joins again instead, and stops only if another took its name (MEMBER_REPLACED).
// When an assignment ends, the transaction under way is finished, then Reset() is called and the
// group joined again. Any other failure rolls back and is tried again, first soon, then every
// second.
class Consumer {
 public:
  Consumer(Log& log, store::Db& db, OutboxRelay& relay, Handler& handler, ConsumerOptions options);
  ~Consumer();
  void Start();
  void Stop();                        // returns once the batch in hand is committed or rolled back
  ConsumerProgress Progress() const;  // thread-safe
  // One pass over every partition on the caller's thread: for tests and for rebuilds. Returns the
  // records handled.
  Result<int> RunOnce();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::eventlog
