// plaza ledger trial-balance, settlements, aggregates, denied, rebuild.
#include <iostream>

#include "apps/plaza/cli.h"
#include "apps/plaza/query.h"
#include "apps/plaza/show.h"
#include "plaza/clearing/v1/clearing.pb.h"

namespace plaza {
namespace {

constexpr const char* kService = "plaza.clearing.v1.Clearing";
namespace pb = clearing::v1;

int TrialBalance(const std::string& data) {
  const auto answer = Ask<pb::GetTrialBalanceResponse>(data, kService, "GetTrialBalance",
                                                       pb::GetTrialBalanceRequest());
  if (!answer.ok()) return Complain(answer.error());
  ShowTrialBalance(*answer, std::cout);
  return answer->sum_minor() == 0 ? 0 : 1;
}

int Settlements(const std::string& data, const std::string& day) {
  pb::ListSettlementsRequest request;
  request.set_business_day(day);
  const auto answer = Ask<pb::ListSettlementsResponse>(data, kService, "ListSettlements", request);
  if (!answer.ok()) return Complain(answer.error());
  ShowSettlements(*answer, std::cout);
  return 0;
}

int Aggregates(const std::string& data, const std::string& day, const std::string& state) {
  pb::ListAggregatesRequest request;
  request.set_business_day(day);
  request.set_state(state);
  const auto answer = Ask<pb::ListAggregatesResponse>(data, kService, "ListAggregates", request);
  if (!answer.ok()) return Complain(answer.error());
  ShowAggregates(*answer, std::cout);
  return 0;
}

int DeniedCards(const std::string& data) {
  const auto answer =
      Ask<pb::ListDeniedResponse>(data, kService, "ListDenied", pb::ListDeniedRequest());
  if (!answer.ok()) return Complain(answer.error());
  ShowDenied(*answer, std::cout);
  return 0;
}

int Rebuild(const std::string& data) {
  const auto answer = Ask<pb::RebuildAndCompareResponse>(data, kService, "RebuildAndCompare",
                                                         pb::RebuildAndCompareRequest());
  if (!answer.ok()) return Complain(answer.error());
  std::cout << answer->rows() << " rows in " << answer->shards() << " shards, "
            << answer->differences_size() << " differences\n";
  for (const auto& difference : answer->differences()) {
    std::cout << "  " << difference.what() << ": stored " << difference.stored() << ", rebuilt "
              << difference.rebuilt() << "\n";
  }
  return answer->differences_size() == 0 ? 0 : 1;
}

}  // namespace

int RunLedger(const Args& args) {
  CLI::App app("The operators' books", "plaza ledger");
  std::string data = DefaultDataFolder(), day, state;
  app.require_subcommand(1);
  CLI::App* trial =
      app.add_subcommand("trial-balance", "every account's balance; they sum to zero");
  CLI::App* settlements = app.add_subcommand("settlements", "by business day and operator");
  CLI::App* aggregates =
      app.add_subcommand("aggregates", "what cards were asked to pay, and their answer");
  CLI::App* denied = app.add_subcommand("denied", "who is on the deny list, and why");
  CLI::App* rebuild = app.add_subcommand("rebuild", "derives every balance again and compares");
  for (CLI::App* verb : {trial, settlements, aggregates, denied, rebuild}) {
    verb->add_option("--data", data, "the city's folder")->capture_default_str();
  }
  for (CLI::App* verb : {settlements, aggregates})
    verb->add_option("--day", day, "YYYY-MM-DD; all if left out");
  aggregates->add_option("--state", state,
                         "open, empty, authorising, capturing, captured, debt, refused");
  if (const int code = ParseArgs(app, args); code >= 0) return code;
  if (trial->parsed()) return TrialBalance(data);
  if (settlements->parsed()) return Settlements(data, day);
  if (aggregates->parsed()) return Aggregates(data, day, state);
  if (denied->parsed()) return DeniedCards(data);
  return Rebuild(data);
}

}  // namespace plaza
