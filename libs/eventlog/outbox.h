// The outbox: facts written in the service's own transaction, then carried to the log by one relay.
// A row holds a record batch for one partition, not a record. Appending again after a crash is
// possible: at least once.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "libs/base/ids.h"
#include "libs/eventlog/log.h"
#include "libs/store/db.h"

namespace plaza::eventlog {

class OutboxRelay;

// The facts of one transaction. Made for one Tx; Flush() writes one row per partition, in the order
// of first use. It throws DbFailure (so the transaction is rolled back) for what the log would
// refuse: UNKNOWN_TOPIC, UNKNOWN_PARTITION, RECORD_TOO_LARGE.
class Outbox {
 public:
  explicit Outbox(OutboxRelay& relay) : relay_(&relay) {}
  // For topics keyed by account: the partition follows from the account.
  void AddByAccount(std::string_view topic, const Uuid& account, std::string event);
  void Add(std::string_view topic, int partition, std::string key, std::string event);
  bool empty() const { return batches_.empty(); }
  void Flush(store::Tx& tx);  // and wakes the relay once tx is committed

 private:
  OutboxRelay* relay_;
  std::vector<AppendBatch> batches_;
  std::map<TopicPartition, std::size_t> index_;
};

// Rows leave in the order in which they were committed. Processes that share a store have a relay
// each, and each carries whatever is there, one at a time (Db::Exclusive), so that what a killed
// process left behind is carried too, and in its place. Owns one thread between Start() and Stop().
// RunOnce() may be called beside it.
class OutboxRelay {
 public:
  OutboxRelay(Log& log, store::Db& db, int account_partitions);
  ~OutboxRelay();
  void Start();
  void Stop();
  // Rows of this process not yet in the log, 0 only if there is none; may count others' rows and
  // numbers that a rolled back transaction used up. Thread-safe; asks the store the first time
  // only.
  std::int64_t Pending() const;
  std::string last_error() const;  // empty if all is well
  Result<int> RunOnce();  // carries what is there now, on the caller's thread; rows carried
  int account_partitions() const;

 private:
  friend class Outbox;
  void Committed(std::int64_t last_sequence);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::eventlog
