#include "libs/eventlog/outbox.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "libs/eventlog/batch.h"
#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"
#include "libs/eventlog/topics.h"

namespace plaza::eventlog {

using store::Blob;
using store::DbFailure;
using store::Row;
using store::Tx;

void Outbox::AddByAccount(std::string_view topic, const Uuid& account, std::string event) {
  Add(topic, AccountPartition(account, relay_->account_partitions()), account.ToBinary(),
      std::move(event));
}

void Outbox::Add(std::string_view topic, int partition, std::string key, std::string event) {
  TopicPartition to{std::string(topic), partition};
  const auto [at, is_new] = index_.try_emplace(std::move(to), batches_.size());
  if (is_new) batches_.push_back({at->first, {}});
  batches_[at->second].records.push_back({std::move(key), std::move(event)});
}

namespace {

// Rows on their way to the log.
struct Carried {
  struct Run {
    std::int64_t first;
    std::int64_t last;
  };
  std::vector<AppendBatch> batches;
  std::vector<Run> numbers;  // of the rows: runs without a gap
  int rows = 0;

  void AddNumber(std::int64_t number) {
    ++rows;
    if (!numbers.empty() && numbers.back().last + 1 == number) {
      numbers.back().last = number;
    } else {
      numbers.push_back({number, number});
    }
  }
};

}  // namespace

struct OutboxRelay::Impl {
  Log& log;
  store::Db& db;
  const int account_partitions;
  std::mutex mutex;  // of all below
  std::condition_variable woken;
  bool wake = true;  // what a former process left behind
  bool stop = false;
  // Numbers of rows of this process: what is between them is on its way, or another's, or a gap
  // that a rolled back transaction left. -1: not known yet.
  std::int64_t committed_until = -1;
  std::int64_t carried_until = -1;
  std::string last_error;
  std::mutex carrying;  // one at a time: the thread, or whoever calls RunOnce
  std::thread thread;

  Impl(Log& l, store::Db& d, int partitions) : log(l), db(d), account_partitions(partitions) {}
  Result<Carried> Read();
  Result<void> Delete(const Carried& carried);
  Result<int> CarryAll();
  void Loop(OutboxRelay& relay);
};

OutboxRelay::OutboxRelay(Log& log, store::Db& db, int account_partitions)
    : impl_(std::make_unique<Impl>(log, db, account_partitions)) {}

OutboxRelay::~OutboxRelay() { Stop(); }

int OutboxRelay::account_partitions() const { return impl_->account_partitions; }

std::string OutboxRelay::last_error() const {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->last_error;
}

std::int64_t OutboxRelay::Pending() const {
  std::unique_lock<std::mutex> lock(impl_->mutex);
  if (impl_->carried_until < 0) {
    lock.unlock();
    std::int64_t first = 0;
    std::int64_t last = 0;
    const Result<void> read = impl_->db.Read([&](Tx& tx) -> Result<void> {
      const std::optional<Row> row =
          tx.QueryOne("SELECT COALESCE(MIN(seq), 1), COALESCE(MAX(seq), 0) FROM outbox", {}, "ii");
      first = row->Int(0);
      last = row->Int(1);
      return {};
    });
    lock.lock();
    if (!read.ok()) {
      impl_->last_error = read.error().ToString();
      return 1;  // not known: nobody may take it for empty
    }
    impl_->committed_until = std::max(impl_->committed_until, last);
    impl_->carried_until = std::max(impl_->carried_until, first - 1);
  }
  return std::max<std::int64_t>(0, impl_->committed_until - impl_->carried_until);
}

void OutboxRelay::Committed(std::int64_t last_sequence) {
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->committed_until = std::max(impl_->committed_until, last_sequence);
    impl_->wake = true;
  }
  impl_->woken.notify_all();
}

namespace {

// What the log would refuse must not get into the outbox, where it would block what comes after it.
void CheckCarriable(Log& log, const AppendBatch& batch) {
  const Result<int> partitions = log.PartitionCount(batch.to.topic);
  if (!partitions.ok()) throw DbFailure(partitions.error());
  if (batch.to.partition < 0 || batch.to.partition >= *partitions) {
    throw DbFailure(Error(kUnknownPartition, ToText(batch.to)));
  }
  for (const Record& record : batch.records) {
    if (record.key.size() > kKeyBytesMax || record.value.size() > kRecordBytesMax) {
      throw DbFailure(Error(kRecordTooLarge,
                            std::to_string(record.value.size()) + " bytes of value",
                            batch.to.topic));
    }
  }
}

// The row's number. Numbers of one process grow in the order of its commits, since its writers take
// turns; so do those of one consumed partition, whose owners do.
std::int64_t InsertRow(Tx& tx, const TopicPartition& to, std::span<const Record> records) {
  return tx
      .QueryOne(
          "INSERT INTO outbox (topic, part, batch) VALUES (:topic, :part, :batch) RETURNING seq",
          {{"topic", to.topic},
           {"part", std::int64_t{to.partition}},
           {"batch", Blob{EncodeBatch(records)}}},
          "i")
      ->Int(0);
}

}  // namespace

void Outbox::Flush(Tx& tx) {
  if (batches_.empty()) return;
  std::int64_t last = 0;
  for (const AppendBatch& batch : batches_) {
    CheckCarriable(relay_->impl_->log, batch);
    std::span<const Record> rest(batch.records);
    while (!rest.empty()) {
      std::size_t count = 0;
      std::size_t bytes = 0;
      while (count < rest.size() && count < kBatchRecordsMax && bytes < kOutboxRowBytesMax) {
        bytes += rest[count].key.size() + rest[count].value.size();
        ++count;
      }
      last = InsertRow(tx, batch.to, rest.first(count));
      rest = rest.subspan(count);
    }
  }
  batches_.clear();
  index_.clear();
  OutboxRelay* relay = relay_;
  tx.OnCommit([relay, last] { relay->Committed(last); });
}

// Reads on a reader session, so that the service's writers go on meanwhile. Rows of one partition
// become one batch: order is promised per key only, and all of them are appended together.
Result<Carried> OutboxRelay::Impl::Read() {
  return db.Read([&](Tx& tx) -> Result<Carried> {
    Carried carried;
    std::map<TopicPartition, std::size_t> open;
    Result<void> decoded;
    std::int64_t until = -1;
    std::int64_t bytes = 0;
    tx.Query("SELECT seq, LENGTH(batch) FROM outbox ORDER BY seq LIMIT :max",
             {{"max", kRelayRowsMax}}, "ii", [&](const Row& row) {
               if (bytes < kRelayBytesMax) until = row.Int(0);
               bytes += row.Int(1);
             });
    tx.Query("SELECT seq, topic, part, batch FROM outbox WHERE seq <= :until ORDER BY seq",
             {{"until", until}}, "itib", [&](const Row& row) {
               carried.AddNumber(row.Int(0));
               TopicPartition to{row.Text(1), static_cast<int>(row.Int(2))};
               std::vector<Record> records;
               Result<void> one =
                   DecodeBatch(row.Bytes(3), "outbox row " + std::to_string(row.Int(0)), records);
               if (!one.ok() && decoded.ok()) decoded = one;
               const auto [at, is_new] = open.try_emplace(to, carried.batches.size());
               if (is_new) {
                 carried.batches.push_back({to, std::move(records)});
                 return;
               }
               AppendBatch& batch = carried.batches[at->second];
               if (batch.records.size() + records.size() > kBatchRecordsMax) {
                 at->second = carried.batches.size();
                 carried.batches.push_back({to, std::move(records)});
                 return;
               }
               batch.records.insert(batch.records.end(), std::make_move_iterator(records.begin()),
                                    std::make_move_iterator(records.end()));
             });
    if (!decoded.ok()) return decoded.error();
    return carried;
  });
}

// Exactly those that were appended: a lower number may be another process's that commits later. Not
// waiting for the disk: should the deletion be lost in a power cut, the rows are appended again.
Result<void> OutboxRelay::Impl::Delete(const Carried& carried) {
  return db.WriteSoon([&](Tx& tx) -> Result<void> {
    for (const auto& [first, last] : carried.numbers) {
      tx.Exec("DELETE FROM outbox WHERE seq >= :first AND seq <= :last",
              {{"first", first}, {"last", last}});
    }
    return {};
  });
}

Result<int> OutboxRelay::Impl::CarryAll() {
  int rows = 0;
  for (;;) {
    std::int64_t mine = 0;
    {
      // Whatever of this process is committed by now, is carried by now or seen by Read().
      const std::lock_guard<std::mutex> lock(mutex);
      mine = committed_until;
    }
    PLAZA_ASSIGN_OR_RETURN(const Carried carried, Read());
    if (carried.rows > 0) {
      PLAZA_RETURN_IF_ERROR(log.Append(carried.batches));
      PLAZA_RETURN_IF_ERROR(Delete(carried));
      rows += carried.rows;
      mine = std::min(mine, carried.numbers.back().last);
    }
    const std::lock_guard<std::mutex> lock(mutex);
    carried_until = std::max(carried_until, mine);
    if (carried.rows == 0) return rows;
  }
}

// One process at a time, so that rows leave in the order of their commits whoever wrote them: a
// partition's new owner comes after the former one, and deny-list epochs in their order.
Result<int> OutboxRelay::RunOnce() {
  const std::lock_guard<std::mutex> lock(impl_->carrying);
  Result<int> rows = 0;
  PLAZA_RETURN_IF_ERROR(impl_->db.Exclusive("outbox", [&]() -> Result<void> {
    rows = impl_->CarryAll();
    return {};
  }));
  return rows;
}

void OutboxRelay::Impl::Loop(OutboxRelay& relay) {
  std::chrono::milliseconds backoff = kBackoffFirst;
  std::unique_lock<std::mutex> lock(mutex);
  while (!stop) {
    // Another process may have died with rows that nobody else would carry.
    const bool shared = log.capabilities().rebalance;
    const auto waited_for = [&] { return wake || stop; };
    if (shared) {
      woken.wait_for(lock, kIdleWaitMax, waited_for);
    } else {
      woken.wait(lock, waited_for);
    }
    if (stop) return;
    wake = false;
    lock.unlock();
    const Result<int> carried = relay.RunOnce();
    lock.lock();
    if (carried.ok()) {
      last_error.clear();
      backoff = kBackoffFirst;
      continue;
    }
    last_error = carried.error().ToString();
    wake = true;
    woken.wait_for(lock, backoff, [&] { return stop; });
    backoff = std::min(backoff * 2, kBackoffMax);
  }
}

void OutboxRelay::Start() {
  PLAZA_CHECK(!impl_->thread.joinable());
  impl_->stop = false;
  impl_->wake = true;
  impl_->thread = std::thread([this] { impl_->Loop(*this); });
}

void OutboxRelay::Stop() {
  if (!impl_->thread.joinable()) return;
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stop = true;
  }
  impl_->woken.notify_all();
  impl_->thread.join();
}

}  // namespace plaza::eventlog
