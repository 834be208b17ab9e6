#include "libs/eventlog/consumer.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "libs/base/digest.h"
#include "libs/base/hex.h"
#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"
#include "libs/store/errors.h"
#include "plaza/events/v1/events.pb.h"

namespace plaza::eventlog {
namespace {

using store::Row;
using store::Tx;

constexpr std::string_view kDlqSuffix = ".dlq";

struct Position {
  TopicPartition at;
  std::atomic<std::int64_t> next{0};
  Position(TopicPartition where, std::int64_t offset) : at(std::move(where)), next(offset) {}
};

using DeadLetterCounts = std::map<std::pair<std::string, std::string>, std::int64_t>;

// What one partition gives to a transaction.
struct Fetched {
  Position* position;
  std::vector<StoredRecord> records;
};

// Not in the middle of a character: an Event with broken UTF-8 cannot be read again.
std::string CutText(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0) == 0x80) --bytes_max;
  text.resize(bytes_max);
  return text;
}

// Offsets differ between logs, so the id is of what was refused and by whom.
std::string MakeDeadLetter(const std::string& group, const TopicPartition& from,
                           const StoredRecord& record, const Error& error) {
  events::v1::Event original;
  events::v1::Event event;
  if (original.ParseFromString(record.record.value)) {
    event.set_event_time_ms(original.event_time_ms());
    event.set_traceparent(original.traceparent());
  }
  Sha256Hasher hasher;
  hasher.Update(AsBytes(record.record.key));
  hasher.Update(AsBytes(record.record.value));
  const std::string about =
      from.topic + std::string(kDlqSuffix) + "/" + group + "/" + ToHex(hasher.Finish());
  event.set_id(Uuid::V5(id_space::Event(), about).ToBinary());
  event.set_source(group);
  events::v1::DeadLetter& letter = *event.mutable_dead_letter();
  letter.set_consumer(group);
  letter.set_topic(from.topic);
  letter.set_partition(from.partition);
  letter.set_offset(record.offset);
  letter.set_code(std::string(error.reason()));
  letter.set_message(CutText(error.ToString(), kDeadLetterMessageBytesMax));
  letter.set_key(record.record.key);
  letter.set_value(record.record.value.substr(0, kDeadLetterValueBytesMax));
  return event.SerializeAsString();
}

}  // namespace

struct Consumer::Impl {
  Log& log;
  store::Db& db;
  OutboxRelay& relay;
  Handler& handler;
  const ConsumerOptions options;

  // Set by Join(), then used by the one thread that consumes; `positions` is read by Progress()
  // too.
  bool joined = false;
  std::int64_t epoch = 0;
  std::shared_ptr<const std::vector<std::unique_ptr<Position>>> positions;

  mutable std::mutex mutex;  // of positions (the pointer), last_error, stop, dead_letters
  std::condition_variable stopping;
  bool stop = false;
  std::string last_error;
  DeadLetterCounts dead_letters;
  std::atomic<std::int64_t> handled{0};
  std::atomic<std::int64_t> dead_lettered{0};
  std::thread thread;

  Impl(Log& l, store::Db& d, OutboxRelay& r, Handler& h, ConsumerOptions o)
      : log(l), db(d), relay(r), handler(h), options(std::move(o)) {}

  Result<void> Join();
  void EndAssignment();
  bool MustRejoin(const Error& error) const;
  Result<std::int64_t> Claim(Tx& tx, const TopicPartition& at, std::int64_t mine) const;
  Result<int> Pass();
  Result<Fetched> Fetch(Position& position);
  Result<int> Handle(std::span<const Fetched> batches);
  Result<int> Commit(std::span<const Fetched> batches);
  Result<void> InTransaction(Tx& tx, const Position& position,
                             std::span<const StoredRecord> records, DeadLetterCounts& rejects);
  Result<std::int64_t> StoredLag() const;
  bool ShouldStop() const;
  void Loop();
};

bool Consumer::Impl::ShouldStop() const {
  std::lock_guard<std::mutex> lock(mutex);
  return stop;
}

Result<void> Consumer::Impl::Join() {
  for (const std::string& topic : options.topics) {
    PLAZA_RETURN_IF_ERROR(log.PartitionCount(topic + std::string(kDlqSuffix)));
  }
  PLAZA_ASSIGN_OR_RETURN(Assignment assignment, log.Join(options.group, options.topics));
  using Positions = std::vector<std::unique_ptr<Position>>;
  PLAZA_ASSIGN_OR_RETURN(auto claimed, db.Write([&](Tx& tx) -> Result<std::shared_ptr<Positions>> {
    auto fresh = std::make_shared<Positions>();
    for (const TopicPartition& at : assignment.partitions) {
      PLAZA_ASSIGN_OR_RETURN(const std::int64_t next, Claim(tx, at, assignment.epoch));
      fresh->push_back(std::make_unique<Position>(at, next));
    }
    return fresh;
  }));
  handler.Reset();
  epoch = assignment.epoch;
  joined = true;
  std::lock_guard<std::mutex> lock(mutex);
  positions = std::move(claimed);
  return {};
}

// What was kept in memory was of partitions that may be another's now. The stored offsets know how
// far all of them are.
void Consumer::Impl::EndAssignment() {
  handler.Reset();
  joined = false;
  std::lock_guard<std::mutex> lock(mutex);
  positions = nullptr;
}

// Where members share a group's partitions, who was refused has missed that they moved, and joins
// again. Elsewhere it has been replaced.
bool Consumer::Impl::MustRejoin(const Error& error) const {
  return error.Is(kStaleAssignment) && log.capabilities().rebalance;
}

Result<std::int64_t> Consumer::Impl::Claim(Tx& tx, const TopicPartition& at,
                                           std::int64_t mine) const {
  const std::int64_t changed = tx.Exec(
      "INSERT INTO consumer_offsets (topic, part, next_offset, assignment_epoch)"
      " VALUES (:topic, :part, 0, :epoch)"
      " ON CONFLICT (topic, part) DO UPDATE SET assignment_epoch = :epoch"
      " WHERE consumer_offsets.assignment_epoch < :epoch",
      {{"topic", at.topic}, {"part", std::int64_t{at.partition}}, {"epoch", mine}});
  if (changed == 0) {
    return Error(kStaleAssignment,
                 "assignment epoch " + std::to_string(mine) + " of group " + options.group +
                     " is not newer than the stored one",
                 ToText(at));
  }
  return tx
      .QueryOne("SELECT next_offset FROM consumer_offsets WHERE topic = :topic AND part = :part",
                {{"topic", at.topic}, {"part", std::int64_t{at.partition}}}, "i")
      ->Int(0);
}

// The compare-and-set comes first: who is not the owner any more does no work. It counts only if
// all else commits.
Result<void> Consumer::Impl::InTransaction(Tx& tx, const Position& position,
                                           std::span<const StoredRecord> records,
                                           DeadLetterCounts& rejects) {
  const std::int64_t changed = tx.Exec(
      "UPDATE consumer_offsets SET next_offset = :next WHERE topic = :topic AND part = :part"
      " AND next_offset = :expected AND assignment_epoch = :epoch",
      {{"next", records.back().offset + 1},
       {"topic", position.at.topic},
       {"part", std::int64_t{position.at.partition}},
       {"expected", position.next.load()},
       {"epoch", epoch}});
  if (changed != 1) {
    return Error(kStaleAssignment,
                 "offset " + std::to_string(position.next.load()) + " of assignment epoch " +
                     std::to_string(epoch) + " of group " + options.group +
                     " is not the stored one",
                 ToText(position.at));
  }
  Outbox outbox(relay);
  PLAZA_ASSIGN_OR_RETURN(const std::vector<Rejected> rejected,
                         handler.Handle(tx, outbox, position.at, records));
  for (const Rejected& one : rejected) {
    PLAZA_CHECK(one.index < records.size());
    const StoredRecord& record = records[one.index];
    outbox.Add(position.at.topic + std::string(kDlqSuffix), position.at.partition,
               record.record.key, MakeDeadLetter(options.group, position.at, record, one.error));
    ++rejects[{position.at.topic, std::string(one.error.reason())}];
  }
  outbox.Flush(tx);
  return {};
}

Result<int> Consumer::Impl::Commit(std::span<const Fetched> batches) {
  bool ran = false;
  const Result<DeadLetterCounts> rejected = db.Write([&](Tx& tx) -> Result<DeadLetterCounts> {
    if (ran) handler.Reset();  // the store runs the body again after a passing failure
    ran = true;
    DeadLetterCounts rejects;
    for (const Fetched& batch : batches) {
      PLAZA_RETURN_IF_ERROR(InTransaction(tx, *batch.position, batch.records, rejects));
    }
    return rejects;
  });
  if (!rejected.ok()) {
    handler.Reset();
    // Perhaps it was committed: the stored offset knows, and joining again reads it.
    if (rejected.error().Is(store::kCommitAmbiguous)) joined = false;
    return rejected.error();
  }
  std::size_t count = 0;
  for (const Fetched& batch : batches) {
    batch.position->next.store(batch.records.back().offset + 1);
    count += batch.records.size();
  }
  handled += static_cast<std::int64_t>(count);
  if (!rejected->empty()) {
    std::lock_guard<std::mutex> lock(mutex);
    for (const auto& [what, n] : *rejected) {
      dead_letters[what] += n;
      dead_lettered += n;
    }
  }
  return static_cast<int>(count);
}

Result<Fetched> Consumer::Impl::Fetch(Position& position) {
  Fetched fetched{&position, {}};
  PLAZA_ASSIGN_OR_RETURN(fetched.records,
                         log.Fetch(position.at, position.next.load(), options.records_max,
                                   std::chrono::milliseconds(0)));
  return fetched;
}

Result<int> Consumer::Impl::Handle(std::span<const Fetched> batches) {
  try {
    return Commit(batches);
  } catch (const std::exception& bug) {  // rolled back by the store on its way here
    handler.Reset();
    const TopicPartition& at = batches.front().position->at;
    return Error(kHandlerFailed, bug.what(),
                 ToText(at) + (batches.size() > 1 ? " and others" : ""));
  }
}

// One batch of every partition, as many of them in one transaction as fill records_max: at a low
// rate many partitions would else cost many syncs of the disk. A failing partition does not hold up
// the others: what failed together is tried again one by one.
Result<int> Consumer::Impl::Pass() {
  if (joined && log.AssignmentEnded(options.group)) EndAssignment();
  if (!joined) PLAZA_RETURN_IF_ERROR(Join());
  const auto mine = positions;  // an ambiguous commit may end this assignment in mid-pass
  int count = 0;
  std::optional<Error> failure;
  const auto note = [&](const Result<int>& one) {
    if (one.ok()) {
      count += *one;
    } else if (!failure.has_value()) {
      failure = one.error();
    }
  };
  std::vector<Fetched> batches;
  std::size_t records = 0;
  const auto hand_over = [&] {
    if (batches.empty()) return;
    const Result<int> together = Handle(batches);
    if (together.ok() || batches.size() == 1 || !joined || together.error().Is(kStaleAssignment)) {
      note(together);
    } else {
      for (const Fetched& batch : batches) {
        if (ShouldStop() || !joined) break;
        note(Handle({&batch, 1}));
      }
    }
    batches.clear();
    records = 0;
  };
  for (const auto& position : *mine) {
    if (ShouldStop() || !joined || log.AssignmentEnded(options.group)) break;
    Result<Fetched> fetched = Fetch(*position);
    if (!fetched.ok()) {
      note(fetched.error());
      continue;
    }
    if (fetched->records.empty()) continue;
    records += fetched->records.size();
    batches.push_back(std::move(*fetched));
    if (records >= static_cast<std::size_t>(options.records_max)) hand_over();
  }
  if (!ShouldStop() && joined) hand_over();
  if (!failure.has_value()) return count;
  if (MustRejoin(*failure)) EndAssignment();
  return *failure;
}

void Consumer::Impl::Loop() {
  std::chrono::milliseconds backoff = kBackoffFirst;
  while (!ShouldStop()) {
    const std::uint64_t seen = log.AppendGeneration();
    const Result<int> passed = Pass();
    if (passed.ok()) {
      backoff = kBackoffFirst;
      {
        std::lock_guard<std::mutex> lock(mutex);
        last_error.clear();
        if (stop) return;
      }
      if (*passed == 0) log.WaitForAppend(seen, kIdleWaitMax);
      continue;
    }
    std::unique_lock<std::mutex> lock(mutex);
    last_error = passed.error().ToString();
    const bool replaced = passed.error().Is(kStaleAssignment) || passed.error().Is(kMemberReplaced);
    if (replaced && !MustRejoin(passed.error())) return;
    stopping.wait_for(lock, backoff, [&] { return stop; });
    backoff = std::min(backoff * 2, kBackoffMax);
  }
}

// Before the first Join() the positions are those of the store; a topic never seen counts from 0.
Result<std::int64_t> Consumer::Impl::StoredLag() const {
  return db.Read([&](Tx& tx) -> Result<std::int64_t> {
    std::int64_t lag = 0;
    for (const std::string& topic : options.topics) {
      PLAZA_ASSIGN_OR_RETURN(const int partitions, log.PartitionCount(topic));
      for (int part = 0; part < partitions; ++part) {
        const std::optional<Row> row = tx.QueryOne(
            "SELECT next_offset FROM consumer_offsets WHERE topic = :topic AND part = :part",
            {{"topic", topic}, {"part", std::int64_t{part}}}, "i");
        PLAZA_ASSIGN_OR_RETURN(const std::int64_t end, log.EndOffset({topic, part}));
        lag += end - (row.has_value() ? row->Int(0) : 0);
      }
    }
    return lag;
  });
}

Consumer::Consumer(Log& log, store::Db& db, OutboxRelay& relay, Handler& handler,
                   ConsumerOptions options)
    : impl_(std::make_unique<Impl>(log, db, relay, handler, std::move(options))) {
  PLAZA_CHECK(impl_->options.records_max > 0);
}

Consumer::~Consumer() { Stop(); }

void Consumer::Start() {
  PLAZA_CHECK(!impl_->thread.joinable());
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stop = false;
  }
  impl_->joined = false;
  impl_->thread = std::thread([this] { impl_->Loop(); });
}

void Consumer::Stop() {
  if (!impl_->thread.joinable()) return;
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stop = true;
  }
  impl_->stopping.notify_all();
  impl_->log.WakeWaiters();
  impl_->thread.join();
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stop = false;
  }
  impl_->log.Leave(impl_->options.group);
  impl_->joined = false;
}

Result<int> Consumer::RunOnce() {
  PLAZA_CHECK(!impl_->thread.joinable());
  Result<int> passed = impl_->Pass();
  std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->last_error = passed.ok() ? std::string() : passed.error().ToString();
  return passed;
}

ConsumerProgress Consumer::Progress() const {
  ConsumerProgress progress;
  std::shared_ptr<const std::vector<std::unique_ptr<Position>>> positions;
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    positions = impl_->positions;
    progress.last_error = impl_->last_error;
    progress.dead_letters = impl_->dead_letters;
  }
  progress.handled = impl_->handled.load();
  progress.dead_lettered = impl_->dead_lettered.load();
  Result<std::int64_t> lag = std::int64_t{0};
  if (positions == nullptr) {
    lag = impl_->StoredLag();
  } else {
    // Positions first: they only grow, so no record is taken for handled that is not.
    std::vector<TopicPartition> partitions;
    for (const auto& position : *positions) {
      partitions.push_back(position->at);
      progress.partitions.push_back({position->at, position->next.load(), 0});
    }
    const Result<std::vector<std::int64_t>> ends = impl_->log.EndOffsets(partitions);
    if (ends.ok()) {
      for (std::size_t i = 0; i < ends->size(); ++i) {
        progress.partitions[i].end = (*ends)[i];
        *lag += (*ends)[i] - progress.partitions[i].next;
      }
    } else {
      progress.partitions.clear();
      lag = ends.error();
    }
  }
  if (lag.ok()) {
    progress.lag = *lag;
  } else {
    progress.lag = 1;  // not known: nobody may take it for done
    if (progress.last_error.empty()) progress.last_error = lag.error().ToString();
  }
  return progress;
}

}  // namespace plaza::eventlog
