// The books on SQL: one object per transaction. Not thread-safe.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "libs/store/db.h"
#include "services/clearing/app/ports.h"

namespace plaza::store {
std::vector<Migration> ClearingMigrations();
}

namespace plaza::clearing {

class SqlBooks : public Books {
 public:
  explicit SqlBooks(plaza::store::Tx& tx) : tx_(tx) {}

  std::optional<AccountState> LoadAccount(const AccountId& id) override;
  void SaveAccounts(std::span<const AccountState* const> accounts) override;
  std::vector<AccountState> AccountsToClose(int shard, Date until) override;
  void KeepTaps(std::span<const KeptTap> taps) override;
  void ForEachKeptTap(int shard, const std::function<void(const KeptTap&)>& each) override;
  void DropKeptTaps(int shard, Date until) override;
  void Post(std::span<const Posting> postings) override;
  void NoteSubsidies(std::span<const SubsidyNote> notes, int shard) override;
  void SaveAggregates(std::span<const AggregateOf> aggregates, Currency currency) override;
  std::optional<std::uint64_t> Deny(const DenyChange& change, Instant since) override;
  void LockSettlement() override;
  std::vector<CutOffPassed> CutOffsPassed() override;
  void SetCutOffPassed(const CutOffPassed& passed) override;
  std::vector<OperatorDay> OperatorDays(std::optional<Date> after, Date until, int shard) override;
  std::optional<Date> LastDaySettled() override;
  void SetDaySettled(Date day) override;
  std::vector<std::pair<OperatorId, std::int64_t>> Carries() override;
  void SaveSettlement(const Settlement& settlement) override;

 private:
  struct Head {
    std::int64_t seq = 0;
    Sha256Digest hash{};
  };
  Head& HeadOf(int shard);
  void SaveHead(int shard, const Head& head);
  void AddToOperatorDay(const OperatorDay& delta);

  plaza::store::Tx& tx_;
  std::map<int, Head> heads_;
};

// Columns of table ledger, in the order in which LedgerRow() gives their values.
std::span<const std::string_view> LedgerColumns();
std::vector<plaza::store::Value> LedgerRow(std::int64_t seq, const Posting& posting,
                                           const Sha256Digest& hash);

}  // namespace plaza::clearing
