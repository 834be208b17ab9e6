// The fold: facts of accounts in, charges out. Made for one batch of one partition, used by one
// thread.
//
// Facts change accounts at once; CloseSegment() then rates each touched account once and sends the
// differences. A segment ends where order matters: at a cut-off, and at the end of the batch.
// Finish() saves.
//
// The final sums per leg depend on the set of taps, links and entitlements alone. What arrival
// decides is only what is held: a tap that is older than the fare window, measured from the latest
// cut-off that its partition has passed. Where a cut-off stands among the taps of a partition is
// part of the log, so a replay decides alike.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/result.h"
#include "services/fare/app/account.h"
#include "services/fare/app/ports.h"
#include "services/fare/core/tariff.h"

namespace plaza::fare {

struct FoldOptions {
  int window_days = 3;
  bool has_caps = false;  // what was spent earlier decides later charges: whole months are kept
  MediaIds media;
};

// A tap as the gate kept it.
struct GateTap {
  WindowTap tap;
  AccountId account;
  bool accepted = false;
  bool clock_doubtful = false;
  int gate_reason = 0;
};

// What a batch did, for metrics.
struct FoldCounts {
  std::int64_t rated = 0;  // less those that ceased to be
  std::int64_t ignored = 0;
  std::int64_t held = 0;
  std::int64_t refused = 0;
  std::int64_t moved = 0;
  std::int64_t charges = 0;
  std::int64_t corrections = 0;  // charges with revision 2 or more
  std::int64_t rating_failures = 0;
};

class Fold {
 public:
  // All outlive the fold. `last_cut_off`: the latest that this partition has passed, if any.
  Fold(const Tariff& tariff, const FoldOptions& options, std::optional<Instant> last_cut_off,
       Accounts& accounts, SetAside& set_aside, Facts& facts);

  // TAP_CONFLICT. The same tap again changes nothing.
  Result<void> Record(const GateTap& tap);
  // The old side of a link. BAD_FACT, LINK_CONFLICT. The same link again changes nothing.
  Result<void> Link(const AccountId& from, const AccountId& to, Instant time);
  // The survivor's side. TAP_CONFLICT (the rest is merged), MOVE_LOOP. The same again changes
  // nothing.
  Result<void> Merge(const Moved& moved);
  // BAD_ENTITLEMENT (too many).
  Result<void> Entitle(const AccountId& account, const Grant& grant, Instant time);

  // Errors of ratings that failed: their accounts keep their taps and are tried again when next
  // touched.
  std::vector<Error> CloseSegment();
  void PassCutOff(Instant at);  // after CloseSegment()
  void Finish();
  const FoldCounts& counts() const { return counts_; }

 private:
  struct Touch {
    Instant time;
    std::optional<WindowTap> latest;  // of the new taps
    std::vector<std::string> new_tap_ids;
  };
  Touch& TouchAccount(const AccountId& id, Instant time);
  void AddNew(Account& account, const WindowTap& tap);
  void Save(const AccountId& id);
  bool TooOld(Instant time) const;
  void SendMoved(Account& account, std::vector<WindowTap> taps,
                 std::map<std::string, ChargedLeg> legs, std::vector<Grant> grants,
                 std::uint32_t hops, Instant time);
  Result<void> RateAccount(Account& account, const Touch& touch);
  void Count(Account& account, const Statement& statement);
  std::vector<Date> KeepFrom(const Account& account) const;
  Result<void> Prune(Account& account, const Statement& statement);
  // False: what lies before `keep_from` still matters to what follows.
  Result<bool> PruneBefore(Date keep_from, Account& account, const Statement& statement);

  const Tariff& tariff_;
  const FoldOptions& options_;
  std::optional<Instant> last_cut_off_;
  Accounts& accounts_;
  SetAside& set_aside_;
  Facts& facts_;
  std::vector<AccountId> order_;  // of first touch in this segment
  std::unordered_map<AccountId, Touch> touched_;
  std::vector<AccountId> dirty_;  // of the batch, each once
  std::unordered_map<AccountId, bool> is_dirty_;
  FoldCounts counts_;
};

}  // namespace plaza::fare
