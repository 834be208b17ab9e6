// The fare ops of `plaza eval` (docs/formats/eval.md): fare.price, fare.lint, fare.diff.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <tuple>

#include "apps/plaza/eval/registry.h"
#include "libs/runtime/zones.h"
#include "services/fare/core/rating.h"
#include "services/fare/core/tariff.h"

namespace plaza::eval {
namespace {

namespace fs = std::filesystem;
using fare::AccountInput;
using fare::Statement;

constexpr std::size_t kMaxTariffFiles = 512;
constexpr std::uintmax_t kMaxTariffFileBytes = 64u << 20;

std::string ReadFile(const fs::path& path, const std::string& where) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) Fail("NOT_FOUND", "cannot read " + path.string() + ": " + error.message(), where);
  if (size > kMaxTariffFileBytes)
    Fail("TOO_LARGE", path.string() + " is larger than 64 MiB", where);
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.good() && !file.eof()) Fail("NOT_FOUND", "cannot read " + path.string(), where);
  return text;
}

// The .txt files of a folder and of the folders in it, as a tariff's versions have them.
fare::TariffFiles ReadFolder(const std::string& dir, const std::string& where) {
  std::error_code error;
  fs::recursive_directory_iterator walk(dir, error);
  if (error) Fail("NOT_FOUND", "cannot read the folder " + dir + ": " + error.message(), where);
  fare::TariffFiles files;
  for (; walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    if (error) Fail("NOT_FOUND", "cannot read the folder " + dir + ": " + error.message(), where);
    const fs::path& path = walk->path();
    if (walk->is_directory() && walk.depth() >= 1) walk.disable_recursion_pending();
    if (!walk->is_regular_file() || path.extension() != ".txt") continue;
    if (files.size() >= kMaxTariffFiles)
      Fail("TOO_LARGE", dir + " holds more than 512 .txt files", where);
    files.emplace(path.lexically_relative(dir).generic_string(), ReadFile(path, where));
  }
  return files;
}

fare::TariffFiles ReadTariff(const Json& given, const std::string& path) {
  const Fields fields(given, path, {"dir", "files"});
  if (fields.Has("dir") == fields.Has("files"))
    Fail("MISSING_FIELD", "give either dir or files", path);
  if (fields.Has("dir")) return ReadFolder(fields.Text("dir"), fields.PathOf("dir"));
  const Json& texts = fields.Get("files");
  if (!texts.is_object())
    Fail("BAD_VALUE", "must be an object of texts by file name", fields.PathOf("files"));
  fare::TariffFiles files;
  for (const auto& [name, text] : texts.items()) {
    if (!text.is_string())
      Fail("BAD_VALUE", "must be the text of a file", fields.PathOf("files") + "." + name);
    files.emplace(name, text.get<std::string>());
  }
  return files;
}

fare::CompiledTariff Compile(const Json& given, const std::string& path) {
  return fare::CompileTariff(ReadTariff(given, path),
                             [](std::string_view zone) { return runtime::LoadZone(zone); });
}

std::string PlaceOf(const fare::LintIssue& issue) {
  std::string place = issue.file;
  if (issue.line > 0) place += ":" + std::to_string(issue.line);
  if (issue.column > 0) place += ":" + std::to_string(issue.column);
  return place;
}

std::shared_ptr<const fare::Tariff> Require(const Json& given, const std::string& path) {
  const fare::CompiledTariff compiled = Compile(given, path);
  if (!compiled.ok()) {
    const fare::LintIssue& issue = compiled.errors.front();
    Fail(issue.code,
         issue.message + ". fare.lint lists all of " + std::to_string(compiled.errors.size()) +
             " errors",
         PlaceOf(issue));
  }
  return compiled.tariff;
}

std::vector<std::string> Texts(const Fields& fields, std::string_view key) {
  std::vector<std::string> texts;
  for (const Json& text : fields.ArrayOrEmpty(key)) {
    if (!text.is_string()) Fail("BAD_VALUE", "must be an array of strings", fields.PathOf(key));
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

fare::ValidityBound Bound(const Fields& fields, std::string_view key) {
  if (!fields.Has(key)) return {};
  if (fields.Text(key).size() == std::string_view("2026-04-01").size()) return fields.DateOf(key);
  return fields.MomentOf(key).instant;
}

// Thousandths of a distance unit, from a JSON number or a text; by its decimal digits, not by
// floating point.
std::int64_t MilliUnits(const Fields& fields, std::string_view key) {
  const Json& value = fields.Get(key);
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string digits = text.substr(0, point);
  std::string fraction = point < text.size() ? text.substr(point + 1) : "";
  while (fraction.size() > 3 && fraction.back() == '0') fraction.pop_back();
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool good = !digits.empty() && digits.size() <= 12 && fraction.size() <= 3 &&
                    std::all_of(digits.begin(), digits.end(), is_digit) &&
                    std::all_of(fraction.begin(), fraction.end(), is_digit);
  if (!good) Fail("BAD_VALUE", "must be a number from 0 with up to 3 places", fields.PathOf(key));
  digits += fraction + std::string(3 - fraction.size(), '0');
  std::int64_t milli = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), milli);
  return milli;
}

fare::Tap ReadTap(const Fields& fields) {
  fare::Tap tap;
  tap.tap_id = fields.Text("tap_id");
  tap.time = fields.MomentOf("time");
  const auto action = fare::ParseTapAction(fields.Text("action"));
  if (!action.ok())
    Fail("BAD_VALUE", action.error().what() + ". " + std::string(action.error().remedy()),
         fields.PathOf("action"));
  tap.action = *action;
  tap.stop_id = fields.TextOr("stop_id", "");
  tap.route_id = fields.TextOr("route_id", "");
  tap.network_id = fields.TextOr("network_id", "");
  tap.area_ids = Texts(fields, "area_ids");
  tap.device_id = fields.TextOr("device_id", "");
  tap.operator_id = fields.TextOr("operator_id", "");
  tap.fare_media_id = fields.TextOr("fare_media_id", "");
  tap.rider_category_id = fields.TextOr("rider_category_id", "");
  if (fields.Has("received_at")) fields.MomentOf("received_at");
  if (tap.action == fare::TapAction::kVoid) tap.replaces = fields.Text("replaces");
  return tap;
}

fare::BuiltLeg ReadLeg(const Fields& fields) {
  fare::BuiltLeg leg;
  leg.leg_id = fields.Text("leg_id");
  leg.depart = fields.MomentOf("depart");
  leg.arrive = fields.Has("arrive") ? fields.MomentOf("arrive") : leg.depart;
  if (leg.arrive.instant < leg.depart.instant)
    Fail("BAD_VALUE", "arrive is before depart", fields.PathOf("arrive"));
  leg.route_id = fields.TextOr("route_id", "");
  leg.network_id = fields.TextOr("network_id", "");
  leg.from_stop_id = fields.TextOr("from_stop_id", "");
  leg.to_stop_id = fields.TextOr("to_stop_id", "");
  leg.from_area_ids = Texts(fields, "from_area_ids");
  leg.to_area_ids = Texts(fields, "to_area_ids");
  leg.fare_media_id = fields.TextOr("fare_media_id", "");
  leg.rider_category_id = fields.TextOr("rider_category_id", "");
  leg.operator_id = fields.TextOr("operator_id", "");
  if (fields.Has("distance_units")) leg.distance_milliunits = MilliUnits(fields, "distance_units");
  return leg;
}

// The question's accounts in its order, then those that only taps or legs name, by first
// appearance.
class Accounts {
 public:
  AccountInput& Of(const std::string& account) {
    const auto [found, added] = index_.emplace(account, inputs_.size());
    if (added) inputs_.emplace_back().account = account;
    return inputs_[found->second];
  }
  bool Has(const std::string& account) const { return index_.contains(account); }
  const std::vector<AccountInput>& inputs() const { return inputs_; }

 private:
  std::vector<AccountInput> inputs_;
  std::map<std::string, std::size_t> index_;
};

void ReadAccount(const Json& given, const std::string& path, Accounts& accounts) {
  const Fields fields(given, path, {"account", "rider_category_id", "entitlements", "passes"});
  const std::string account = fields.Text("account");
  if (accounts.Has(account))
    Fail("DUPLICATE_ID", "account " + account + " is given twice", fields.PathOf("account"));
  AccountInput& input = accounts.Of(account);
  input.rider_category_id = fields.TextOr("rider_category_id", "");
  std::size_t i = 0;
  for (const Json& item : fields.ArrayOrEmpty("entitlements")) {
    const Fields e(item, fields.PathOf("entitlements") + "[" + std::to_string(i++) + "]",
                   {"kind", "from", "until", "quota_used_day", "quota_used_year"});
    input.entitlements.push_back({e.Text("kind"), Bound(e, "from"), Bound(e, "until"),
                                  e.IntOr("quota_used_day", 0), e.IntOr("quota_used_year", 0)});
  }
  i = 0;
  for (const Json& item : fields.ArrayOrEmpty("passes")) {
    const Fields p(item, fields.PathOf("passes") + "[" + std::to_string(i++) + "]",
                   {"product_id", "from", "until"});
    input.passes.push_back({p.Text("product_id"), Bound(p, "from"), Bound(p, "until")});
  }
}

// An id stands for one tap or leg of one account.
void ClaimId(std::map<std::string, std::string>& owners, const std::string& id,
             const std::string& account, const std::string& where) {
  const auto [owner, added] = owners.emplace(id, account);
  if (!added && owner->second != account) {
    Fail("DUPLICATE_ID", id + " is given for accounts " + owner->second + " and " + account, where);
  }
}

Accounts ReadAccounts(const Fields& in) {
  Accounts accounts;
  if (in.Has("taps") == in.Has("legs"))
    Fail("MISSING_FIELD", "give either taps or legs", in.PathOf("taps"));
  std::size_t i = 0;
  for (const Json& item : in.ArrayOrEmpty("accounts")) {
    ReadAccount(item, in.PathOf("accounts") + "[" + std::to_string(i++) + "]", accounts);
  }
  std::map<std::string, std::string> owners;
  i = 0;
  for (const Json& item : in.ArrayOrEmpty("taps")) {
    const Fields fields(item, in.PathOf("taps") + "[" + std::to_string(i++) + "]",
                        {"tap_id", "account", "time", "stop_id", "route_id", "network_id",
                         "area_ids", "action", "device_id", "operator_id", "fare_media_id",
                         "rider_category_id", "received_at", "replaces"});
    const std::string account = fields.Text("account");
    ClaimId(owners, fields.Text("tap_id"), account, fields.PathOf("tap_id"));
    accounts.Of(account).taps.push_back(ReadTap(fields));
  }
  i = 0;
  for (const Json& item : in.ArrayOrEmpty("legs")) {
    const Fields fields(item, in.PathOf("legs") + "[" + std::to_string(i++) + "]",
                        {"leg_id", "account", "route_id", "network_id", "from_stop_id",
                         "to_stop_id", "from_area_ids", "to_area_ids", "depart", "arrive",
                         "fare_media_id", "rider_category_id", "distance_units", "operator_id"});
    const std::string account = fields.Text("account");
    ClaimId(owners, fields.Text("leg_id"), account, fields.PathOf("leg_id"));
    accounts.Of(account).legs.push_back(ReadLeg(fields));
  }
  return accounts;
}

std::vector<Statement> RateAll(const fare::Tariff& tariff, const Accounts& accounts,
                               const Fields& in) {
  std::optional<Instant> until;
  if (in.Has("until")) until = in.MomentOf("until").instant;
  std::vector<Statement> statements;
  for (const AccountInput& input : accounts.inputs()) {
    auto statement = fare::Rate(tariff, input, until);
    if (!statement.ok()) Fail(statement.error(), "in");
    statements.push_back(std::move(statement).value());
  }
  return statements;
}

Json RefOf(const fare::RuleRef& rule) { return {{"file", rule.file}, {"line", rule.line}}; }

Json SharesOf(const std::vector<fare::OperatorShare>& shares) {
  Json list = Json::array();
  for (const auto& share : shares)
    list.push_back({{"operator_id", share.operator_id}, {"amount_minor", share.amount_minor}});
  return list;
}

Json SubsidiesOf(const std::vector<fare::PayerSubsidy>& subsidies) {
  Json list = Json::array();
  for (const auto& subsidy : subsidies)
    list.push_back({{"payer", subsidy.payer}, {"amount_minor", subsidy.amount_minor}});
  return list;
}

// One sentence on where an amount comes from.
std::string Sentence(const fare::StatementLeg& leg, const Currency& currency) {
  if (leg.unknown)
    return "No rule of version '" + leg.tariff_version_id + "' gives a fare for this leg.";
  if (!leg.rule) return "The journey is still open: nothing is charged yet.";
  std::string text = leg.product_id + " at " + Money(leg.full_minor, currency).ToText() + " by " +
                     leg.rule->file + " line " + std::to_string(leg.rule->line);
  if (leg.transfer_rule) {
    text += ", as a transfer by " + leg.transfer_rule->file + " line " +
            std::to_string(leg.transfer_rule->line);
  }
  return text + ": charged " + Money(leg.charged_minor, currency).ToText() + ".";
}

Json LegOf(const fare::StatementLeg& leg, const Currency& currency, bool explain) {
  Json answer = {{"leg_id", leg.leg_id}};
  if (leg.unknown) {
    answer["unknown"] = true;
  } else {
    if (!leg.product_id.empty()) answer["product_id"] = leg.product_id;
    answer["full_minor"] = leg.full_minor;
    answer["charged_minor"] = leg.charged_minor;
  }
  if (leg.rule) answer["rule"] = RefOf(*leg.rule);
  if (leg.transfer_rule) answer["transfer_rule"] = RefOf(*leg.transfer_rule);
  if (!leg.joined.empty()) answer["joined"] = leg.joined;
  if (explain) {
    answer["explain"] = {{"rider_category_id", leg.rider_category_id},
                         {"network_id", leg.network_id},
                         {"operator_id", leg.operator_id},
                         {"tariff_version_id", leg.tariff_version_id},
                         {"shares", SharesOf(leg.shares)},
                         {"subsidies", SubsidiesOf(leg.subsidies)},
                         {"text", Sentence(leg, currency)}};
  }
  return answer;
}

Json AccountOf(const Statement& statement, bool explain) {
  Json journeys = Json::array();
  for (const fare::StatementJourney& journey : statement.journeys) {
    Json legs = Json::array(), caps = Json::array();
    for (const auto& leg : journey.legs) legs.push_back(LegOf(leg, statement.currency, explain));
    for (const auto& cap : journey.caps)
      caps.push_back({{"fare_cap_id", cap.fare_cap_id}, {"saved_minor", cap.saved_minor}});
    Json answer = {{"journey_id", journey.journey_id},
                   {"legs", legs},
                   {"charged_minor", journey.charged_minor},
                   {"caps", caps}};
    if (journey.incomplete != fare::Incomplete::kNo)
      answer["incomplete"] = fare::IncompleteName(journey.incomplete);
    journeys.push_back(std::move(answer));
  }
  Json account = {{"account", statement.account},
                  {"currency", std::string(statement.currency.code())},
                  {"total_minor", statement.total_minor},
                  {"journeys", journeys}};
  if (explain) {
    Json ignored = Json::array();
    for (const auto& tap : statement.ignored) {
      ignored.push_back(
          {{"tap_id", tap.tap_id}, {"reason", std::string(fare::IgnoredReasonName(tap.reason))}});
    }
    account["explain"] = {{"ignored", ignored},
                          {"voided", statement.voided},
                          {"shares", SharesOf(statement.shares)},
                          {"subsidies", SubsidiesOf(statement.subsidies)}};
  }
  return account;
}

// One for each leg, by (time, id) over all accounts.
Json LinesOf(const std::vector<Statement>& statements, const Accounts& accounts) {
  struct Line {
    const fare::StatementLeg* leg;
    bool by_tap;
  };
  std::vector<Line> lines;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    for (const auto& journey : statements[i].journeys) {
      for (const auto& leg : journey.legs)
        lines.push_back({&leg, !accounts.inputs()[i].taps.empty()});
    }
  }
  std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
    return std::tie(a.leg->time.instant, a.leg->leg_id) <
           std::tie(b.leg->time.instant, b.leg->leg_id);
  });
  Json answer = Json::array();
  for (const Line& line : lines) {
    Json item = {{line.by_tap ? "tap_id" : "leg_id", line.leg->leg_id}};
    if (line.leg->unknown) {
      item["unknown"] = true;
    } else {
      item["charged_minor"] = line.leg->charged_minor;
    }
    answer.push_back(std::move(item));
  }
  return answer;
}

Json PriceOp(const Json& given) {
  const Fields in(given, "in", {"tariff", "taps", "legs", "accounts", "until", "explain"});
  const auto tariff = Require(in.Get("tariff"), in.PathOf("tariff"));
  const Accounts accounts = ReadAccounts(in);
  const bool explain = in.BoolOr("explain", false);
  const std::vector<Statement> statements = RateAll(*tariff, accounts, in);
  std::map<std::string, std::int64_t> shares, subsidies;
  Json answer = {{"accounts", Json::array()}, {"warnings", Json::array()}};
  for (const Statement& statement : statements) {
    answer["accounts"].push_back(AccountOf(statement, explain));
    for (const auto& share : statement.shares) shares[share.operator_id] += share.amount_minor;
    for (const auto& subsidy : statement.subsidies)
      subsidies[subsidy.payer] += subsidy.amount_minor;
    for (const auto& warning : statement.warnings) {
      answer["warnings"].push_back(
          {{"code", warning.code}, {"account", statement.account}, {"where", warning.where}});
    }
  }
  answer["lines"] = LinesOf(statements, accounts);
  answer["shares"] = Json::array();
  for (const auto& [id, amount] : shares) {
    if (amount != 0) answer["shares"].push_back({{"operator_id", id}, {"amount_minor", amount}});
  }
  answer["subsidies"] = Json::array();
  for (const auto& [payer, amount] : subsidies) {
    if (amount != 0) answer["subsidies"].push_back({{"payer", payer}, {"amount_minor", amount}});
  }
  return answer;
}

Json IssuesOf(const std::vector<fare::LintIssue>& issues) {
  Json list = Json::array();
  for (const fare::LintIssue& issue : issues) {
    Json item = {{"file", issue.file},
                 {"line", issue.line},
                 {"code", issue.code},
                 {"message", issue.message}};
    if (issue.column > 0) item["column"] = issue.column;
    list.push_back(std::move(item));
  }
  return list;
}

Json LintOp(const Json& given) {
  const Fields in(given, "in", {"tariff"});
  const fare::CompiledTariff compiled = Compile(in.Get("tariff"), in.PathOf("tariff"));
  return {{"errors", IssuesOf(compiled.errors)}, {"warnings", IssuesOf(compiled.warnings)}};
}

// The shadow run: the same taps by two tariffs. `tariff` gives what is before, `against` what is
// after.
Json DiffOp(const Json& given) {
  const Fields in(given, "in", {"tariff", "against", "taps", "legs", "accounts", "until"});
  const auto before = Require(in.Get("tariff"), in.PathOf("tariff"));
  const auto after = Require(in.Get("against"), in.PathOf("against"));
  if (before->currency() != after->currency()) {
    Fail("MIXED_CURRENCY", "the two tariffs have different currencies", in.PathOf("against"));
  }
  const Accounts accounts = ReadAccounts(in);
  const std::vector<Statement> old_statements = RateAll(*before, accounts, in);
  const std::vector<Statement> new_statements = RateAll(*after, accounts, in);
  Json changed = Json::array();
  std::int64_t old_total = 0, new_total = 0, up = 0, down = 0, most_up = 0, most_down = 0;
  for (std::size_t i = 0; i < old_statements.size(); ++i) {
    const std::int64_t was = old_statements[i].total_minor;
    const std::int64_t is = new_statements[i].total_minor;
    old_total += was;
    new_total += is;
    if (was == is) continue;
    changed.push_back(
        {{"account", old_statements[i].account}, {"before_minor", was}, {"after_minor", is}});
    up += is > was ? 1 : 0;
    down += is < was ? 1 : 0;
    most_up = std::max(most_up, is - was);
    most_down = std::max(most_down, was - is);
  }
  return {{"accounts", changed},
          {"totals",
           {{"before_minor", old_total},
            {"after_minor", new_total},
            {"accounts_up", up},
            {"accounts_down", down},
            {"most_up_minor", most_up},
            {"most_down_minor", most_down}}}};
}

}  // namespace

void AddFareOps(Registry& registry) {
  registry.Add("fare.price", PriceOp);
  registry.Add("fare.lint", LintOp);
  registry.Add("fare.diff", DiffOp);
}

}  // namespace plaza::eval
