// The books in memory: what the store keeps, as plain containers, so that a property runs thousands
// of days a second.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/clearing/app/ports.h"

namespace plaza::clearing {

class MemoryBooks : public Books {
 public:
  std::optional<AccountState> LoadAccount(const AccountId& id) override {
    const auto found = accounts.find(id);
    if (found == accounts.end()) return std::nullopt;
    return found->second;
  }
  void SaveAccounts(std::span<const AccountState* const> saved) override {
    for (const AccountState* state : saved) accounts[state->id] = *state;
  }
  std::vector<AccountState> AccountsToClose(int shard, Date until) override {
    std::vector<AccountState> due;
    for (const auto& [id, state] : accounts) {
      const auto open = state.EarliestOpenDay();
      if (ShardOf(id.value()) == shard && open && *open <= until) due.push_back(state);
    }
    return due;
  }
  void KeepTaps(std::span<const KeptTap> kept) override {
    taps.insert(taps.end(), kept.begin(), kept.end());
  }
  void ForEachKeptTap(int shard, const std::function<void(const KeptTap&)>& each) override {
    for (const KeptTap& kept : taps) {
      if (ShardOf(kept.account.value()) == shard) each(kept);
    }
  }
  void DropKeptTaps(int shard, Date until) override {
    std::erase_if(taps, [&](const KeptTap& kept) {
      return ShardOf(kept.account.value()) == shard && kept.kept_day <= until;
    });
  }
  void Post(std::span<const Posting> postings) override {
    for (const Posting& p : postings) {
      ledger.push_back(p);
      OperatorDay& day = Day(p.business_day, OperatorId(p.operator_id), p.shard);
      if (p.kind == kind::kCharge) day.charged_minor += p.amount.amount_minor();
      if (p.kind == kind::kChargeBack) day.returned_minor += p.amount.amount_minor();
      if (p.kind == kind::kShareRefund) day.refunded_minor += p.amount.amount_minor();
    }
  }
  void NoteSubsidies(std::span<const SubsidyNote> notes, int shard) override {
    for (const SubsidyNote& n : notes)
      Day(n.business_day, n.operator_id, shard).subsidies_minor += n.amount_minor;
  }
  void SaveAggregates(std::span<const AggregateOf> saved, Currency) override {
    for (const AggregateOf& a : saved) aggregates[a.aggregate.id] = a;
  }
  std::optional<std::uint64_t> Deny(const DenyChange& change, Instant) override {
    const bool changed =
        change.denied ? denied.insert(change.token).second : denied.erase(change.token) > 0;
    if (!changed) return std::nullopt;
    return ++deny_list_epoch;
  }
  void LockSettlement() override {}
  std::vector<CutOffPassed> CutOffsPassed() override {
    std::vector<CutOffPassed> all;
    for (const auto& [key, day] : passed) all.push_back({key.first, key.second, day});
    return all;
  }
  void SetCutOffPassed(const CutOffPassed& p) override {
    passed[{p.stream, p.partition}] = p.business_day;
  }
  std::vector<OperatorDay> OperatorDays(std::optional<Date> after, Date until, int shard) override {
    std::vector<OperatorDay> found;
    for (const auto& [key, day] : days) {
      const bool due = (!after || day.business_day > *after) && day.business_day <= until;
      if (due && (shard < 0 || day.shard == shard) && !day.operator_id.value().empty())
        found.push_back(day);
    }
    return found;
  }
  std::optional<Date> LastDaySettled() override {
    if (settled_days.empty()) return std::nullopt;
    return *settled_days.rbegin();
  }
  void SetDaySettled(Date day) override { settled_days.insert(day); }
  std::vector<std::pair<OperatorId, std::int64_t>> Carries() override {
    std::vector<std::pair<OperatorId, std::int64_t>> all;
    for (const auto& [id, carry] : carries) {
      if (carry != 0) all.emplace_back(id, carry);
    }
    return all;
  }
  void SaveSettlement(const Settlement& s) override {
    settlements.push_back(s);
    carries[s.operator_id] = s.carry_out_minor;
  }

  std::map<std::string, std::int64_t> Balances() const {
    std::map<std::string, std::int64_t> balances;
    for (const Posting& p : ledger) {
      balances[p.debit] += p.amount.amount_minor();
      balances[p.credit] -= p.amount.amount_minor();
    }
    return balances;
  }

  std::map<AccountId, AccountState> accounts;
  std::vector<KeptTap> taps;
  std::vector<Posting> ledger;
  std::map<std::tuple<Date, OperatorId, int>, OperatorDay> days;
  std::map<AggregateId, AggregateOf> aggregates;
  std::set<Token> denied;
  std::uint64_t deny_list_epoch = 0;
  std::map<std::pair<Stream, int>, Date> passed;
  std::set<Date> settled_days;
  std::map<OperatorId, std::int64_t> carries;
  std::vector<Settlement> settlements;

 private:
  OperatorDay& Day(Date day, const OperatorId& id, int shard) {
    OperatorDay& d = days[{day, id, shard}];
    d.business_day = day;
    d.operator_id = id;
    d.shard = shard;
    return d;
  }
};

}  // namespace plaza::clearing
