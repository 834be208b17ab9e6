// plaza fare explain, plaza fare statement.
#include <iostream>

#include "apps/plaza/cli.h"
#include "apps/plaza/query.h"
#include "apps/plaza/show.h"
#include "plaza/fare/v1/fare.pb.h"

namespace plaza {
namespace {

constexpr const char* kService = "plaza.fare.v1.Fare";

int Explain(const std::string& data, const std::string& account, const std::string& tap) {
  const auto id = ParseAccount(account);
  if (!id.ok()) return Complain(id.error());
  fare::v1::ExplainChargeRequest request;
  request.set_account_id(id->ToBinary());
  request.set_tap_id(tap);
  const auto answer =
      Ask<fare::v1::ExplainChargeResponse>(data, kService, "ExplainCharge", request);
  if (!answer.ok()) return Complain(answer.error());
  ShowExplanation(*answer, std::cout);
  return 0;
}

int Statement(const std::string& data, const std::string& account) {
  const auto id = ParseAccount(account);
  if (!id.ok()) return Complain(id.error());
  fare::v1::GetStatementRequest request;
  request.set_account_id(id->ToBinary());
  const auto answer = Ask<fare::v1::GetStatementResponse>(data, kService, "GetStatement", request);
  if (!answer.ok()) return Complain(answer.error());
  ShowStatement(*answer, std::cout);
  return 0;
}

}  // namespace

int RunFare(const Args& args) {
  CLI::App app("Why a rider was charged this", "plaza fare");
  std::string data = DefaultDataFolder(), account, tap;
  app.require_subcommand(1);
  CLI::App* explain = app.add_subcommand("explain", "the leg of one tap: rules with file and line");
  explain->add_option("TAP_ID", tap, "the tap, as VALIDATOR:SEQUENCE")->required();
  CLI::App* statement = app.add_subcommand("statement", "an account's journeys");
  for (CLI::App* verb : {explain, statement}) {
    verb->add_option("--account", account, "the account's id")->required();
    verb->add_option("--data", data, "the city's folder")->capture_default_str();
  }
  if (const int code = ParseArgs(app, args); code >= 0) return code;
  return explain->parsed() ? Explain(data, account, tap) : Statement(data, account);
}

}  // namespace plaza
