#include "services/fare/convert.h"

#include <utility>

#include "libs/base/uuid.h"
#include "libs/eventlog/topics.h"
#include "services/fare/errors.h"
#include "services/fare/limits.h"

namespace plaza::fare {
namespace {

constexpr std::string_view kSource = "fare";

std::string EventId(std::string_view topic, const std::string& about) {
  return Uuid::V5(id_space::Event(), std::string(topic) + "/" + about).ToBinary();
}

MediaKind ToMediaKind(events::v1::MediaKind kind) {
  switch (kind) {
    case events::v1::MEDIA_KIND_EMV_CARD:
      return MediaKind::kEmvCard;
    case events::v1::MEDIA_KIND_EMV_DEVICE:
      return MediaKind::kEmvDevice;
    case events::v1::MEDIA_KIND_CLOSED_LOOP:
      return MediaKind::kClosedLoop;
    default:
      return MediaKind::kUnknown;
  }
}

WindowTap MakeTap(const std::string& validator, std::uint64_t sequence, std::int64_t time_ms) {
  WindowTap tap;
  tap.validator = ValidatorId(validator);
  tap.sequence = sequence;
  tap.tap_id = MakeTapId(tap.validator, sequence);
  tap.time = Instant{time_ms};
  return tap;
}

WindowTap TapOf(const events::v1::TapRecorded& fact) {
  WindowTap tap = MakeTap(fact.validator_id(), fact.sequence(), fact.event_time_ms());
  tap.stop = StopId(fact.place().stop_id());
  tap.route = RouteId(fact.place().route_id());
  tap.operator_id = OperatorId(fact.operator_id());
  tap.media = ToMediaKind(fact.media_kind());
  return tap;
}

void FillFact(const WindowTap& tap, events::v1::TapRecorded& out) {
  out.set_validator_id(tap.validator.value());
  out.set_sequence(tap.sequence);
  out.set_event_time_ms(tap.time.unix_ms);
  out.mutable_place()->set_stop_id(tap.stop.value());
  out.mutable_place()->set_route_id(tap.route.value());
  out.set_operator_id(tap.operator_id.value());
  out.set_decision(events::v1::DECISION_ACCEPTED);
  out.set_media_kind(static_cast<events::v1::MediaKind>(tap.media));
}

void FillRow(const WindowTap& tap, v1::WindowTap& out) {
  out.set_validator_id(tap.validator.value());
  out.set_sequence(tap.sequence);
  out.set_event_time_ms(tap.time.unix_ms);
  out.set_stop_id(tap.stop.value());
  out.set_route_id(tap.route.value());
  out.set_operator_id(tap.operator_id.value());
  out.set_media_kind(static_cast<events::v1::MediaKind>(tap.media));
}

template <class Message>
void FillParts(const std::vector<OperatorShare>& shares, const std::vector<PayerSubsidy>& subsidies,
               Message& out) {
  for (const OperatorShare& share : shares) {
    auto* part = out.add_shares();
    part->set_operator_id(share.operator_id);
    part->set_amount_minor(share.amount_minor);
  }
  for (const PayerSubsidy& subsidy : subsidies) {
    auto* part = out.add_subsidies();
    part->set_payer(subsidy.payer);
    part->set_amount_minor(subsidy.amount_minor);
  }
}

void FillLeg(const std::string& leg_id, const ChargedLeg& leg, events::v1::ChargedLeg& out) {
  out.set_leg_id(leg_id);
  out.set_charged_account_id(leg.account.value().ToBinary());
  out.set_journey_id(leg.journey_id);
  out.set_revision(leg.revision);
  out.set_charged_minor(leg.charged_minor);
  out.set_currency(leg.currency);
  FillParts(leg.shares, leg.subsidies, out);
}

Result<ChargedLeg> LegOf(const events::v1::ChargedLeg& fact) {
  ChargedLeg leg;
  PLAZA_ASSIGN_OR_RETURN(leg.account, ToAccountId(fact.charged_account_id(), "charged_account_id"));
  leg.journey_id = fact.journey_id();
  leg.revision = fact.revision();
  leg.charged_minor = fact.charged_minor();
  leg.currency = fact.currency();
  for (const auto& share : fact.shares()) {
    leg.shares.push_back({share.operator_id(), share.amount_minor()});
  }
  for (const auto& part : fact.subsidies()) {
    leg.subsidies.push_back({part.payer(), part.amount_minor()});
  }
  return leg;
}

void FillGrant(const Grant& grant, events::v1::Entitlement& out) {
  out.set_kind(grant.kind);
  out.set_from(grant.from);
  out.set_until(grant.until);
}

events::v1::Event MakeEvent(std::string id, Instant time) {
  events::v1::Event event;
  event.set_id(std::move(id));
  event.set_event_time_ms(time.unix_ms);
  event.set_source(std::string(kSource));
  return event;
}

void FillClosed(const ClosedSum& closed, v1::ClosedSum& out) {
  out.set_rated(closed.rated);
  out.set_ignored(closed.ignored);
  out.set_legs(closed.legs);
  out.set_charged_minor(closed.charged_minor);
  out.set_currency(closed.currency);
  for (const auto& [operator_id, amount] : closed.shares) {
    auto* part = out.add_shares();
    part->set_operator_id(operator_id);
    part->set_amount_minor(amount);
  }
  for (const auto& [payer, amount] : closed.subsidies) {
    auto* part = out.add_subsidies();
    part->set_payer(payer);
    part->set_amount_minor(amount);
  }
}

ClosedSum ClosedOf(const v1::ClosedSum& row) {
  ClosedSum closed;
  closed.rated = row.rated();
  closed.ignored = row.ignored();
  closed.legs = row.legs();
  closed.charged_minor = row.charged_minor();
  closed.currency = row.currency();
  for (const auto& part : row.shares()) closed.shares[part.operator_id()] = part.amount_minor();
  for (const auto& part : row.subsidies()) closed.subsidies[part.payer()] = part.amount_minor();
  return closed;
}

}  // namespace

Result<AccountId> ToAccountId(std::string_view bytes, std::string_view field) {
  const Result<Uuid> id = Uuid::FromBytes(AsBytes(bytes));
  if (!id.ok()) {
    return Error(kBadAccountId, "an id of " + std::to_string(bytes.size()) + " bytes",
                 std::string(field));
  }
  return AccountId(*id);
}

Result<GateTap> ToGateTap(const events::v1::TapRecorded& fact) {
  GateTap out;
  PLAZA_ASSIGN_OR_RETURN(out.account, ToAccountId(fact.account_id(), "tap_recorded.account_id"));
  if (fact.validator_id().empty() || fact.sequence() == 0) {
    return Error(kBadFact, "a tap without a validator or a sequence", "tap_recorded");
  }
  if (fact.decision() != events::v1::DECISION_ACCEPTED &&
      fact.decision() != events::v1::DECISION_DENIED) {
    return Error(kBadFact, "decision " + std::to_string(fact.decision()), "tap_recorded.decision");
  }
  out.tap = TapOf(fact);
  out.accepted = fact.decision() == events::v1::DECISION_ACCEPTED;
  out.clock_doubtful = fact.clock_doubtful();
  out.gate_reason = fact.reason();
  return out;
}

Result<Moved> ToMoved(const events::v1::AccountMoved& fact, Instant time) {
  Moved moved;
  PLAZA_ASSIGN_OR_RETURN(moved.from, ToAccountId(fact.from_account_id(), "account_moved.from"));
  PLAZA_ASSIGN_OR_RETURN(moved.to, ToAccountId(fact.to_account_id(), "account_moved.to"));
  for (const auto& tap : fact.taps()) moved.taps.push_back(TapOf(tap));
  for (const auto& leg : fact.legs()) {
    PLAZA_ASSIGN_OR_RETURN(ChargedLeg charged, LegOf(leg));
    moved.legs.emplace(leg.leg_id(), std::move(charged));
  }
  for (const auto& entitlement : fact.entitlements()) {
    PLAZA_ASSIGN_OR_RETURN(Grant grant, ToGrant(entitlement));
    moved.grants.push_back(std::move(grant));
  }
  moved.hops = fact.hops();
  moved.time = time;
  return moved;
}

Result<Grant> ToGrant(const events::v1::Entitlement& fact) {
  return MakeGrant(fact.kind(), fact.from(), fact.until());
}

events::v1::Event ToEvent(const ChargeOut& charge, const TraceContext& trace) {
  events::v1::Event event = MakeEvent(
      EventId(eventlog::topic::kCharges, charge.leg_id + "/" + std::to_string(charge.revision)),
      charge.event_time);
  event.set_traceparent(TraceparentOfFact(trace));
  events::v1::Charge& out = *event.mutable_charge();
  out.set_account_id(charge.account.value().ToBinary());
  out.set_leg_id(charge.leg_id);
  out.set_journey_id(charge.journey_id);
  out.set_revision(charge.revision);
  out.set_event_time_ms(charge.event_time.unix_ms);
  out.set_amount_minor(charge.amount_minor);
  out.set_currency(charge.currency);
  FillParts(charge.shares, charge.subsidies, out);
  out.set_product_id(charge.product_id);
  out.set_cause_tap_id(charge.cause_tap_id);
  return event;
}

events::v1::Event ToEvent(const Moved& moved) {
  events::v1::Event event =
      MakeEvent(EventId(eventlog::topic::kAccounts, "moved/" + moved.from.value().ToText() + "/" +
                                                        moved.to.value().ToText() + "/" +
                                                        std::to_string(moved.number)),
                moved.time);
  events::v1::AccountMoved& out = *event.mutable_account_moved();
  out.set_from_account_id(moved.from.value().ToBinary());
  out.set_to_account_id(moved.to.value().ToBinary());
  for (const WindowTap& tap : moved.taps) FillFact(tap, *out.add_taps());
  for (const auto& [leg_id, leg] : moved.legs) FillLeg(leg_id, leg, *out.add_legs());
  for (const Grant& grant : moved.grants) FillGrant(grant, *out.add_entitlements());
  out.set_hops(moved.hops);
  return event;
}

events::v1::Event ToEvent(const AccountId& account, const Grant& grant, std::string_view request_id,
                          Instant time) {
  events::v1::Event event =
      MakeEvent(EventId(eventlog::topic::kAccounts,
                        "entitlement/" + account.value().ToText() + "/" + grant.kind + "/" +
                            grant.from + "/" + grant.until + "/" + std::string(request_id)),
                time);
  event.mutable_entitlement_granted()->set_account_id(account.value().ToBinary());
  FillGrant(grant, *event.mutable_entitlement_granted()->mutable_entitlement());
  return event;
}

std::string EncodeTap(const WindowTap& tap) {
  v1::WindowTap row;
  FillRow(tap, row);
  return row.SerializeAsString();
}

std::string EncodeAccount(const Account& account) {
  v1::AccountState state;
  for (const WindowTap& tap : account.taps) FillRow(tap, *state.add_taps());
  for (const auto& [leg_id, leg] : account.legs) FillLeg(leg_id, leg, *state.add_legs());
  for (const Grant& grant : account.grants) FillGrant(grant, *state.add_entitlements());
  v1::TapCounters& counters = *state.mutable_counters();
  counters.set_rated(account.counters.rated);
  counters.set_ignored(account.counters.ignored);
  counters.set_held(account.counters.held);
  counters.set_refused(account.counters.refused);
  counters.set_moved_out(account.counters.moved_out);
  FillClosed(account.closed, *state.mutable_closed());
  if (account.moved_to.has_value()) {
    state.set_moved_to_account_id(account.moved_to->value().ToBinary());
  }
  state.set_moves_sent(account.moves_sent);
  return state.SerializeAsString();
}

Result<Account> DecodeAccount(const AccountId& id, std::string_view bytes) {
  v1::AccountState state;
  if (!state.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error(kStateDamaged, "the row of account " + id.value().ToText() + " cannot be read");
  }
  Account account;
  account.id = id;
  for (const auto& row : state.taps()) {
    WindowTap tap = MakeTap(row.validator_id(), row.sequence(), row.event_time_ms());
    tap.stop = StopId(row.stop_id());
    tap.route = RouteId(row.route_id());
    tap.operator_id = OperatorId(row.operator_id());
    tap.media = ToMediaKind(row.media_kind());
    account.taps.push_back(std::move(tap));
  }
  for (const auto& row : state.legs()) {
    PLAZA_ASSIGN_OR_RETURN(ChargedLeg leg, LegOf(row));
    account.legs.emplace(row.leg_id(), std::move(leg));
  }
  for (const auto& row : state.entitlements()) {
    PLAZA_ASSIGN_OR_RETURN(Grant grant, ToGrant(row));
    account.grants.push_back(std::move(grant));
  }
  const v1::TapCounters& counters = state.counters();
  account.counters = {counters.rated(), counters.ignored(), counters.held(), counters.refused(),
                      counters.moved_out()};
  account.closed = ClosedOf(state.closed());
  if (!state.moved_to_account_id().empty()) {
    PLAZA_ASSIGN_OR_RETURN(account.moved_to, ToAccountId(state.moved_to_account_id(), "moved_to"));
  }
  account.moves_sent = state.moves_sent();
  return account;
}

}  // namespace plaza::fare
