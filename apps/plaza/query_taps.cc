// plaza taps counts, plaza taps account.
#include <iostream>

#include "apps/plaza/cli.h"
#include "apps/plaza/query.h"
#include "apps/plaza/show.h"
#include "libs/base/hex.h"
#include "plaza/tap_ingest/v1/tap_ingest.pb.h"

namespace plaza {
namespace {

constexpr const char* kService = "plaza.tap_ingest.v1.TapIngest";
namespace pb = tap_ingest::v1;

int Counts(const std::string& data) {
  const auto answer =
      Ask<pb::GetTapCountsResponse>(data, kService, "GetTapCounts", pb::GetTapCountsRequest());
  if (!answer.ok()) return Complain(answer.error());
  ShowTapCounts(*answer, std::cout);
  return 0;
}

int Account(const std::string& data, const std::string& token, std::uint32_t token_epoch,
            const std::string& par) {
  const auto bytes = FromHex(token);
  if (!bytes.ok()) return Complain(bytes.error());
  pb::LookupAccountRequest request;
  request.set_token_epoch(token_epoch);
  request.set_token(ToString(*bytes));
  request.set_par(par);
  const auto answer = Ask<pb::LookupAccountResponse>(data, kService, "LookupAccount", request);
  if (!answer.ok()) return Complain(answer.error());
  const auto account = Uuid::FromBytes(AsBytes(answer->account_id()));
  if (!account.ok()) return Complain(account.error());
  std::cout << account->ToText() << (answer->known() ? "" : " (not seen yet)") << "\n";
  return 0;
}

}  // namespace

int RunTaps(const Args& args) {
  CLI::App app("What the gates sent", "plaza taps");
  std::string data = DefaultDataFolder(), token, par;
  std::uint32_t token_epoch = 1;
  app.require_subcommand(1);
  CLI::App* counts = app.add_subcommand("counts", "recorded taps by decision and reason");
  CLI::App* account = app.add_subcommand("account", "which account a card's token belongs to");
  account->add_option("TOKEN", token, "the token, in hex")->required();
  account->add_option("--token-epoch", token_epoch, "the token epoch")->capture_default_str();
  account->add_option("--par", par, "the payment account reference, if known");
  for (CLI::App* verb : {counts, account}) {
    verb->add_option("--data", data, "the city's folder")->capture_default_str();
  }
  if (const int code = ParseArgs(app, args); code >= 0) return code;
  return counts->parsed() ? Counts(data) : Account(data, token, token_epoch, par);
}

}  // namespace plaza
