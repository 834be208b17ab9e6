// A charge into the account: shares into the ledger, the amount into an aggregate, or back out of
// one.
#include <algorithm>
#include <map>

#include "libs/base/split.h"
#include "services/clearing/core/fold_internal.h"
#include "services/clearing/errors.h"
#include "services/clearing/limits.h"

namespace plaza::clearing {
namespace {

using internal::Find;

using SharesByOperator = std::map<OperatorId, std::int64_t>;

Result<SharesByOperator> CheckedShares(const Context& context, const Charge& charge) {
  const std::string where = "charge " + charge.leg.value() + "/" + std::to_string(charge.revision);
  if (charge.leg.value().empty() || charge.leg.value().size() > kIdTextBytesMax) {
    return Error(kBadCharge, "a leg id of " + std::to_string(charge.leg.value().size()) + " bytes",
                 where);
  }
  if (charge.revision == 0) return Error(kBadCharge, "revision 0; the first is 1", where);
  if (charge.amount.currency() != context.policy.currency) {
    return Error(kBadCharge, "currency " + std::string(charge.amount.currency().code()), where);
  }
  if (charge.shares.size() > kSharesPerChargeMax) {
    return Error(kBadCharge, std::to_string(charge.shares.size()) + " shares", where);
  }
  SharesByOperator by_operator;
  std::int64_t sum = 0;
  for (const Share& share : charge.shares) {
    const std::string& id = share.operator_id.value();
    if (id.empty() || id.size() > kIdTextBytesMax)
      return Error(kBadCharge, "a share of no operator", where);
    if (share.amount_minor > kAmountMinorMax || share.amount_minor < -kAmountMinorMax) {
      return Error(kBadCharge, "a share of " + std::to_string(share.amount_minor), where);
    }
    PLAZA_ASSIGN_OR_RETURN(sum, AddMinor(sum, share.amount_minor));
    std::int64_t& held = by_operator[share.operator_id];
    PLAZA_ASSIGN_OR_RETURN(held, AddMinor(held, share.amount_minor));
  }
  if (sum != charge.amount.amount_minor()) {
    return Error(kBadCharge,
                 "shares sum to " + std::to_string(sum) + ", the charge is " +
                     std::to_string(charge.amount.amount_minor()),
                 where);
  }
  return by_operator;
}

std::int64_t HeldBy(const Leg& leg, const OperatorId& id) {
  std::int64_t held = 0;
  for (const SharePortion& p : leg.shares) held += p.operator_id == id ? p.amount_minor : 0;
  return held;
}

std::int64_t Charged(const Leg& leg) {
  std::int64_t charged = 0;
  for (const LegPortion& p : leg.portions) charged += p.amount_minor;
  return charged;
}

// What is given back was charged before: nobody's total falls below zero.
Result<void> CheckEnoughLeft(const Leg& leg, const SharesByOperator& shares, const Charge& charge) {
  const std::string where = "charge " + charge.leg.value() + "/" + std::to_string(charge.revision);
  for (const auto& [id, amount] : shares) {
    PLAZA_ASSIGN_OR_RETURN(const std::int64_t left, AddMinor(HeldBy(leg, id), amount));
    if (left < 0) {
      return Error(kRefundExceedsCharge,
                   "operator " + id.value() + " would be left with " + std::to_string(left), where);
    }
  }
  PLAZA_ASSIGN_OR_RETURN(const std::int64_t left,
                         AddMinor(Charged(leg), charge.amount.amount_minor()));
  if (left < 0)
    return Error(kRefundExceedsCharge, "the leg would be left with " + std::to_string(left), where);
  return {};
}

class ChargePoster {
 public:
  ChargePoster(const Context& context, const AccountState& state, const Charge& charge, Date day,
               Effects& out)
      : currency_(context.policy.currency), state_(state), charge_(charge), day_(day), out_(out) {}

  void Add(Leg& leg, const OperatorId& id, std::int64_t amount) {
    for (SharePortion& p : leg.shares) {
      if (p.operator_id == id && p.day == day_) {
        p.amount_minor += amount;
        Post(kind::kCharge, id, chart::kCardReceivable, chart::kSuspense, amount, 1);
        return;
      }
    }
    leg.shares.push_back({id, day_, amount});
    Post(kind::kCharge, id, chart::kCardReceivable, chart::kSuspense, amount, 1);
  }

  // The newest first: what is of this day lies in suspense still, what is of an earlier day was
  // apportioned.
  void TakeBack(Leg& leg, const OperatorId& id, std::int64_t amount) {
    std::int64_t of_today = 0;
    std::int64_t of_before = 0;
    for (auto p = leg.shares.rbegin(); p != leg.shares.rend() && amount > 0; ++p) {
      if (p->operator_id != id) continue;
      const std::int64_t taken = std::min(amount, p->amount_minor);
      p->amount_minor -= taken;
      amount -= taken;
      (p->day == day_ ? of_today : of_before) += taken;
    }
    std::erase_if(leg.shares, [](const SharePortion& p) { return p.amount_minor == 0; });
    int ordinal = 1;
    if (of_today > 0) {
      Post(kind::kChargeBack, id, chart::kSuspense, chart::kCardReceivable, of_today, ordinal++);
    }
    if (of_before > 0) {
      Post(kind::kShareRefund, id, chart::OperatorPayable(id), chart::kCardReceivable, of_before,
           ordinal);
    }
  }

 private:
  void Post(const char* kind, const OperatorId& id, std::string debit, std::string credit,
            std::int64_t amount, int ordinal) {
    std::string name = charge_.leg.value() + "/" + state_.id.value().ToText() + "/" + id.value() +
                       "/" + std::to_string(charge_.revision);
    if (ordinal > 1) name += "/" + std::to_string(ordinal);
    out_.postings.push_back({kind, Uuid::V5(id_space::Posting(), name), charge_.leg.value(),
                             charge_.leg.value(), id.value(), state_.id.value(), std::move(debit),
                             std::move(credit), Money(amount, currency_), day_, charge_.event_time,
                             ShardOf(state_.id.value())});
  }

  Currency currency_;
  const AccountState& state_;
  const Charge& charge_;
  Date day_;
  Effects& out_;
};

Aggregate& OpenAggregate(AccountState& state, Date day) {
  std::uint32_t ordinal = 1;
  for (Aggregate& a : state.aggregates) {
    if (a.key.day != day) continue;
    if (a.state == AggregateState::kOpen) return a;
    ordinal = a.key.ordinal + 1;
  }
  Aggregate made;
  made.key = {day, ordinal};
  made.id =
      AggregateId(Uuid::V5(id_space::Aggregate(), state.id.value().ToText() + "/" + day.ToText() +
                                                      "/" + std::to_string(ordinal)));
  auto place =
      std::ranges::find_if(state.aggregates, [&](const Aggregate& a) { return a.key > made.key; });
  return *state.aggregates.insert(place, made);
}

void IntoAggregate(AccountState& state, Leg& leg, const Charge& charge, Date day) {
  Aggregate& aggregate = OpenAggregate(state, day);
  aggregate.amount_minor += charge.amount.amount_minor();
  ++aggregate.charges;
  for (LegPortion& p : leg.portions) {
    if (p.aggregate == aggregate.key) {
      p.amount_minor += charge.amount.amount_minor();
      return;
    }
  }
  leg.portions.push_back({aggregate.key, charge.amount.amount_minor()});
}

// The newest aggregate first. One whose day is open gives it back at once; for any other it depends
// on the acquirer.
void OutOfAggregates(const Context& context, AccountState& state, Leg& leg, const Charge& charge,
                     Date day, Effects& out) {
  std::int64_t left = -charge.amount.amount_minor();
  for (auto p = leg.portions.rbegin(); p != leg.portions.rend() && left > 0; ++p) {
    const std::int64_t taken = std::min(left, p->amount_minor);
    if (taken == 0) continue;
    p->amount_minor -= taken;
    left -= taken;
    Aggregate* aggregate = Find(state, p->aggregate);
    PLAZA_CHECK(aggregate != nullptr);
    const bool day_is_open =
        !context.first_open_day || aggregate->key.day >= *context.first_open_day;
    if (day_is_open && aggregate->state == AggregateState::kOpen) {
      aggregate->amount_minor -= taken;
      continue;
    }
    const ParkedRefund refund{aggregate->key, charge.leg, charge.revision,
                              taken,          day,        charge.event_time};
    if (internal::IsFinal(aggregate->state)) {
      internal::GiveBack(context.policy, state, refund, out);
    } else {
      state.parked.push_back(refund);
    }
  }
}

// By the charge's shares; a difference in the subsidy alone by what the leg's operators hold. A
// ride that was free from the start names no operator: its subsidy is in fare's books only.
void NoteSubsidies(const Charge& charge, Date day, const Leg& leg, SharesByOperator shares,
                   Effects& out) {
  if (charge.subsidies_minor == 0) return;
  if (shares.empty()) {
    for (const SharePortion& p : leg.shares) shares[p.operator_id] += p.amount_minor;
  }
  if (shares.empty()) return;
  std::vector<std::int64_t> weights;
  for (const auto& [id, amount] : shares) weights.push_back(amount < 0 ? -amount : amount);
  const auto parts = SplitByLargestRemainder(charge.subsidies_minor, weights);
  std::size_t i = 0;
  for (const auto& [id, amount] : shares) out.subsidies.push_back({day, id, parts[i++]});
}

}  // namespace

Result<void> ApplyCharge(const Context& context, AccountState& state, const Charge& charge,
                         Effects& out) {
  PLAZA_ASSIGN_OR_RETURN(const SharesByOperator shares, CheckedShares(context, charge));
  auto found = std::ranges::find_if(state.legs, [&](const Leg& l) { return l.id == charge.leg; });
  const std::uint32_t last = found == state.legs.end() ? 0 : found->revision;
  if (charge.revision <= last) {
    out.duplicate = true;
    return {};
  }
  const Date event_day = context.policy.BusinessDay(charge.event_time);
  if (last == 0 && context.first_open_day && event_day < *context.first_open_day - kLegsKeptDays) {
    return Error(kChargeTooOld, "a charge of business day " + event_day.ToText(),
                 "charge " + charge.leg.value());
  }
  if (charge.revision != last + 1) {
    return Error(kRevisionGap,
                 "revision " + std::to_string(charge.revision) + " after " + std::to_string(last),
                 "charge " + charge.leg.value());
  }
  Leg leg = found == state.legs.end() ? Leg{charge.leg, 0, {}, {}, {}} : *found;
  PLAZA_RETURN_IF_ERROR(CheckEnoughLeft(leg, shares, charge));

  const Date day =
      context.first_open_day ? std::max(event_day, *context.first_open_day) : event_day;
  ChargePoster poster(context, state, charge, day, out);
  for (const auto& [id, amount] : shares) {
    if (amount > 0) poster.Add(leg, id, amount);
    if (amount < 0) poster.TakeBack(leg, id, -amount);
  }
  if (charge.amount.amount_minor() > 0 || last == 0) {
    IntoAggregate(state, leg, charge, day);
  } else if (charge.amount.amount_minor() < 0) {
    OutOfAggregates(context, state, leg, charge, day, out);
  }
  NoteSubsidies(charge, day, leg, shares, out);
  leg.revision = charge.revision;
  leg.last_day = std::max(leg.last_day, day);
  if (found == state.legs.end()) {
    state.legs.push_back(std::move(leg));
  } else {
    *found = std::move(leg);
  }
  out.changed = true;
  internal::TellSurvivor(state, out);
  return {};
}

}  // namespace plaza::clearing
