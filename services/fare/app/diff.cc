#include "services/fare/app/diff.h"

#include <algorithm>
#include <set>

namespace plaza::fare {
namespace {

// b - a by name, without zeros. `Part` is OperatorShare or PayerSubsidy, `name` its id.
template <class Part>
std::vector<Part> Difference(const std::vector<Part>& a, const std::vector<Part>& b,
                             std::string Part::*name) {
  std::map<std::string, std::int64_t> sums;
  for (const Part& part : b) sums[part.*name] += part.amount_minor;
  for (const Part& part : a) sums[part.*name] -= part.amount_minor;
  std::vector<Part> out;
  for (const auto& [id, amount] : sums) {
    if (amount == 0) continue;
    Part& part = out.emplace_back();
    part.*name = id;
    part.amount_minor = amount;
  }
  return out;
}

// What a leg costs now.
struct Target {
  std::string_view leg_id;
  std::string journey_id;
  std::string currency;
  std::int64_t charged_minor = 0;
  std::vector<OperatorShare> shares;
  std::vector<PayerSubsidy> subsidies;
  std::string product_id;
};

class Differ {
 public:
  Differ(const AccountId& account, const Cause& cause,
         const std::function<Instant(std::string_view)>& time_of, Diff& out)
      : account_(account), cause_(cause), time_of_(time_of), out_(out) {}

  void Apply(const Target& target) {
    const auto known = out_.legs.find(std::string(target.leg_id));
    if (known == out_.legs.end()) {
      ChargedLeg leg;
      leg.account = account_;
      leg.currency = target.currency;
      leg.journey_id = target.journey_id;
      if (Step(target, leg)) out_.legs.emplace(target.leg_id, std::move(leg));
      return;
    }
    ChargedLeg& leg = known->second;
    if (leg.currency != target.currency) {
      Target nothing;
      nothing.leg_id = target.leg_id;
      nothing.journey_id = leg.journey_id;
      nothing.currency = leg.currency;
      Step(nothing, leg);
      leg.currency = target.currency;
    }
    Step(target, leg);
  }

 private:
  // Sends the difference, if there is any; true if so.
  bool Step(const Target& target, ChargedLeg& leg) {
    leg.journey_id = target.journey_id;
    ChargeOut charge;
    charge.amount_minor = target.charged_minor - leg.charged_minor;
    charge.shares = Difference(leg.shares, target.shares, &OperatorShare::operator_id);
    charge.subsidies = Difference(leg.subsidies, target.subsidies, &PayerSubsidy::payer);
    if (charge.amount_minor == 0 && charge.shares.empty() && charge.subsidies.empty()) return false;
    leg.revision += 1;
    leg.charged_minor = target.charged_minor;
    leg.shares = target.shares;
    leg.subsidies = target.subsidies;
    charge.account = leg.account;
    charge.leg_id = target.leg_id;
    charge.journey_id = target.journey_id;
    charge.revision = leg.revision;
    charge.currency = leg.currency;
    charge.product_id = target.product_id;
    SetCause(charge);
    out_.charges.push_back(std::move(charge));
    return true;
  }

  // The first charge of a leg whose own tap is new has no other cause: its event time must not
  // depend on what else the batch held. (A leg that came with a link was charged before.)
  void SetCause(ChargeOut& charge) const {
    const Instant leg_time = time_of_(charge.leg_id);
    const bool own_tap_is_new =
        std::binary_search(cause_.new_tap_ids.begin(), cause_.new_tap_ids.end(), charge.leg_id);
    if (own_tap_is_new && charge.revision == 1) {
      charge.event_time = leg_time;
      charge.cause_tap_id = charge.leg_id;
      return;
    }
    charge.event_time = std::max(leg_time, cause_.time);
    charge.cause_tap_id = cause_.tap_id;
  }

  const AccountId& account_;
  const Cause& cause_;
  const std::function<Instant(std::string_view)>& time_of_;
  Diff& out_;
};

}  // namespace

Diff DiffCharges(const AccountId& account, const Statement& statement,
                 const std::map<std::string, ChargedLeg>& charged, const Cause& cause,
                 const std::function<Instant(std::string_view leg_id)>& time_of) {
  Diff out;
  out.legs = charged;
  Differ differ(account, cause, time_of, out);
  std::set<std::string_view> present;
  const std::string currency(statement.currency.code());
  for (const StatementJourney& journey : statement.journeys) {
    for (const StatementLeg& leg : journey.legs) {
      present.insert(leg.leg_id);
      differ.Apply({leg.leg_id, journey.journey_id, currency, leg.charged_minor, leg.shares,
                    leg.subsidies, leg.product_id});
    }
  }
  for (const auto& [leg_id, leg] : charged) {
    if (present.contains(leg_id)) continue;
    Target gone;
    gone.leg_id = leg_id;
    gone.journey_id = leg.journey_id;
    gone.currency = leg.currency;
    differ.Apply(gone);
  }
  return out;
}

}  // namespace plaza::fare
