#include "services/fare/rpc/views.h"

#include <algorithm>

#include "libs/base/money.h"

namespace plaza::fare {
namespace {

// HH:MM where the tap was: the tariff's zone, else the tap's own offset.
std::string LocalClock(const Tariff& tariff, const Moment& moment) {
  const LocalTime local = tariff.zone() != nullptr ? tariff.zone()->ToLocal(moment.instant)
                                                   : ToLocal(moment.instant, moment.offset_seconds);
  return local.time.ToText().substr(0, 5);
}

std::string PlaceText(const Tariff& tariff, const StatementLeg& leg) {
  std::string text;
  if (!leg.route_id.empty()) text = tariff.RouteName(leg.route_id);
  if (!leg.from_stop_id.empty()) {
    if (!text.empty()) text += ", ";
    text += tariff.StopName(leg.from_stop_id);
  }
  return text.empty() ? "place not known" : text;
}

std::string KindText(const StatementJourney& journey, const StatementLeg& leg) {
  if (leg.unknown) return "no rule gives a fare, nothing charged";
  if (journey.incomplete != Incomplete::kNo) {
    return "incomplete journey (" + std::string(IncompleteName(journey.incomplete)) + ")";
  }
  if (leg.extra_rider) return "one more rider";
  if (leg.transfer_rule.has_value()) {
    if (leg.item_minor == 0) return "free transfer";
    if (leg.item_minor * 2 == leg.full_minor) return "half-price transfer";
    return "transfer";
  }
  return leg.rider_category_id.empty() ? "fare" : leg.rider_category_id + " fare";
}

void FillRule(const std::optional<RuleRef>& rule, v1::RuleRow* out) {
  out->set_file(rule->file);
  out->set_line(static_cast<std::uint32_t>(rule->line));
}

}  // namespace

std::string LegText(const Tariff& tariff, const StatementJourney& journey, const StatementLeg& leg,
                    Currency currency) {
  std::string text =
      LocalClock(tariff, leg.time) + " " + PlaceText(tariff, leg) + ": " + KindText(journey, leg);
  if (leg.unknown) return text;
  if (leg.charged_minor < leg.item_minor) text += ", capped";
  text += ", " + Money(leg.charged_minor, currency).ToText();
  const std::optional<RuleRef>& rule = leg.transfer_rule.has_value() ? leg.transfer_rule : leg.rule;
  if (rule.has_value()) text += " (" + rule->file + ":" + std::to_string(rule->line) + ")";
  return text;
}

void FillJourney(const Tariff& tariff, const StatementJourney& journey, Currency currency,
                 const Account* account, v1::JourneyView& out) {
  out.set_journey_id(journey.journey_id);
  out.set_charged_minor(journey.charged_minor);
  out.set_currency(std::string(currency.code()));
  for (const StatementLeg& leg : journey.legs) {
    v1::LegView& view = *out.add_legs();
    view.set_leg_id(leg.leg_id);
    view.set_time_ms(leg.time.instant.unix_ms);
    view.set_stop_id(leg.from_stop_id);
    view.set_route_id(leg.route_id);
    view.set_operator_id(leg.operator_id);
    view.set_product_id(leg.product_id);
    view.set_rider_category_id(leg.rider_category_id);
    view.set_full_minor(leg.full_minor);
    view.set_charged_minor(leg.charged_minor);
    if (leg.rule.has_value()) FillRule(leg.rule, view.mutable_rule());
    if (leg.transfer_rule.has_value()) FillRule(leg.transfer_rule, view.mutable_transfer_rule());
    view.set_unknown(leg.unknown);
    for (const OperatorShare& share : leg.shares) {
      view.add_shares()->set_operator_id(share.operator_id);
      view.mutable_shares()->rbegin()->set_amount_minor(share.amount_minor);
    }
    for (const PayerSubsidy& part : leg.subsidies) {
      view.add_subsidies()->set_payer(part.payer);
      view.mutable_subsidies()->rbegin()->set_amount_minor(part.amount_minor);
    }
    if (account != nullptr) {
      const auto sent = account->legs.find(leg.leg_id);
      if (sent != account->legs.end()) view.set_revision(sent->second.revision);
    }
    view.set_text(LegText(tariff, journey, leg, currency));
  }
}

std::string WarningText(const StatementWarning& warning) {
  return warning.code + ": " + warning.where;
}

std::string IgnoredText(const Statement& statement, std::string_view tap_id) {
  for (const IgnoredTap& tap : statement.ignored) {
    if (tap.tap_id == tap_id) return std::string(IgnoredReasonName(tap.reason));
  }
  const bool voided =
      std::find(statement.voided.begin(), statement.voided.end(), tap_id) != statement.voided.end();
  return voided ? "voided" : "";
}

}  // namespace plaza::fare
