// The part of the store that every tap needs, kept in memory: sequences of validators, media and
// accounts.
//
// It must never be ahead of the store. Why it is not:
//  - It is read and changed only inside a write transaction, by a Step. Bodies of one group commit
//  and the consumer's
//    batches see each other's uncommitted changes there, as they must: those are in the same
//    transaction, or in one that ended before (writers take turns).
//  - The store has a stamp: a count, and the writer who counted last. A Step begins with
//    compare-and-set, in its own transaction: the stamp that is ours → (count + 1, we). After a
//    rollback (of a group, a savepoint or the whole transaction) or after another process wrote,
//    the stamp is another, so the next Step sees it before it reads anything, and reads again from
//    the store exactly what was touched in vain and what others wrote since. There is no need to
//    learn of a rollback, and none can be missed. Writers have numbers of their own because two may
//    count to the same, one of them in vain.
//  - Processes take turns (TapStore::LockMemory): from a Step to the end of its transaction no
//    other process has one. So what the store holds at a stamp is committed, or this transaction's.
//  - What was touched is remembered with its stamp, and forgotten once that is known to be
//  committed (TapStore::AfterCommit).
// Nothing outside a transaction reads this: LookupAccount reads the store.
//
// Thread-safe: one Step at a time holds the mutex. A Step never commits, so the mutex is held for
// computing and for statements only; lock order is the writer's turn, then the mutex.
#pragma once
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <variant>

#include "services/tap-ingest/app/ports.h"

namespace plaza::tap_ingest {

struct ValidatorMemory {
  SequenceWindow window;
  std::deque<RecordEntry> recent;  // at most kRecentRecordsMax, the latest last
};

class Memory {
 public:
  explicit Memory(TapStore& store) : store_(store) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // In a write transaction that must be committed before the first Step.
  Result<void> Load(store::Tx& tx);

  // One body of one write transaction. Ends with the body; not to be kept.
  class Step {
   public:
    // BAD_STORED_STATE if what is in the store cannot be read.
    static Result<Step> Begin(Memory& memory, store::Tx& tx);

    ValidatorMemory& Of(const std::string& validator);
    // As MediaRegistry's, and what changed is noted.
    Holder Accepted(const TokenRef& token, std::string_view par, MediaEffects& effects);
    Holder Refused(const TokenRef& token) const { return memory_->media_.Refused(token); }
    void Learned(const MediumId& medium, const TokenRef& card, std::string_view par,
                 MediaEffects& effects);
    std::size_t media_count() const { return memory_->media_.size(); }
    std::int64_t NextBatchSeq() { return ++memory_->last_batch_seq_; }
    std::int64_t stamp() const { return memory_->stamp_.count; }  // of the rows that it writes
    std::int64_t registry_version() const { return registry_version_; }

   private:
    void Touch(const MediaEffects& effects, std::size_t rows_before, std::size_t aliases_before);
    Step(Memory& memory, std::int64_t registry_version, std::unique_lock<std::mutex> lock)
        : memory_(&memory), registry_version_(registry_version), lock_(std::move(lock)) {}
    Memory* memory_;
    std::int64_t registry_version_;
    std::unique_lock<std::mutex> lock_;
  };

 private:
  struct TouchedMedium {
    MediumId id;
  };
  struct TouchedAlias {
    AliasRow alias;
  };
  struct TouchedValidator {
    std::string id;
  };
  struct Touched {
    std::int64_t stamp;
    std::variant<TouchedMedium, TouchedAlias, TouchedValidator> what;
  };

  Result<void> CatchUp(store::Tx& tx);
  Result<void> ReadWrittenAfter(store::Tx& tx, std::int64_t stamp);
  Result<void> Reread(store::Tx& tx, const Touched& touched);
  void Forget(std::int64_t committed_stamp);

  TapStore& store_;
  std::mutex mutex_;
  std::int64_t writer_ = 0;
  Stamp stamp_;
  std::int64_t synced_ = 0;  // everything up to this count is committed, and in memory
  std::int64_t last_batch_seq_ = 0;
  std::unordered_map<std::string, ValidatorMemory> validators_;
  MediaRegistry media_;
  std::deque<Touched> touched_;  // by us, ascending, unless it is known to be committed
};

}  // namespace plaza::tap_ingest
