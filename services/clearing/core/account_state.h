// All that clearing knows of one account: the state that its facts fold into. A value.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/clearing/core/types.h"

namespace plaza::clearing {

enum class AggregateState : std::uint8_t {
  kOpen = 0,
  kEmpty = 1,       // closed at 0: nothing is asked
  kWaitingTap = 2,  // closed, and none of its taps has arrived yet; shown as "open"
  kAuthorising = 3,
  kCapturing = 4,
  kCaptured = 5,
  kDebt = 6,
  kRefused = 7,  // the capture of an approved total was not taken
};
std::string_view AggregateStateName(AggregateState state);

// Within an account, an aggregate is known by its business day and a number from 1.
struct AggregateKey {
  Date day;
  std::uint32_t ordinal = 1;
  auto operator<=>(const AggregateKey&) const = default;
};

// The charges of one account and business day, which the acquirer sees as one transaction.
struct Aggregate {
  AggregateKey key;
  AggregateId id;
  AggregateState state = AggregateState::kOpen;
  std::int64_t amount_minor =
      0;  // net of what was refunded before the capture; of a debt: what is owed
  std::uint32_t charges = 0;
  std::uint32_t refunds = 0;  // refunds asked for so far: the last one's attempt
  Token card;                 // of the tap that its authorisation carries; empty while open
  TapId tap;
  std::string response_code;
  std::string approval_code;
};

struct LegPortion {
  AggregateKey aggregate;
  std::int64_t amount_minor = 0;
};
struct SharePortion {
  OperatorId operator_id;
  Date day;  // business day on which it was posted: after that day's close it is apportioned
  std::int64_t amount_minor = 0;
};

// What was charged for one leg so far.
struct Leg {
  TapId id;
  std::uint32_t revision = 0;
  Date last_day;  // business day of its last movement
  std::vector<LegPortion> portions;
  std::vector<SharePortion> shares;
};

// Money to give back, once it is known whether it was ever taken.
struct ParkedRefund {
  AggregateKey aggregate;
  TapId leg;
  std::uint32_t revision = 0;
  std::int64_t amount_minor = 0;
  Date business_day;
  Instant event_time;
};
// A refund that the acquirer has not answered yet.
struct PendingRefund {
  AggregateKey aggregate;
  std::uint32_t attempt = 0;
  std::int64_t amount_minor = 0;
  Date business_day;
};

enum class FirstUse : std::uint8_t { kNone = 0, kRequested = 1, kApproved = 2, kDeclined = 3 };

// An account that was linked to this one, as it last told.
struct LinkedAccount {
  AccountId account;
  std::uint64_t revision = 0;
  bool owing = false;
  bool denied = false;
};

struct AccountState {
  AccountId id;
  std::vector<Token> tokens;
  FirstUse first_use = FirstUse::kNone;
  std::uint32_t first_use_attempts = 0;
  std::vector<Aggregate> aggregates;  // in order of key
  std::vector<Leg> legs;
  std::vector<ParkedRefund> parked;
  std::vector<PendingRefund> pending;
  bool denied = false;
  std::string denied_reason;
  // Linked away: the survivor keeps the deny list, this account keeps what was charged to it.
  std::optional<AccountId> survivor;
  std::uint64_t handover_revision = 0;
  bool handed_owing = false;
  std::string handed_reason;
  std::uint32_t handed_tokens = 0;
  std::vector<LinkedAccount> linked;

  bool Owing() const;
  // The business day of the earliest aggregate that is still to be closed, if any.
  std::optional<Date> EarliestOpenDay() const;
};

}  // namespace plaza::clearing
