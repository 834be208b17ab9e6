// plaza replay: a recorded day again, in another order, with repeats, late.
#include <filesystem>
#include <iostream>

#include "apps/citysim/recording.h"
#include "apps/plaza/cli.h"
#include "apps/plaza/query.h"
#include "apps/plaza/simulation.h"
#include "apps/plaza/table.h"

namespace plaza {
namespace {

struct ReplayVerbOptions {
  std::string file;
  citysim::ReplayOptions replay;
  std::string out = (ProjectRoot() / "out" / "replay").string();
  bool json = false;
  int copies = 0;  // of each service in a cluster; 0: embedded
};

int ParseReplay(const Args& args, ReplayVerbOptions& options) {
  CLI::App app(
      "Sends a recorded day to a fresh city: whatever the order and the repeats, the money is the "
      "same",
      "plaza replay");
  app.add_option("FILE", options.file, "what plaza demo --record kept")->required();
  app.add_option("--shuffle", options.replay.shuffle_seed,
                 "seed of a random order between cut-offs; 0: as recorded")
      ->capture_default_str();
  app.add_option("--repeat", options.replay.repeat_percent,
                 "percent of the records that are sent twice")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  app.add_option("--late", options.replay.late_percent, "percent that come after the cut-off")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  app.add_option("--offline", options.replay.offline_percent,
                 "percent of the gates whose records come three days later")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  app.add_option("--batch", options.replay.batch, "records in one call")->capture_default_str();
  app.add_option("--out", options.out, "folder of the fresh city")->capture_default_str();
  AddClusterOptions(app, options.copies);
  app.add_flag("--json", options.json, "one JSON object instead of tables");
  return ParseArgs(app, args);
}

Result<int> Replay(const ReplayVerbOptions& options) {
  SimulationOptions setting;
  setting.paths.data = std::filesystem::absolute(options.out);
  {
    PLAZA_ASSIGN_OR_RETURN(const auto recording, citysim::RecordingReader::Open(options.file));
    setting.seed = recording->header().seed;
  }
  setting.copies = options.copies;
  PLAZA_ASSIGN_OR_RETURN(const auto simulation, Simulation::Start(setting));
  ProgressBar bar("records");
  PLAZA_ASSIGN_OR_RETURN(
      const citysim::ReplayOutcome outcome,
      citysim::Replay(options.file, options.replay, simulation->doors(), std::ref(bar)));
  bar.Finish();
  PLAZA_ASSIGN_OR_RETURN(const CityReport report, simulation->Report({}));
  PLAZA_ASSIGN_OR_RETURN(const AuditReport audit, simulation->StopAndAudit());
  if (options.json) {
    nlohmann::json json = ReportJson(report, audit);
    json["records"] = outcome.records;
    json["repeated"] = outcome.repeated;
    json["late"] = outcome.late;
    json["offline"] = outcome.offline;
    json["wall_seconds"] = outcome.wall_seconds;
    std::cout << json.dump() << "\n";
  } else {
    std::cout << WithThousands(static_cast<std::int64_t>(outcome.records)) << " records of "
              << outcome.business_day.ToText() << ", " << outcome.repeated << " repeated, "
              << outcome.late << " late";
    if (outcome.offline > 0) std::cout << ", " << outcome.offline << " of gates that were offline";
    std::cout << "\n";
    PrintReport(report, std::cout);
    PrintAudit(audit, std::cout);
  }
  return audit.Clean() ? 0 : 1;
}

}  // namespace

int RunReplay(const Args& args) {
  ReplayVerbOptions options;
  if (const int code = ParseReplay(args, options); code >= 0) return code;
  const auto code = Replay(options);
  return code.ok() ? *code : Complain(code.error());
}

}  // namespace plaza
