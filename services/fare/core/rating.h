// Rating: from an account's taps to its journeys, charges, shares and subsidies. A pure function.
//
// Rate() depends on the set of taps, the account and the tariff alone: arrival order and repeated
// taps change nothing, and a late tap's adjustment is the difference of two ratings
// (docs/fares-extension.md, "Order of work"). Thread-safe. Money in minor units of
// Tariff::currency(). Errors: DUPLICATE_ID (one id, two contents), BAD_TAP, TOO_MANY_TAPS,
// AMOUNT_OVERFLOW. A fare that no rule gives is no error: the leg is `unknown`.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/money.h"
#include "libs/base/result.h"
#include "services/fare/core/tariff.h"

namespace plaza::fare {

enum class TapAction { kSingle, kOn, kOff, kVoid };
std::string_view TapActionName(TapAction action);  // "single", "on", "off", "void"
Result<TapAction> ParseTapAction(std::string_view name);

struct Tap {
  std::string tap_id;
  Moment time;  // its offset decides local time only where no zone is known
  TapAction action = TapAction::kSingle;
  std::string stop_id;                // empty: on a vehicle without a stop
  std::string route_id;               // gives the network and the operator where they are empty
  std::string network_id;             // wins over the route's
  std::vector<std::string> area_ids;  // if given, in place of the stop's areas
  std::string device_id;  // validator, or its vehicle: tells pass-back where there is no stop
  std::string operator_id;
  std::string fare_media_id;      // empty: any medium
  std::string rider_category_id;  // empty: by entitlement, account, tariff
  std::string replaces;           // kVoid: the tap that it removes
};

// A leg that somebody else built.
struct BuiltLeg {
  std::string leg_id;
  Moment depart;
  Moment arrive;
  std::string route_id;
  std::string network_id;
  std::string from_stop_id;
  std::string to_stop_id;
  std::vector<std::string> from_area_ids;
  std::vector<std::string> to_area_ids;
  std::string fare_media_id;
  std::string rider_category_id;
  std::string operator_id;
  std::optional<std::int64_t> distance_milliunits;  // thousandths of the tariff's distance unit
};

// Open, a whole service day (an `until` day is included), or a moment (an `until` moment is not).
using ValidityBound = std::variant<std::monostate, Date, Instant>;

struct Entitlement {
  std::string kind;
  ValidityBound from;
  ValidityBound until;
  std::int64_t quota_used_day = 0;   // used before the account's first leg, on its service day
  std::int64_t quota_used_year = 0;  // and in its year
};

struct HeldPass {
  std::string product_id;
  ValidityBound from;
  ValidityBound until;
};

struct AccountInput {
  std::string account;  // any text; named in warnings
  std::string rider_category_id;
  std::vector<Entitlement> entitlements;
  std::vector<HeldPass> passes;
  std::vector<Tap> taps;  // in any order, repeats allowed
  std::vector<BuiltLeg> legs;
};

struct OperatorShare {
  std::string operator_id;
  std::int64_t amount_minor = 0;
  auto operator<=>(const OperatorShare&) const = default;
};
struct PayerSubsidy {
  std::string payer;
  std::int64_t amount_minor = 0;
  auto operator<=>(const PayerSubsidy&) const = default;
};

enum class Incomplete { kNo, kMissingOff, kMissingOn, kOverTime, kOpen };
std::string_view IncompleteName(
    Incomplete incomplete);  // "", "missing_off", "missing_on", "over_time", "open"

struct StatementLeg {
  std::string leg_id;               // the tap that begins it (a lone off: its own)
  std::string end_tap_id;           // the tap that ended it; empty if none
  std::vector<std::string> joined;  // ids of the other parts of a joined leg
  Moment time;                      // of its begin
  std::string from_stop_id;
  std::string to_stop_id;
  std::string route_id;
  std::string network_id;
  std::string operator_id;
  std::string fare_media_id;
  std::string rider_category_id;
  std::string product_id;         // empty if unknown
  std::string tariff_version_id;  // empty if no version was in force
  std::int64_t full_minor = 0;    // price of the chosen product, before transfers
  std::int64_t item_minor = 0;    // what it adds to its journey, before caps
  std::int64_t charged_minor = 0;
  std::optional<RuleRef> rule;
  std::optional<RuleRef> transfer_rule;
  bool unknown = false;      // no rule gives a fare; amounts are 0
  bool extra_rider = false;  // a pass-back that counts as one more rider
  // Of the leg's own charge: all to its operator, or by the fixed split of the row of
  // fare_apportionment.txt that applies. By operator id; no zeros; sums to charged_minor.
  std::vector<OperatorShare> shares;
  std::vector<PayerSubsidy> subsidies;  // by payer; no zeros
};

struct CapSaving {
  std::string fare_cap_id;
  std::int64_t saved_minor = 0;
  auto operator<=>(const CapSaving&) const = default;
};

struct StatementJourney {
  std::string journey_id;  // its first leg's id
  std::vector<StatementLeg> legs;
  std::int64_t charged_minor = 0;
  std::vector<CapSaving> caps;
  Incomplete incomplete = Incomplete::kNo;
};

// A tap that made no leg.
enum class IgnoredReason { kPassBack, kOffWithoutOn, kSameStation };
std::string_view IgnoredReasonName(
    IgnoredReason reason);  // "passed_back", "off_without_on", "same_station"
struct IgnoredTap {
  std::string tap_id;
  IgnoredReason reason = IgnoredReason::kPassBack;
};

struct StatementWarning {
  std::string code;   // UNKNOWN_FARE, QUOTA_USED_UP, PASS_BACK_IGNORED, NEGATIVE_CLAMPED
  std::string where;  // leg or tap id
  auto operator<=>(const StatementWarning&) const = default;
};

struct Statement {
  std::string account;
  Currency currency;
  std::int64_t total_minor = 0;
  std::vector<StatementJourney> journeys;  // by (time, id) of their first legs
  // By the rows of fare_apportionment.txt over whole pools; no zeros, by operator id; sums to
  // total_minor.
  std::vector<OperatorShare> shares;
  // What pools move between operators beside the legs' own shares: shares = sum of the legs' shares
  // + this. Sums to 0.
  std::vector<OperatorShare> share_adjustments;
  std::vector<PayerSubsidy> subsidies;
  std::vector<IgnoredTap> ignored;
  std::vector<std::string> voided;  // ids of taps that a void removed
  std::vector<StatementWarning> warnings;

  // The leg that this tap begins or ends, or a part of it; nullptr if none. Looks through all legs.
  const StatementLeg* FindLeg(std::string_view tap_id) const;
};

// `until`: windows are closed as of this moment, so a tap on whose tap off may still come is
// charged nothing yet. No `until` means the end of time.
Result<Statement> Rate(const Tariff& tariff, const AccountInput& input,
                       std::optional<Instant> until);

}  // namespace plaza::fare
