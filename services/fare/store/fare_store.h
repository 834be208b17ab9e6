// The fare service's tables: account rows, taps set aside, cut-offs passed. SQL is here and nowhere
// else.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/result.h"
#include "libs/store/db.h"
#include "services/fare/app/ports.h"

namespace plaza::store {
std::vector<Migration> FareMigrations();  // compiled in from services/fare/store/migrations
}

namespace plaza::fare {

// Accounts that the consumer's thread has seen, bounded: least recently used go first. Not
// thread-safe. What is in it may not be committed yet: after a rollback, Clear() it.
class AccountCache {
 public:
  explicit AccountCache(std::size_t accounts_max) : accounts_max_(accounts_max) {}
  Account* Find(const AccountId& id);
  Account& Put(Account account);
  void Clear() { entries_.clear(); }
  // Between batches, so that references stay valid within one.
  void Trim();
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Account account;
    std::uint64_t used = 0;
  };
  std::size_t accounts_max_;
  std::uint64_t clock_ = 0;
  std::unordered_map<AccountId, Entry> entries_;
};

// The fold's ports within one transaction.
class TxAccounts : public Accounts {
 public:
  TxAccounts(store::Tx& tx, AccountCache& cache) : tx_(tx), cache_(cache) {}
  Account& Get(const AccountId& id) override;
  void Save(const Account& account) override;

 private:
  store::Tx& tx_;
  AccountCache& cache_;
};

class TxSetAside : public SetAside {
 public:
  explicit TxSetAside(store::Tx& tx) : tx_(tx) {}
  bool Hold(const AccountId& account, const WindowTap& tap, HeldReason reason) override;
  bool Refuse(const AccountId& account, const WindowTap& tap, int gate_reason) override;

 private:
  store::Tx& tx_;
};

struct PassedCutOff {
  std::string business_day;
  Instant at;
};
std::optional<PassedCutOff> LoadCutOff(store::Tx& tx, int partition);
void SaveCutOff(store::Tx& tx, int partition, const PassedCutOff& cut_off);

// For readers. The account's committed row; nothing if there is none. STATE_DAMAGED.
Result<std::optional<Account>> ReadAccount(store::Tx& tx, const AccountId& id);
// Follows `moved_to` to the account that lives, at most kMoveHopsMax steps. UNKNOWN_ACCOUNT,
// MOVE_LOOP.
Result<Account> ReadSurvivor(store::Tx& tx, const AccountId& id);
// A tap that is not rated, if it is one.
struct TapSetAside {
  AccountId account;
  std::string outcome;  // "held" or "refused"
};
std::optional<TapSetAside> ReadSetAside(store::Tx& tx, std::string_view tap_id);

}  // namespace plaza::fare
