// Statements as people see them: journeys, legs, rules with file and line, and one plain line for
// each leg. Pure.
#pragma once
#include <string>

#include "plaza/fare/v1/fare.pb.h"
#include "services/fare/app/account.h"
#include "services/fare/core/rating.h"
#include "services/fare/core/tariff.h"

namespace plaza::fare {

// "08:12 Line 3, Plaza de la Bandera: half-price transfer, MXN 5.50 (fare_transfer_rules.txt:4)";
// local time of the tariff.
std::string LegText(const Tariff& tariff, const StatementJourney& journey, const StatementLeg& leg,
                    Currency currency);

// `account`: gives the revision that was sent of each leg; nullptr for a pricing that changes
// nothing.
void FillJourney(const Tariff& tariff, const StatementJourney& journey, Currency currency,
                 const Account* account, v1::JourneyView& out);

// "UNKNOWN_FARE: leg GATE-1:7"
std::string WarningText(const StatementWarning& warning);

// Why a tap is no leg, or empty: "passed_back", "off_without_on", "same_station", "voided".
std::string IgnoredText(const Statement& statement, std::string_view tap_id);

}  // namespace plaza::fare
