// What the use cases need of the world: the books, and a way for facts to leave. Both belong to one
// transaction. Implemented by store/ and feed/. Failures of the store are thrown (libs/store/db.h),
// so code here stays straight.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "services/clearing/core/account_fold.h"
#include "services/clearing/core/settlement.h"

namespace plaza::clearing {

// The streams whose cut-offs close and settle days.
enum class Stream { kTaps, kCharges, kClock };

struct CutOffPassed {
  Stream stream = Stream::kClock;
  int partition = 0;
  Date business_day;  // the latest
};

// A tap that may open an aggregate, kept until some days after the close of `kept_day`.
struct KeptTap {
  AccountId account;
  Date kept_day;
  Tap tap;
};

struct AggregateOf {
  AccountId account;
  Aggregate aggregate;
};

class Books {
 public:
  virtual ~Books() = default;

  virtual std::optional<AccountState> LoadAccount(const AccountId& id) = 0;
  virtual void SaveAccounts(std::span<const AccountState* const> accounts) = 0;
  // Accounts of the shard that have an aggregate of `until` or before to be closed.
  virtual std::vector<AccountState> AccountsToClose(int shard, Date until) = 0;

  virtual void KeepTaps(std::span<const KeptTap> taps) = 0;
  virtual void ForEachKeptTap(int shard, const std::function<void(const KeptTap&)>& each) = 0;
  virtual void DropKeptTaps(int shard, Date until) = 0;

  // Appends to the ledger, and keeps the balances and the operators' days with it.
  virtual void Post(std::span<const Posting> postings) = 0;
  virtual void NoteSubsidies(std::span<const SubsidyNote> notes, int shard) = 0;
  virtual void SaveAggregates(std::span<const AggregateOf> aggregates, Currency currency) = 0;

  // The deny list as it stands; numbers each change. Nothing if the token is so already.
  virtual std::optional<std::uint64_t> Deny(const DenyChange& change, Instant since) = 0;

  // Until this transaction ends, no other process settles; what others have closed can be seen.
  virtual void LockSettlement() = 0;
  virtual std::vector<CutOffPassed> CutOffsPassed() = 0;
  virtual void SetCutOffPassed(const CutOffPassed& passed) = 0;

  // Days in (after, until]; `after` empty: from the first. One shard, or all with shard −1.
  virtual std::vector<OperatorDay> OperatorDays(std::optional<Date> after, Date until,
                                                int shard) = 0;
  virtual std::optional<Date> LastDaySettled() = 0;
  virtual void SetDaySettled(Date day) = 0;
  virtual std::vector<std::pair<OperatorId, std::int64_t>> Carries() = 0;  // those that are not 0
  virtual void SaveSettlement(const Settlement& settlement) = 0;
};

// Facts on their way out, at the moment of what caused them.
class Facts {
 public:
  virtual ~Facts() = default;
  virtual void Send(const AuthorisationRequest& request, Instant at) = 0;
  virtual void Send(const DenyChange& change, std::uint64_t deny_list_epoch, Instant at) = 0;
  virtual void Send(const Handover& handover, Instant at) = 0;
  virtual void Send(const Settlement& settlement, Instant at) = 0;
};

}  // namespace plaza::clearing
