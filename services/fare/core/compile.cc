#include "services/fare/core/compile.h"

#include <algorithm>
#include <tuple>

#include "libs/base/digest.h"
#include "libs/base/hex.h"
#include "services/fare/core/errors.h"

namespace plaza::fare {
namespace {

constexpr std::string_view kTariffFile = "tariff.txt";

// "2026-04-01", "20260401", or a date with "T" or a blank and a time of day.
std::optional<Instant> BoundOf(RowReader& row, std::string_view column,
                               const TariffVersion& version, const TariffModel& model) {
  const std::string_view text = row.Text(column);
  if (text.empty()) return std::nullopt;
  const std::size_t gap = text.find_first_of("T ");
  const std::string_view day = text.substr(0, gap);
  const Result<Date> date = day.size() == 8 ? Date::ParseCompact(day) : Date::Parse(day);
  TimeOfDay time = version.day_start;
  bool good = date.ok();
  if (good && gap != std::string_view::npos) {
    const Result<TimeOfDay> given = TimeOfDay::Parse(text.substr(gap + 1));
    good = given.ok();
    if (good) time = *given;
  }
  if (!good) {
    row.Bad(column, "BAD_DATE",
            std::string(column) + " " + Quoted(text) + " is not a date, or date and time");
    return std::nullopt;
  }
  static const ZoneRules kUtc;
  const ZoneRules& zone =
      version.zone < 0 ? kUtc : model.zones[static_cast<std::size_t>(version.zone)];
  return zone.ToInstant(*date, time);
}

class TariffCompiler {
 public:
  TariffCompiler(const TariffFiles& files, const ZoneLookup& zones)
      : model_(std::make_unique<TariffModel>()), context_{files, zones, *model_, issues_, {}} {}

  CompiledTariff Run() {
    AgencyZone();
    const auto found = context_.files.find(std::string(kTariffFile));
    if (found == context_.files.end()) {
      TariffVersion& version = model_->versions.emplace_back();
      version.zone = agency_zone_;
      VersionCompiler(context_, version, "").Run();
    } else {
      Versions(Table::Parse(std::string(kTariffFile), found->second, issues_));
    }
    CheckOverlaps();
    return Finish();
  }

 private:
  // The first agency's: GTFS asks all to be alike.
  void AgencyZone() {
    const auto found = context_.files.find("agency.txt");
    if (found == context_.files.end()) return;
    Issues unreported;  // the version's own compilation reports
    const Table table = Table::Parse("agency.txt", found->second, unreported);
    if (table.rows() == 0) return;
    RowReader row(table, 0, issues_);
    agency_zone_ = context_.ZoneIndex(row, "agency_timezone");
  }

  void Versions(const Table& table) {
    if (!table.HasColumn("tariff_version_id")) {
      issues_.Error({table.file(), 1, 0, "MISSING_COLUMN", "tariff_version_id is required"});
      return;
    }
    for (std::size_t i = 0; i < table.rows(); ++i) {
      RowReader row(table, i, issues_);
      Version(row, table.file());
    }
    std::sort(model_->versions.begin(), model_->versions.end(),
              [](const TariffVersion& a, const TariffVersion& b) {
                return a.from.value_or(Instant{INT64_MIN}) < b.from.value_or(Instant{INT64_MIN});
              });
  }

  void Version(RowReader& row, const std::string& file) {
    TariffVersion& version = model_->versions.emplace_back();
    version.id = std::string(row.Required("tariff_version_id"));
    version.zone = row.Blank("time_zone") ? agency_zone_ : context_.ZoneIndex(row, "time_zone");
    version.day_start.seconds = row.ServiceTime("service_day_start", 0);
    if (version.day_start.seconds >= 86'400)
      row.Bad("service_day_start", "BAD_TIME", "a service day begins before 24:00:00");
    if (!row.Blank("max_transfer_gap")) {
      version.max_transfer_gap_ms = 1000 * row.Int("max_transfer_gap", 0, 0, INT32_MAX);
    }
    if (!row.Blank("currency")) {
      const Result<Currency> currency = Currency::Parse(row.Text("currency"));
      if (!currency.ok()) {
        row.Bad("currency", "BAD_CURRENCY", currency.error().what());
      } else if (model_->currency != Currency() && model_->currency != *currency) {
        row.Bad("currency", "MIXED_CURRENCY",
                "a tariff has one currency, and another row says " +
                    std::string(model_->currency.code()));
      } else {
        model_->currency = *currency;
      }
    }
    version.from = BoundOf(row, "valid_from", version, *model_);
    version.until = BoundOf(row, "valid_until", version, *model_);
    if (version.from && version.until && *version.until <= *version.from) {
      row.Bad("valid_until", "BAD_VALUE", "valid_until is not after valid_from");
    }
    VersionCompiler compiler(context_, version, std::string(row.Text("path")));
    CheckDigest(row, compiler.EffectiveFiles());
    if (version.zone < 0) {
      issues_.Warning({file, row.line(), 0, "NO_TIME_ZONE",
                       "neither tariff.txt nor agency.txt names a zone: bounds are read as UTC"});
    }
    compiler.Run();
  }

  void CheckDigest(RowReader& row, const std::map<std::string, const std::string*>& files) {
    if (row.Blank("sha256")) return;
    Sha256Hasher hasher;
    for (const auto& [name, text] : files) {
      hasher.Update(AsBytes(name + "\n" + std::to_string(text->size()) + "\n"));
      hasher.Update(AsBytes(*text));
    }
    const Sha256Digest digest = hasher.Finish();
    const Result<Bytes> given = FromHex(row.Text("sha256"));
    if (!given.ok() || !std::equal(given->begin(), given->end(), digest.begin(), digest.end())) {
      row.Bad("sha256", "DIGEST_MISMATCH",
              "the version's files have the digest " + ToHex(ByteView(digest)));
    }
  }

  void CheckOverlaps() {
    std::unordered_set<std::string> ids;
    for (std::size_t i = 0; i < model_->versions.size(); ++i) {
      const TariffVersion& version = model_->versions[i];
      if (!ids.insert(version.id).second) {
        issues_.Error({std::string(kTariffFile), 0, 0, "DUPLICATE_KEY",
                       "version " + Quoted(version.id) + " is given twice"});
      }
      if (i == 0) continue;
      const TariffVersion& before = model_->versions[i - 1];
      if (!before.until || !version.from || *version.from < *before.until) {
        issues_.Error({std::string(kTariffFile), 0, 0, "OVERLAPPING_VERSIONS",
                       "versions " + Quoted(before.id) + " and " + Quoted(version.id) +
                           " are in force at once"});
      }
    }
  }

  CompiledTariff Finish() {
    // Versions share files of the root: each issue is told once.
    const auto order = [](const LintIssue& a, const LintIssue& b) {
      return std::tie(a.file, a.line, a.column, a.code, a.message) <
             std::tie(b.file, b.line, b.column, b.code, b.message);
    };
    const auto same = [](const LintIssue& a, const LintIssue& b) {
      return std::tie(a.file, a.line, a.column, a.code, a.message) ==
             std::tie(b.file, b.line, b.column, b.code, b.message);
    };
    CompiledTariff compiled;
    compiled.errors = issues_.errors();
    compiled.warnings = issues_.warnings();
    for (std::vector<LintIssue>* list : {&compiled.errors, &compiled.warnings}) {
      std::sort(list->begin(), list->end(), order);
      list->erase(std::unique(list->begin(), list->end(), same), list->end());
    }
    if (compiled.errors.empty()) compiled.tariff = std::make_shared<Tariff>(std::move(model_));
    return compiled;
  }

  std::unique_ptr<TariffModel> model_;
  Issues issues_;
  CompileContext context_;
  int agency_zone_ = -1;
};

}  // namespace

int CompileContext::ZoneIndex(RowReader& row, std::string_view column) {
  const std::string_view name = row.Text(column);
  if (name.empty()) return -1;
  auto found = zone_index.find(name);
  if (found == zone_index.end()) {
    Result<ZoneRules> rules = zones(name);
    int index = -1;
    if (rules.ok()) {
      index = static_cast<int>(model.zones.size());
      model.zones.push_back(std::move(rules).value());
    }
    found = zone_index.emplace(name, index).first;
  }
  if (found->second < 0) row.Bad(column, "BAD_ZONE", Quoted(name) + " is no time zone known here");
  return found->second;
}

VersionCompiler::VersionCompiler(CompileContext& context, TariffVersion& version, std::string path)
    : context_(context), version_(version), rules_(version.rules), path_(std::move(path)) {
  if (!path_.empty() && path_.back() == '/') path_.pop_back();
}

std::map<std::string, const std::string*> VersionCompiler::EffectiveFiles() const {
  std::map<std::string, const std::string*> effective;
  const std::string prefix = path_.empty() ? "" : path_ + "/";
  for (const auto& [name, text] : context_.files) {
    if (name.find('/') == std::string::npos) effective.emplace(name, &text);
  }
  for (const auto& [name, text] : context_.files) {
    if (prefix.empty() || !name.starts_with(prefix)) continue;
    const std::string inner = name.substr(prefix.size());
    if (inner.find('/') == std::string::npos) effective.insert_or_assign(inner, &text);
  }
  std::erase_if(effective, [](const auto& file) {
    return file.first == kTariffFile || !file.first.ends_with(".txt");
  });
  return effective;
}

Table VersionCompiler::Open(std::string_view name, std::initializer_list<std::string_view> known) {
  std::string file = path_.empty() ? std::string(name) : path_ + "/" + std::string(name);
  auto found = context_.files.find(file);
  if (found == context_.files.end()) {
    file = std::string(name);
    found = context_.files.find(file);
  }
  if (found == context_.files.end()) return {};
  Table table = Table::Parse(file, found->second, context_.issues);
  for (std::size_t i = 0; i < table.header().size(); ++i) {
    const std::string& column = table.header()[i];
    if (column.empty() || std::find(known.begin(), known.end(), column) != known.end()) continue;
    context_.issues.Warning({file, 1, static_cast<int>(i) + 1, "UNKNOWN_COLUMN",
                             "column " + Quoted(column) + " takes no part in rating"});
  }
  return table;
}

void VersionCompiler::RequireColumns(const Table& table,
                                     std::initializer_list<std::string_view> columns) {
  if (!table.present() || table.header().empty()) return;
  for (std::string_view column : columns) {
    if (!table.HasColumn(column)) {
      context_.issues.Error(
          {table.file(), 1, 0, "MISSING_COLUMN", std::string(column) + " is required"});
    }
  }
}

Sym VersionCompiler::IdOf(RowReader& row, std::string_view column, const IdSet& ids,
                          std::string_view table) {
  const std::string_view text = row.Text(column);
  if (text.empty()) return kNoSym;
  const Sym id = context_.Intern(text);
  if (!ids.Allows(id)) {
    row.Bad(column, "UNKNOWN_ID",
            std::string(column) + " " + Quoted(text) + " is not in " + std::string(table));
  }
  return id;
}

DurationLimit VersionCompiler::LimitOf(RowReader& row) {
  DurationLimit limit;
  if (row.Blank("duration_limit")) return limit;
  limit.ms = 1000 * row.Int("duration_limit", 0, 0, INT32_MAX);
  if (row.Blank("duration_limit_type")) {
    row.Warn("duration_limit_type", "MISSING_VALUE", "duration_limit_type is missing: 0 is taken");
  }
  limit.type = static_cast<int>(row.Int("duration_limit_type", 0, 0, 3));
  return limit;
}

void VersionCompiler::Run() {
  Agencies();
  Calendar();
  CalendarDates();
  Timeframes();
  Areas();
  Stops();
  StopAreas();
  NetworksAndRoutes();
  StopTimeDistances();
  Media();
  Categories();
  Products();
  LegRules();
  JoinRules();
  TransferRules();
  JourneyRules();
  Concessions();
  Subsidies();
  Apportionment();
  AreaSets();
  Passes();
  Caps();
}

CompiledTariff CompileTariff(const TariffFiles& files, const ZoneLookup& zones) {
  return TariffCompiler(files, zones).Run();
}

Error TariffError(const CompiledTariff& compiled) {
  if (compiled.errors.empty()) return Error(kTariffInvalid, "no error");
  const LintIssue& issue = compiled.errors.front();
  std::string where = issue.file;
  if (issue.line > 0) where += ":" + std::to_string(issue.line);
  if (issue.column > 0) where += ":" + std::to_string(issue.column);
  return Error(kTariffInvalid, issue.code + ": " + issue.message, where);
}

}  // namespace plaza::fare
