#include "apps/plaza/demo_report.h"

#include <algorithm>
#include <ostream>

#include "apps/plaza/show.h"
#include "apps/plaza/table.h"
#include "libs/base/bytes.h"
#include "libs/base/uuid.h"

namespace plaza {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kTimeout{60};
constexpr int kDeclinedShown = 8;

template <class Response>
Result<void> AskInto(rpc::Client& client, std::string_view service, std::string_view method,
                     const google::protobuf::Message& request, Response& response) {
  PLAZA_ASSIGN_OR_RETURN(response, client.Call<Response>(service, method, request, kTimeout));
  return {};
}

std::string AccountText(const std::string& bytes) {
  const auto id = Uuid::FromBytes(AsBytes(bytes));
  return id.ok() ? id->ToText() : "";
}

}  // namespace

Result<CityReport> CollectReport(rpc::Client& client, const Example& example) {
  constexpr const char* kClearing = "plaza.clearing.v1.Clearing";
  CityReport report;
  PLAZA_RETURN_IF_ERROR(AskInto(client, "plaza.tap_ingest.v1.TapIngest", "GetTapCounts",
                                tap_ingest::v1::GetTapCountsRequest(), report.taps));
  PLAZA_RETURN_IF_ERROR(AskInto(client, kClearing, "ListSettlements",
                                clearing::v1::ListSettlementsRequest(), report.settlements));
  PLAZA_RETURN_IF_ERROR(AskInto(client, kClearing, "GetTrialBalance",
                                clearing::v1::GetTrialBalanceRequest(), report.trial_balance));
  clearing::v1::ListAggregatesRequest in_debt;
  in_debt.set_state("debt");
  PLAZA_RETURN_IF_ERROR(AskInto(client, kClearing, "ListAggregates", in_debt, report.declined));
  PLAZA_RETURN_IF_ERROR(
      AskInto(client, kClearing, "ListDenied", clearing::v1::ListDeniedRequest(), report.denied));
  for (int i = 0; i < std::min(report.declined.aggregates_size(), kDeclinedShown); ++i) {
    DeclinedCard declined{report.declined.aggregates(i), {}};
    vault::v1::DescribeCardRequest request;
    request.set_token_epoch(declined.aggregate.token_epoch());
    request.set_token(declined.aggregate.token());
    PLAZA_RETURN_IF_ERROR(
        AskInto(client, "plaza.vault.v1.Vault", "DescribeCard", request, declined.card));
    report.declined_cards.push_back(std::move(declined));
  }
  report.example = example;
  if (!example.account.empty()) {
    fare::v1::GetStatementRequest request;
    request.set_account_id(example.account);
    PLAZA_RETURN_IF_ERROR(
        AskInto(client, "plaza.fare.v1.Fare", "GetStatement", request, report.statement));
  }
  return report;
}

void PrintReport(const CityReport& report, std::ostream& out) {
  out << "\nWhat the gates decided\n";
  ShowTapCounts(report.taps, out);

  out << "\nSettlement by operator, MXN\n";
  ShowSettlements(report.settlements, out);

  out << "\nTrial balance\n";
  ShowTrialBalance(report.trial_balance, out);

  const auto& states = report.declined.count_by_state();
  const auto debt = states.find("debt");
  out << "\nCards that declined at the cut-off: " << (debt == states.end() ? 0 : debt->second)
      << "\n";
  Table table({"card", "expiry", "day", "answer", ">owes"});
  for (const DeclinedCard& declined : report.declined_cards) {
    table.Add({declined.card.pan_masked(), declined.card.expiry(),
               declined.aggregate.business_day(), declined.aggregate.response_code(),
               std::to_string(declined.aggregate.amount_minor() / 100) + "." +
                   std::to_string(declined.aggregate.amount_minor() % 100 + 100).substr(1)});
  }
  if (!table.empty()) table.Print(out);
  if (report.declined.aggregates_size() > kDeclinedShown) {
    out << "  … and more: ./plaza ledger aggregates --state debt\n";
  }
  std::map<std::string, int> reasons;
  for (const auto& denied : report.denied.denied()) ++reasons[denied.reason()];
  out << "The deny list that they caused: epoch " << report.denied.deny_list_epoch();
  for (const auto& [reason, count] : reasons) out << ", " << count << " by " << reason;
  out << "\n";

  if (!report.example.account.empty()) {
    out << "\nOne rider's day, explained (" << report.example.why << ")\n"
        << "  account " << AccountText(report.example.account) << "\n";
    ShowStatement(report.statement, out);
  }
}

void PrintAudit(const AuditReport& audit, std::ostream& out) {
  out << "\nChecked by the auditor, from the stores themselves\n";
  for (const Invariant& invariant : audit.invariants) {
    out << "  " << (invariant.holds ? "holds   " : "BROKEN  ") << invariant.name << ": "
        << invariant.figures << "\n";
  }
  out << "  money digest " << audit.money_digest << "\n  book digest  " << audit.book_digest
      << "\n";
}

nlohmann::json ReportJson(const CityReport& report, const AuditReport& audit) {
  json taps = json::object();
  for (const auto& row : report.taps.counts()) taps[row.decision()][row.reason()] = row.count();
  json settlements = json::array();
  for (const auto& row : report.settlements.settlements()) {
    settlements.push_back({{"business_day", row.business_day()},
                           {"operator_id", row.operator_id()},
                           {"collection_supplier_id", row.collection_supplier_id()},
                           {"currency", row.currency()},
                           {"gross_minor", row.gross_minor()},
                           {"refunds_minor", row.refunds_minor()},
                           {"fees_minor", row.fees_minor()},
                           {"net_minor", row.net_minor()},
                           {"payout_minor", row.payout_minor()},
                           {"subsidies_minor", row.subsidies_minor()}});
  }
  json balances = json::object();
  for (const auto& row : report.trial_balance.balances())
    balances[row.account()] = row.balance_minor();
  json states = json::object();
  for (const auto& [state, count] : report.declined.count_by_state()) states[state] = count;
  json invariants = json::array();
  for (const Invariant& i : audit.invariants) {
    invariants.push_back({{"name", i.name}, {"holds", i.holds}, {"figures", i.figures}});
  }
  return {{"taps", taps},
          {"repeated", report.taps.duplicates()},
          {"conflicts", report.taps.conflicts()},
          {"settlements", settlements},
          {"balances_minor", balances},
          {"trial_balance_minor", report.trial_balance.sum_minor()},
          {"aggregates", states},
          {"denied", report.denied.denied_size()},
          {"deny_list_epoch", report.denied.deny_list_epoch()},
          {"invariants", invariants},
          {"clean", audit.Clean()},
          {"money_digest", audit.money_digest},
          {"book_digest", audit.book_digest}};
}

}  // namespace plaza
