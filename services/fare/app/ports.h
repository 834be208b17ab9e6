// What the fold needs of the world. Implemented by store/ (rows) and feed/ (facts); by plain maps
// in tests. All of it happens in the transaction that is under way; failures of the store are
// exceptions of libs/store there.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/fare/app/account.h"
#include "services/fare/app/diff.h"

namespace plaza::fare {

class Accounts {
 public:
  virtual ~Accounts() = default;
  // The account's row, or an empty account. Stays valid until the batch ends.
  virtual Account& Get(const AccountId& id) = 0;
  virtual void Save(const Account& account) = 0;
};

// Why an accepted tap waits for a person.
enum class HeldReason { kTooOld, kClockDoubtful, kTooMany };
std::string_view HeldReasonName(HeldReason reason);  // "too_old", "clock_doubtful", "too_many"

// Taps that are not rated. True if the tap is new, false if it was set aside before.
class SetAside {
 public:
  virtual ~SetAside() = default;
  virtual bool Hold(const AccountId& account, const WindowTap& tap, HeldReason reason) = 0;
  // `gate_reason`: number of plaza.events.v1.Reason.
  virtual bool Refuse(const AccountId& account, const WindowTap& tap, int gate_reason) = 0;
};

// What the old side of a link hands to the survivor (plaza.events.v1.AccountMoved).
struct Moved {
  AccountId from;
  AccountId to;
  std::vector<WindowTap> taps;
  std::map<std::string, ChargedLeg> legs;
  std::vector<Grant> grants;
  std::uint32_t hops = 0;
  Instant time;              // of what caused it
  std::uint64_t number = 0;  // counts the facts of one sender, from 1; makes the fact's id
};

class Facts {
 public:
  virtual ~Facts() = default;
  virtual void Send(const ChargeOut& charge) = 0;
  virtual void Send(const Moved& moved) = 0;
};

}  // namespace plaza::fare
