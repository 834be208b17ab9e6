#include "services/clearing/app/batch.h"

#include <algorithm>
#include <utility>

#include "services/clearing/errors.h"
#include "services/clearing/limits.h"

namespace plaza::clearing {

AccountCache::Entry& AccountCache::Get(Books& books, const AccountId& id) {
  const auto found = accounts_.find(id.value());
  if (found != accounts_.end()) return found->second;
  Entry entry;
  if (std::optional<AccountState> stored = books.LoadAccount(id)) {
    entry.state = std::move(*stored);
  } else {
    entry.state.id = id;
  }
  return accounts_.emplace(id.value(), std::move(entry)).first->second;
}

void AccountCache::Save(Books& books) {
  std::vector<const AccountState*> states;
  states.reserve(dirty_.size());
  for (Entry* const entry : dirty_) {
    states.push_back(&entry->state);
    entry->dirty = false;
  }
  dirty_.clear();
  books.SaveAccounts(states);
  if (accounts_.size() > kAccountsCachedMax) accounts_.clear();
}

AccountCache::Entry& AccountCache::Put(AccountState state) {
  Entry& entry = accounts_[state.id.value()];
  entry.state = std::move(state);
  return entry;
}

void AccountCache::MarkDirty(Entry& entry) {
  if (std::exchange(entry.dirty, true)) return;
  dirty_.push_back(&entry);
}

void AccountCache::Clear() {
  accounts_.clear();
  dirty_.clear();
}

Batch::Batch(const Policy& policy, int account_partitions, AccountCache& cache, Books& books,
             Facts& facts)
    : policy_(policy),
      partitions_(account_partitions),
      cache_(cache),
      books_(books),
      facts_(facts) {
  ReadPassed();
}

void Batch::ReadPassed() {
  for (const CutOffPassed& p : books_.CutOffsPassed()) {
    passed_[{p.stream, p.partition}] = p.business_day;
  }
}

Result<AccountCache::Entry*> Batch::EntryOf(int partition, const AccountId& account) {
  if (ShardOf(account.value()) % partitions_ != partition) {
    return Error(kWrongPartition, "account " + account.value().ToText() + " in partition " +
                                      std::to_string(partition));
  }
  return &cache_.Get(books_, account);
}

std::optional<Date> Batch::Passed(Stream stream, int partition) const {
  const auto found = passed_.find({stream, partition});
  if (found == passed_.end()) return std::nullopt;
  return found->second;
}

std::optional<Date> Batch::Closed(int partition) const {
  const auto taps = Passed(Stream::kTaps, partition);
  const auto charges = Passed(Stream::kCharges, partition);
  if (!taps || !charges) return std::nullopt;
  return std::min(*taps, *charges);
}

Context Batch::ContextOf(int partition) const {
  const auto passed = Passed(Stream::kCharges, partition);
  return {policy_, passed ? std::optional<Date>(*passed + 1) : std::nullopt};
}

void Batch::Take(AccountCache::Entry& entry, Effects& effects, Instant at) {
  if (effects.changed) cache_.MarkDirty(entry);
  counts_.duplicates += effects.duplicate ? 1 : 0;
  counts_.breaks += effects.broken ? 1 : 0;
  counts_.postings += static_cast<std::int64_t>(effects.postings.size());
  std::ranges::move(effects.postings, std::back_inserter(postings_));
  for (const AuthorisationRequest& request : effects.requests) facts_.Send(request, at);
  for (const DenyChange& change : effects.deny_changes) {
    if (const auto epoch = books_.Deny(change, at)) {
      facts_.Send(change, *epoch, at);
      counts_.deny_list_epoch = *epoch;
    }
  }
  for (const Handover& handover : effects.handovers) facts_.Send(handover, at);
  if (!effects.subsidies.empty()) {
    books_.NoteSubsidies(effects.subsidies, ShardOf(entry.state.id.value()));
  }
  for (const Aggregate& aggregate : effects.aggregates) {
    ++counts_.aggregates[aggregate.state];
    aggregates_[aggregate.id.value()] = {entry.state.id, aggregate};
  }
}

Result<void> Batch::OnTap(int partition, const AccountId& account, const Tap& tap) {
  PLAZA_ASSIGN_OR_RETURN(AccountCache::Entry* const entry, EntryOf(partition, account));
  Effects effects;
  PLAZA_RETURN_IF_ERROR(ApplyTap(ContextOf(partition), entry->state, tap, effects));
  Date kept_day = policy_.BusinessDay(tap.event_time);
  if (const auto passed = Passed(Stream::kTaps, partition))
    kept_day = std::max(kept_day, *passed + 1);
  taps_.push_back({account, kept_day, tap});
  ++counts_.taps;
  Take(*entry, effects, tap.event_time);
  return {};
}

Result<void> Batch::OnCharge(int partition, const AccountId& account, const Charge& charge) {
  PLAZA_ASSIGN_OR_RETURN(AccountCache::Entry* const entry, EntryOf(partition, account));
  Effects effects;
  PLAZA_RETURN_IF_ERROR(ApplyCharge(ContextOf(partition), entry->state, charge, effects));
  counts_.charges += effects.duplicate ? 0 : 1;
  Take(*entry, effects, charge.event_time);
  return {};
}

Result<void> Batch::OnAnswer(int partition, const AccountId& account, const Answer& answer) {
  PLAZA_ASSIGN_OR_RETURN(AccountCache::Entry* const entry, EntryOf(partition, account));
  Effects effects;
  PLAZA_RETURN_IF_ERROR(ApplyAnswer(ContextOf(partition), entry->state, answer, effects));
  Take(*entry, effects, answer.event_time);
  return {};
}

Result<void> Batch::OnLinkedAway(int partition, const AccountId& from, const AccountId& to,
                                 std::span<const Token> tokens, Instant at) {
  PLAZA_ASSIGN_OR_RETURN(AccountCache::Entry* const entry, EntryOf(partition, from));
  Effects effects;
  PLAZA_RETURN_IF_ERROR(ApplyLinkedAway(entry->state, to, tokens, effects));
  Take(*entry, effects, at);
  return {};
}

Result<void> Batch::OnLinkedHere(int partition, const AccountId& from, const AccountId& to,
                                 std::span<const Token> tokens, Instant at) {
  PLAZA_ASSIGN_OR_RETURN(AccountCache::Entry* const entry, EntryOf(partition, to));
  Effects effects;
  PLAZA_RETURN_IF_ERROR(ApplyLinkedHere(entry->state, from, tokens, effects));
  Take(*entry, effects, at);
  return {};
}

Result<void> Batch::OnHandover(int partition, const Handover& handover, Instant at) {
  PLAZA_ASSIGN_OR_RETURN(AccountCache::Entry* const entry, EntryOf(partition, handover.to));
  Effects effects;
  PLAZA_RETURN_IF_ERROR(ApplyHandover(entry->state, handover, effects));
  Take(*entry, effects, at);
  return {};
}

void Batch::OnCutOff(Stream stream, int partition, Date day, Instant at) {
  const auto before = Passed(stream, partition);
  if (before && *before >= day) {
    ++counts_.duplicates;
    return;
  }
  const auto closed_before = Closed(partition);
  passed_[{stream, partition}] = day;
  books_.SetCutOffPassed({stream, partition, day});
  if (stream != Stream::kClock) {
    const auto closed = Closed(partition);
    if (!closed || closed == closed_before) return;
    ClosePartition(partition, closed_before, *closed, at);
  }
  SettleDue(at);
}

void Batch::ClosePartition(int partition, std::optional<Date> after, Date until, Instant at) {
  Flush();
  for (int shard = partition; shard < kShards; shard += partitions_) {
    CloseShard(shard, until, at);
    const auto days = books_.OperatorDays(after, until, shard);
    std::ranges::move(Apportion(policy_, days, at), std::back_inserter(postings_));
    Flush();
  }
}

void Batch::CloseShard(int shard, Date until, Instant at) {
  std::unordered_map<Uuid, std::pair<AccountState, std::vector<Tap>>> closing;
  for (AccountState& state : books_.AccountsToClose(shard, until)) {
    const Uuid id = state.id.value();
    closing[id].first = std::move(state);
  }
  books_.ForEachKeptTap(shard, [&](const KeptTap& kept) {
    const auto found = closing.find(kept.account.value());
    if (found == closing.end() || !WantsTap(found->second.first, kept.tap.id)) return;
    found->second.second.push_back(kept.tap);
  });
  // In the order of account ids, so that two runs send the same requests in the same order.
  std::vector<Uuid> order;
  for (const auto& [id, account] : closing) order.push_back(id);
  std::ranges::sort(order);
  for (const Uuid& id : order) {
    auto& [state, taps] = closing[id];
    AccountCache::Entry& entry = cache_.Put(std::move(state));
    Effects effects;
    CloseAggregates(entry.state, until, taps, policy_, effects);
    cache_.MarkDirty(entry);
    Take(entry, effects, at);
  }
  books_.DropKeptTaps(shard, until - kTapsKeptDays);
}

// Each partition's owner closes it; whoever comes last, of whatever process, settles.
void Batch::SettleDue(Instant at) {
  books_.LockSettlement();
  ReadPassed();
  std::optional<Date> until = Passed(Stream::kClock, 0);
  for (int p = 0; p < partitions_ && until; ++p) {
    const auto closed = Closed(p);
    until = closed ? std::optional<Date>(std::min(*until, *closed)) : std::nullopt;
  }
  const auto last = books_.LastDaySettled();
  if (!until || (last && *last >= *until)) return;
  Flush();
  const auto rows = books_.OperatorDays(last, *until, /*shard=*/-1);
  std::map<Date, std::vector<OperatorDay>> by_day;
  by_day[*until];  // a day without a charge is settled too: what was carried may be due
  for (const OperatorDay& row : rows) by_day[row.business_day].push_back(row);
  for (const auto& [day, days] : by_day) SettleDay(day, days, at);
}

void Batch::SettleDay(Date day, std::span<const OperatorDay> days, Instant at) {
  std::map<OperatorId, std::vector<OperatorDay>> by_operator;
  for (const OperatorDay& row : days) by_operator[row.operator_id].push_back(row);
  std::map<OperatorId, std::int64_t> carries;
  for (const auto& [id, carry] : books_.Carries()) {
    carries[id] = carry;
    by_operator[id];
  }
  for (const auto& [id, rows] : by_operator) {
    const Result<Settlement> settled = SettleOperator(policy_, day, id, rows, carries[id]);
    PLAZA_CHECK(settled.ok());  // amounts are bounded where charges are taken (limits.h)
    if (AllZero(*settled)) continue;
    std::ranges::move(SettlementPostings(*settled, at), std::back_inserter(postings_));
    books_.SaveSettlement(*settled);
    facts_.Send(*settled, at);
  }
  books_.SetDaySettled(day);
  ++counts_.days_settled;
  Flush();
}

void Batch::Flush() {
  books_.Post(postings_);
  postings_.clear();
  books_.KeepTaps(taps_);
  taps_.clear();
  std::vector<AggregateOf> aggregates;
  for (auto& [id, aggregate] : aggregates_) aggregates.push_back(std::move(aggregate));
  aggregates_.clear();
  books_.SaveAggregates(aggregates, policy_.currency);
  cache_.Save(books_);
}

void Batch::Finish() { Flush(); }

AggregateId Batch::AggregateOfLeg(const AccountId& account, const TapId& leg) {
  const AccountState& state = cache_.Get(books_, account).state;
  const auto found = std::ranges::find(state.legs, leg, &Leg::id);
  if (found == state.legs.end() || found->portions.empty()) return {};
  const auto aggregate =
      std::ranges::find(state.aggregates, found->portions.back().aggregate, &Aggregate::key);
  return aggregate == state.aggregates.end() ? AggregateId() : aggregate->id;
}

}  // namespace plaza::clearing
