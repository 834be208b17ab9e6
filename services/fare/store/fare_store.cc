#include "services/fare/store/fare_store.h"

#include <algorithm>
#include <utility>

#include "services/fare/convert.h"
#include "services/fare/errors.h"
#include "services/fare/limits.h"

namespace plaza::fare {
namespace {

store::Value BlobOf(const AccountId& id) { return store::Blob{id.value().ToBinary()}; }

}  // namespace

Account* AccountCache::Find(const AccountId& id) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return nullptr;
  at->second.used = ++clock_;
  return &at->second.account;
}

Account& AccountCache::Put(Account account) {
  const AccountId id = account.id;
  Entry& entry = entries_[id];
  entry.account = std::move(account);
  entry.used = ++clock_;
  return entry.account;
}

void AccountCache::Trim() {
  if (entries_.size() <= accounts_max_) return;
  // Down to three quarters at once: one pass pays for many batches.
  std::vector<std::uint64_t> used;
  used.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) used.push_back(entry.used);
  const std::size_t drop = entries_.size() - accounts_max_ + accounts_max_ / 4;
  const std::size_t last = std::min(drop, used.size()) - 1;
  const auto nth = used.begin() + static_cast<std::ptrdiff_t>(last);
  std::nth_element(used.begin(), nth, used.end());
  std::erase_if(entries_, [bound = *nth](const auto& item) { return item.second.used <= bound; });
}

Account& TxAccounts::Get(const AccountId& id) {
  if (Account* cached = cache_.Find(id); cached != nullptr) return *cached;
  Result<std::optional<Account>> read = ReadAccount(tx_, id);
  // A row that cannot be read must stop the fold, not start the account anew: that would charge
  // everything again.
  if (!read.ok()) throw store::DbFailure(read.error());
  if (read->has_value()) return cache_.Put(std::move(**read));
  Account account;
  account.id = id;
  return cache_.Put(std::move(account));
}

void TxAccounts::Save(const Account& account) {
  tx_.ExecLater(
      "INSERT INTO account_state (account, state) VALUES (:account, :state) "
      "ON CONFLICT (account) DO UPDATE SET state = excluded.state",
      {{"account", BlobOf(account.id)}, {"state", store::Blob{EncodeAccount(account)}}});
}

bool TxSetAside::Hold(const AccountId& account, const WindowTap& tap, HeldReason reason) {
  return tx_.Exec(
             "INSERT INTO held_taps (tap_id, account, event_time_ms, reason, tap) "
             "VALUES (:tap_id, :account, :event_time_ms, :reason, :tap) ON CONFLICT (tap_id) DO "
             "NOTHING",
             {{"tap_id", tap.tap_id.value()},
              {"account", BlobOf(account)},
              {"event_time_ms", tap.time.unix_ms},
              {"reason", std::string(HeldReasonName(reason))},
              {"tap", store::Blob{EncodeTap(tap)}}}) == 1;
}

bool TxSetAside::Refuse(const AccountId& account, const WindowTap& tap, int gate_reason) {
  return tx_.Exec(
             "INSERT INTO refused_taps (tap_id, account, event_time_ms, reason) "
             "VALUES (:tap_id, :account, :event_time_ms, :reason) ON CONFLICT (tap_id) DO NOTHING",
             {{"tap_id", tap.tap_id.value()},
              {"account", BlobOf(account)},
              {"event_time_ms", tap.time.unix_ms},
              {"reason", std::int64_t{gate_reason}}}) == 1;
}

std::optional<PassedCutOff> LoadCutOff(store::Tx& tx, int partition) {
  const std::optional<store::Row> row =
      tx.QueryOne("SELECT business_day, at_ms FROM cut_offs WHERE part = :part",
                  {{"part", std::int64_t{partition}}}, "ti");
  if (!row.has_value()) return std::nullopt;
  return PassedCutOff{row->Text(0), Instant{row->Int(1)}};
}

void SaveCutOff(store::Tx& tx, int partition, const PassedCutOff& cut_off) {
  tx.ExecLater(
      "INSERT INTO cut_offs (part, business_day, at_ms) VALUES (:part, :business_day, :at_ms) "
      "ON CONFLICT (part) DO UPDATE SET business_day = excluded.business_day, at_ms = "
      "excluded.at_ms",
      {{"part", std::int64_t{partition}},
       {"business_day", cut_off.business_day},
       {"at_ms", cut_off.at.unix_ms}});
}

Result<std::optional<Account>> ReadAccount(store::Tx& tx, const AccountId& id) {
  const std::optional<store::Row> row = tx.QueryOne(
      "SELECT state FROM account_state WHERE account = :account", {{"account", BlobOf(id)}}, "b");
  if (!row.has_value()) return std::optional<Account>();
  PLAZA_ASSIGN_OR_RETURN(Account account, DecodeAccount(id, row->Bytes(0)));
  return std::optional<Account>(std::move(account));
}

Result<Account> ReadSurvivor(store::Tx& tx, const AccountId& id) {
  AccountId at = id;
  for (std::uint32_t hop = 0; hop <= kMoveHopsMax; ++hop) {
    PLAZA_ASSIGN_OR_RETURN(std::optional<Account> account, ReadAccount(tx, at));
    if (!account.has_value()) {
      return Error(kUnknownAccount, "account " + at.value().ToText() + " is not known",
                   "account_id");
    }
    if (!account->moved_to.has_value()) return std::move(*account);
    at = *account->moved_to;
  }
  return Error(kMoveLoop, "the survivors of " + id.value().ToText() + " form a circle",
               "account_id");
}

std::optional<TapSetAside> ReadSetAside(store::Tx& tx, std::string_view tap_id) {
  const auto find = [&](std::string_view sql, const char* outcome) -> std::optional<TapSetAside> {
    const std::optional<store::Row> row = tx.QueryOne(sql, {{"tap_id", std::string(tap_id)}}, "b");
    if (!row.has_value()) return std::nullopt;
    const Result<AccountId> account = ToAccountId(row->Bytes(0), "account");
    if (!account.ok()) throw store::DbFailure(account.error());
    return TapSetAside{*account, outcome};
  };
  if (auto held = find("SELECT account FROM held_taps WHERE tap_id = :tap_id", "held")) return held;
  return find("SELECT account FROM refused_taps WHERE tap_id = :tap_id", "refused");
}

}  // namespace plaza::fare
