// What came of a simulated day, asked through the city's doors and from the auditor; shown to a
// person or as JSON.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/plaza/audit.h"
#include "libs/rpc/client.h"
#include "plaza/clearing/v1/clearing.pb.h"
#include "plaza/fare/v1/fare.pb.h"
#include "plaza/tap_ingest/v1/tap_ingest.pb.h"
#include "plaza/vault/v1/vault.pb.h"

namespace plaza {

// A rider whose day is worth explaining.
struct Example {
  std::string account;  // 16 bytes
  std::string tap_id;
  std::string why;  // "a transfer within 120 minutes"
};

struct DeclinedCard {
  clearing::v1::Aggregate aggregate;
  vault::v1::DescribeCardResponse card;
};

struct CityReport {
  tap_ingest::v1::GetTapCountsResponse taps;
  clearing::v1::ListSettlementsResponse settlements;
  clearing::v1::GetTrialBalanceResponse trial_balance;
  clearing::v1::ListAggregatesResponse declined;  // at most a page; count_by_state has all
  std::vector<DeclinedCard> declined_cards;       // the first few, as support sees them
  clearing::v1::ListDeniedResponse denied;
  Example example;
  fare::v1::GetStatementResponse statement;
};

// Asks the doors. `example` may be empty: then no statement.
Result<CityReport> CollectReport(rpc::Client& client, const Example& example);

void PrintReport(const CityReport& report, std::ostream& out);
void PrintAudit(const AuditReport& audit, std::ostream& out);

nlohmann::json ReportJson(const CityReport& report, const AuditReport& audit);

}  // namespace plaza
