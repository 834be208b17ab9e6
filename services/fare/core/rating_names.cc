#include "services/fare/core/errors.h"
#include "services/fare/core/rating.h"

namespace plaza::fare {

std::string_view TapActionName(TapAction action) {
  switch (action) {
    case TapAction::kSingle:
      return "single";
    case TapAction::kOn:
      return "on";
    case TapAction::kOff:
      return "off";
    case TapAction::kVoid:
      return "void";
  }
  return "";
}

Result<TapAction> ParseTapAction(std::string_view name) {
  for (TapAction action : {TapAction::kSingle, TapAction::kOn, TapAction::kOff, TapAction::kVoid}) {
    if (TapActionName(action) == name) return action;
  }
  return Error(kBadAction, "'" + std::string(name.substr(0, 32)) + "' is no action of a tap");
}

std::string_view IncompleteName(Incomplete incomplete) {
  switch (incomplete) {
    case Incomplete::kNo:
      return "";
    case Incomplete::kMissingOff:
      return "missing_off";
    case Incomplete::kMissingOn:
      return "missing_on";
    case Incomplete::kOverTime:
      return "over_time";
    case Incomplete::kOpen:
      return "open";
  }
  return "";
}

std::string_view IgnoredReasonName(IgnoredReason reason) {
  switch (reason) {
    case IgnoredReason::kPassBack:
      return "passed_back";
    case IgnoredReason::kOffWithoutOn:
      return "off_without_on";
    case IgnoredReason::kSameStation:
      return "same_station";
  }
  return "";
}

const StatementLeg* Statement::FindLeg(std::string_view tap_id) const {
  for (const StatementJourney& journey : journeys) {
    for (const StatementLeg& leg : journey.legs) {
      if (leg.leg_id == tap_id) return &leg;
      for (const std::string& part : leg.joined) {
        if (part == tap_id) return &leg;
      }
    }
  }
  // A tap on may also have completed the leg before: what it begins comes first.
  for (const StatementJourney& journey : journeys) {
    for (const StatementLeg& leg : journey.legs) {
      if (leg.end_tap_id == tap_id) return &leg;
    }
  }
  return nullptr;
}

}  // namespace plaza::fare
