// What fare keeps of one account: the taps of its open window, what was charged for them, and what
// it is entitled to. A value without I/O; one thread at a time.
//
// Everything in it is a set or a sum: the order in which facts came leaves no trace but the
// revision numbers.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/ids.h"
#include "libs/base/result.h"
#include "services/fare/core/rating.h"

namespace plaza::fare {

enum class MediaKind { kUnknown = 0, kEmvCard = 1, kEmvDevice = 2, kClosedLoop = 3 };

struct WindowTap {
  TapId tap_id;
  ValidatorId validator;
  std::uint64_t sequence = 0;
  Instant time;
  StopId stop;
  RouteId route;
  OperatorId operator_id;
  MediaKind media = MediaKind::kUnknown;
  bool operator==(const WindowTap&) const = default;
};

// What was sent of one leg so far. Amounts in minor units; shares by operator id, subsidies by
// payer, without zeros.
struct ChargedLeg {
  AccountId account;  // that was charged; differences go there
  std::string journey_id;
  std::uint32_t revision = 0;
  std::int64_t charged_minor = 0;
  std::string currency;
  std::vector<OperatorShare> shares;
  std::vector<PayerSubsidy> subsidies;
  bool operator==(const ChargedLeg&) const = default;
};

// A dated entitlement as the fact gave it: dates as text, checked by MakeGrant.
struct Grant {
  std::string kind;
  std::string from;   // YYYY-MM-DD
  std::string until;  // YYYY-MM-DD, included; empty: open
  auto operator<=>(const Grant&) const = default;
};
// BAD_ENTITLEMENT.
Result<Grant> MakeGrant(std::string kind, std::string from, std::string until);

struct TapCounters {
  std::int64_t rated = 0;
  std::int64_t ignored = 0;
  std::int64_t held = 0;
  std::int64_t refused = 0;
  std::int64_t moved_out = 0;
  bool operator==(const TapCounters&) const = default;
};

// Sums of what left the window.
struct ClosedSum {
  std::int64_t rated = 0;
  std::int64_t ignored = 0;
  std::int64_t legs = 0;
  std::int64_t charged_minor = 0;
  std::string currency;
  std::map<std::string, std::int64_t> shares;
  std::map<std::string, std::int64_t> subsidies;
  bool operator==(const ClosedSum&) const = default;
};

struct Account {
  AccountId id;
  std::vector<WindowTap> taps;             // by (time, tap id)
  std::map<std::string, ChargedLeg> legs;  // by leg id; revision 1 or more
  std::vector<Grant> grants;               // sorted, each once
  TapCounters counters;
  ClosedSum closed;
  std::optional<AccountId> moved_to;
  std::uint64_t moves_sent = 0;
  bool operator==(const Account&) const = default;
};

enum class Added { kNew, kKnown, kConflict };
// Keeps the order. kKnown: the same tap again, nothing changed; kConflict: one id, two contents,
// nothing changed.
Added AddTap(Account& account, const WindowTap& tap);
// True if it is new.
bool AddGrant(Account& account, const Grant& grant);
const WindowTap* FindTap(const Account& account, std::string_view tap_id);

// Ids of the tariff's media, once looked up.
struct MediaIds {
  std::string emv;  // for EMV cards and devices alike: the same ride costs the same on both
  std::string closed_loop;
};
MediaIds MediaIdsOf(const Tariff& tariff);

// The question for Rate(). Grants are in their sorted order, so the answer does not depend on when
// they came.
AccountInput MakeRatingInput(const Account& account, const MediaIds& media);

}  // namespace plaza::fare
