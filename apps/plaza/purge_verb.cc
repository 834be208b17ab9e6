// plaza purge: by the city's policy, or before a day.
#include <iostream>

#include "apps/plaza/cli.h"
#include "apps/plaza/purge.h"
#include "apps/plaza/query.h"
#include "apps/plaza/retention.h"
#include "apps/plaza/table.h"
#include "libs/archive/errors.h"

namespace plaza {
namespace {

struct PurgeOptions {
  std::string data = DefaultDataFolder();
  std::string archive;
  std::string before;
  std::string policy =
      (ProjectRoot() / "data" / "guadalajara" / "policy" / "retention.json").string();
  bool dry_run = false;
};

// The latest archived day is today: what was not archived is not purged, whatever the calendar
// says.
Result<PurgeDays> ByPolicy(const PurgeOptions& options) {
  const auto store = archive::OpenFolderStore({.folder = options.archive});
  PLAZA_ASSIGN_OR_RETURN(const auto archived, archive::Archive::Open(*store));
  if (!archived.last_day().has_value()) {
    return Error(archive::kFileMissing, "the archive has no day yet", options.archive);
  }
  const Date today = *archived.last_day();
  PLAZA_ASSIGN_OR_RETURN(const auto entries, ReadRetention(options.policy));
  PLAZA_ASSIGN_OR_RETURN(const Retention retention, RetentionOn(entries, today));
  return PurgeDays{[=](const std::string& topic) { return today - retention.LogDays(topic) + 1; },
                   today - retention.archive_days + 1};
}

Result<PurgeReport> Run(const PurgeOptions& options) {
  PurgeDays days;
  if (options.before.empty()) {
    PLAZA_ASSIGN_OR_RETURN(days, ByPolicy(options));
  } else {
    PLAZA_ASSIGN_OR_RETURN(const Date before, Date::Parse(options.before));
    days.log_before = [before](const std::string&) { return before; };
  }
  return Purge({options.data}, options.archive, days, options.dry_run);
}

}  // namespace

int RunPurge(const Args& args) {
  CLI::App app("Removes archived facts from the log, and old files from the archive",
               "plaza purge");
  PurgeOptions options;
  app.add_option("--data", options.data, "the city's folder")->capture_default_str();
  app.add_option("--archive", options.archive, "the archive's folder; default: in the city's");
  app.add_option("--before", options.before,
                 "from the log: facts of archived days before this one, YYYY-MM-DD; the archive "
                 "stays. Default: by policy");
  app.add_option("--policy", options.policy, "the city's retention.json")->capture_default_str();
  app.add_flag("--dry-run", options.dry_run, "checks everything, removes nothing");
  if (const int code = ParseArgs(app, args); code >= 0) return code;
  if (options.archive.empty()) options.archive = CityPaths{options.data}.archive().string();
  const auto report = Run(options);
  if (!report.ok()) return Complain(report.error());
  Table table({"topic", ">partition", ">facts before offset"});
  for (const eventlog::PurgePoint& point : report->log) {
    table.Add({point.of.topic, std::to_string(point.of.partition), std::to_string(point.before)});
  }
  table.Print(std::cout);
  std::cout << (options.dry_run ? "would remove " : "removed ") << report->facts
            << " facts from the log, " << report->files << " files from the archive\n";
  return 0;
}

}  // namespace plaza
