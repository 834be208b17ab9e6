// From what an account's window costs now, and what was sent before, to what has to be sent: a pure
// function. The sum of what is sent for a leg is always what the last rating says, whatever came
// between.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/ids.h"
#include "services/fare/app/account.h"
#include "services/fare/core/rating.h"

namespace plaza::fare {

// One leg's charge, or a difference to it (plaza.events.v1.Charge). Amounts may be negative; shares
// sum to amount_minor.
struct ChargeOut {
  AccountId account;
  std::string leg_id;
  std::string journey_id;
  std::uint32_t revision = 0;
  Instant event_time;
  std::int64_t amount_minor = 0;
  std::string currency;
  std::vector<OperatorShare> shares;
  std::vector<PayerSubsidy> subsidies;
  std::string product_id;
  std::string cause_tap_id;  // empty if no tap caused it
  bool operator==(const ChargeOut&) const = default;
};

// What made the account be rated again.
struct Cause {
  Instant time;                          // the latest of the causes' event times
  std::string tap_id;                    // of the latest new tap; empty if there is none
  std::vector<std::string> new_tap_ids;  // sorted
};

struct Diff {
  std::vector<ChargeOut> charges;  // legs in the statement's order, then those that are gone, by id
  std::map<std::string, ChargedLeg> legs;  // what has been sent once the charges are
};

// `charged`: what was sent before; a leg in it that the statement lacks is refunded to zero. A new
// leg is charged to `account`, a known one on the account that was charged for it. `time_of`: event
// time of a leg's first tap. A leg that costs nothing and has no subsidy is not sent. A change of
// currency is a refund and a charge.
Diff DiffCharges(const AccountId& account, const Statement& statement,
                 const std::map<std::string, ChargedLeg>& charged, const Cause& cause,
                 const std::function<Instant(std::string_view leg_id)>& time_of);

}  // namespace plaza::fare
