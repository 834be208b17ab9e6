// The use cases of clearing: each fact of a batch is folded into its account, and what follows goes
// to the books and out as facts. One Batch per transaction; Finish() writes what was held back, so
// that an account is written once a batch.
//
// Not thread-safe. The cache outlives batches, and must be dropped when a batch was rolled back.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "libs/base/result.h"
#include "services/clearing/app/ports.h"

namespace plaza::clearing {

// Accounts in memory, as the store has them or newer.
class AccountCache {
 public:
  struct Entry {
    AccountState state;
    bool dirty = false;
  };
  Entry& Get(Books& books, const AccountId& id);
  Entry& Put(AccountState state);
  void MarkDirty(Entry& entry);
  void Save(Books& books);  // what is dirty; drops all if there are too many
  void Clear();

 private:
  std::unordered_map<Uuid, Entry> accounts_;
  std::vector<Entry*> dirty_;  // so that saving does not walk all accounts
};

// For metrics, and for tests.
struct BatchCounts {
  std::int64_t taps = 0;
  std::int64_t charges = 0;
  std::int64_t duplicates = 0;
  std::int64_t postings = 0;
  std::int64_t breaks = 0;  // captures and refunds that the acquirer did not take
  std::int64_t days_settled = 0;
  std::map<AggregateState, std::int64_t> aggregates;  // entered this state
  std::optional<std::uint64_t> deny_list_epoch;       // if it grew
};

class Batch {
 public:
  Batch(const Policy& policy, int account_partitions, AccountCache& cache, Books& books,
        Facts& facts);

  // Errors: the fact cannot be taken, and has changed nothing.
  Result<void> OnTap(int partition, const AccountId& account, const Tap& tap);
  Result<void> OnCharge(int partition, const AccountId& account, const Charge& charge);
  Result<void> OnAnswer(int partition, const AccountId& account, const Answer& answer);
  Result<void> OnLinkedAway(int partition, const AccountId& from, const AccountId& to,
                            std::span<const Token> tokens, Instant at);
  Result<void> OnLinkedHere(int partition, const AccountId& from, const AccountId& to,
                            std::span<const Token> tokens, Instant at);
  Result<void> OnHandover(int partition, const Handover& handover, Instant at);
  void OnCutOff(Stream stream, int partition, Date day, Instant at);
  void Finish();

  // The aggregate to which the leg's last charge went; nil if it is not known.
  AggregateId AggregateOfLeg(const AccountId& account, const TapId& leg);

  const BatchCounts& counts() const { return counts_; }

 private:
  Result<AccountCache::Entry*> EntryOf(int partition, const AccountId& account);
  Context ContextOf(int partition) const;
  std::optional<Date> Passed(Stream stream, int partition) const;
  std::optional<Date> Closed(int partition) const;  // by taps and charges alike
  void Take(AccountCache::Entry& entry, Effects& effects, Instant at);
  void Flush();
  void ClosePartition(int partition, std::optional<Date> after, Date until, Instant at);
  void CloseShard(int shard, Date until, Instant at);
  void ReadPassed();
  void SettleDue(Instant at);
  void SettleDay(Date day, std::span<const OperatorDay> days, Instant at);

  const Policy& policy_;
  int partitions_;
  AccountCache& cache_;
  Books& books_;
  Facts& facts_;
  std::map<std::pair<Stream, int>, Date> passed_;
  std::vector<Posting> postings_;
  std::vector<KeptTap> taps_;
  std::map<Uuid, AggregateOf> aggregates_;
  BatchCounts counts_;
};

}  // namespace plaza::clearing
