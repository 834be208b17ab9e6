// How answers look to a person: one function each, used by the demo and the verbs alike.
#pragma once
#include <iosfwd>

#include "plaza/clearing/v1/clearing.pb.h"
#include "plaza/fare/v1/fare.pb.h"
#include "plaza/tap_ingest/v1/tap_ingest.pb.h"

namespace plaza {

void ShowTapCounts(const tap_ingest::v1::GetTapCountsResponse& counts, std::ostream& out);
void ShowExplanation(const fare::v1::ExplainChargeResponse& explanation, std::ostream& out);
void ShowStatement(const fare::v1::GetStatementResponse& statement, std::ostream& out);
void ShowTrialBalance(const clearing::v1::GetTrialBalanceResponse& balance, std::ostream& out);
void ShowSettlements(const clearing::v1::ListSettlementsResponse& settlements, std::ostream& out);
void ShowAggregates(const clearing::v1::ListAggregatesResponse& aggregates, std::ostream& out);
void ShowDenied(const clearing::v1::ListDeniedResponse& denied, std::ostream& out);

}  // namespace plaza
