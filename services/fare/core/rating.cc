#include "services/fare/core/rating.h"

#include <algorithm>

#include "services/fare/core/rating_state.h"

namespace plaza::fare {
namespace {

StatementLeg LineOf(const RatingState& state, const CoreLeg& leg) {
  const TariffVersion& version = state.VersionOf(leg.version);
  StatementLeg line;
  line.leg_id = leg.id;
  line.end_tap_id = leg.end_id;
  for (std::size_t i = 1; i < leg.parts.size(); ++i) {
    line.joined.emplace_back(state.parts[static_cast<std::size_t>(leg.parts[i])].id);
  }
  line.time = leg.begin;
  line.from_stop_id = state.Text(leg.from_stop);
  line.to_stop_id = state.Text(leg.to_stop);
  line.route_id = state.Text(leg.route);
  line.network_id = state.Text(leg.network);
  line.operator_id = state.Text(leg.operator_id);
  line.fare_media_id = state.Text(leg.media);
  line.rider_category_id = state.Text(leg.category);
  line.product_id = state.Text(leg.product);
  line.tariff_version_id = version.id;
  line.full_minor = leg.full_minor;
  line.item_minor = leg.item_minor;
  line.charged_minor = leg.charged_minor;
  if (leg.rule_line > 0) {
    const bool incomplete = leg.incomplete != Incomplete::kNo;
    line.rule =
        RuleRef{incomplete ? version.rules.journey_rules_file : version.rules.leg_rules_file,
                leg.rule_line};
  }
  if (leg.transfer_line > 0)
    line.transfer_rule = RuleRef{version.rules.transfers_file, leg.transfer_line};
  line.unknown = leg.unknown;
  line.extra_rider = leg.extra_rider;
  return line;
}

// Journeys by the (time, id) of their first legs, which is the order of the legs.
void Assemble(RatingState& state, const std::vector<JourneySaving>& savings) {
  std::vector<std::size_t> place(state.legs.size());
  Statement& statement = state.statement;
  for (std::size_t i = 0; i < state.legs.size(); ++i) {
    const CoreLeg& leg = state.legs[i];
    const auto first = static_cast<std::size_t>(leg.journey);
    if (first == i) {
      place[i] = statement.journeys.size();
      StatementJourney& journey = statement.journeys.emplace_back();
      journey.journey_id = leg.id;
      journey.incomplete = leg.incomplete;
    }
    StatementJourney& journey = statement.journeys[place[first]];
    journey.legs.push_back(LineOf(state, leg));
    journey.charged_minor += leg.charged_minor;
    statement.total_minor += leg.charged_minor;
  }
  for (const JourneySaving& saving : savings) {
    auto& caps = statement.journeys[place[static_cast<std::size_t>(saving.journey)]].caps;
    const std::string_view id = state.Text(saving.cap);
    const auto known = std::find_if(caps.begin(), caps.end(),
                                    [&](const CapSaving& cap) { return cap.fare_cap_id == id; });
    if (known == caps.end()) {
      caps.push_back({std::string(id), saving.saved_minor});
    } else {
      known->saved_minor += saving.saved_minor;
    }
  }
}

}  // namespace

Result<Statement> Rate(const Tariff& tariff, const AccountInput& input,
                       std::optional<Instant> until) {
  Statement statement;
  statement.account = input.account;
  statement.currency = tariff.currency();
  RatingState state(tariff.model(), input, until, statement);
  PLAZA_RETURN_IF_ERROR(BuildLegs(state));
  JoinLegs(state);
  SetCategories(state);
  CoverByPasses(state);
  PLAZA_RETURN_IF_ERROR(PriceJourneys(state));
  std::vector<JourneySaving> savings;
  PLAZA_RETURN_IF_ERROR(ApplyCaps(state, savings));
  Assemble(state, savings);
  ShareOut(state);
  Subsidise(state);
  return statement;
}

}  // namespace plaza::fare
