// plaza demo: a city day and the morning after, and what came of it.
#include <chrono>
#include <filesystem>
#include <iostream>

#include "apps/plaza/cli.h"
#include "apps/plaza/query.h"
#include "apps/plaza/simulation.h"
#include "apps/plaza/table.h"
#include "libs/runtime/process.h"

namespace plaza {
namespace {

struct DemoOptions {
  citysim::Options day;
  std::string date = "2026-11-23";
  std::string out = DefaultDataFolder();
  bool json = false;
  int copies = 0;  // of each service in a cluster; 0: embedded
};

int ParseDemo(const Args& args, DemoOptions& options) {
  CLI::App app(
      "A city day and the morning after: from a chip's cryptogram to an operator's settled money",
      "plaza demo");
  app.add_option("--taps", options.day.taps, "at least so many taps")->capture_default_str();
  app.add_option("--riders", options.day.riders, "riders; 0: as many as the taps need")
      ->capture_default_str();
  app.add_option("--seed", options.day.seed, "the same seed gives the same digests")
      ->capture_default_str();
  app.add_option("--date", options.date, "the business day, YYYY-MM-DD")->capture_default_str();
  app.add_option("--out", options.out, "folder for everything that the run writes")
      ->capture_default_str();
  app.add_option("--threads", options.day.threads, "threads for cards and gates")
      ->capture_default_str();
  app.add_option("--record", options.day.record_file,
                 "keeps the day's tap records, for plaza replay");
  AddClusterOptions(app, options.copies);
  app.add_flag("--json", options.json,
               "one JSON object with the figures and digests instead of tables");
  return ParseArgs(app, args);
}

std::string Seconds1(double seconds) {
  const auto tenths = static_cast<std::int64_t>(seconds * 10 + 0.5);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

// The rest of what happened is in the services; this only the gates and the simulation know.
void PrintDay(const citysim::DayOutcome& day, std::ostream& out) {
  out << "A day in Guadalajara, " << day.business_day.ToText()
      << ", and the morning after: " << WithThousands(static_cast<std::int64_t>(day.records))
      << " taps by " << WithThousands(static_cast<std::int64_t>(day.riders)) << " riders ("
      << WithThousands(static_cast<std::int64_t>(day.students)) << " students) at " << day.gates
      << " gates, in " << static_cast<int>(day.wall_seconds) << " s.\n"
      << "Every tap is a real cryptogram that a gate verified. Summed over threads, the cards' "
         "signatures took "
      << Seconds1(day.card_seconds) << " s, the gates' checks " << Seconds1(day.gate_seconds)
      << " s, and waiting for " << WithThousands(static_cast<std::int64_t>(day.journal_syncs))
      << " journal syncs " << Seconds1(day.journal_seconds) << " s.\n"
      << day.gates_offline_for_hours << " gates were offline for hours, "
      << day.gates_offline_past_cut_off << " past the cut-off ("
      << WithThousands(static_cast<std::int64_t>(day.late_records)) << " late taps); "
      << WithThousands(static_cast<std::int64_t>(day.records_sent_again))
      << " records were sent twice.\n";
}

nlohmann::json DayJson(const citysim::DayOutcome& day, const DemoOptions& options) {
  nlohmann::json decisions = nlohmann::json::object();
  for (const auto* counts : {&day.day, &day.morning}) {
    for (const auto& [decision, count] : counts->by_decision) {
      decisions[decision] = decisions.value(decision, std::uint64_t{0}) + count;
    }
  }
  return {{"seed", options.day.seed},
          {"date", options.date},
          {"riders", day.riders},
          {"media", day.media},
          {"gates", day.gates},
          {"taps_recorded", day.records},
          {"taps_late", day.late_records},
          {"records_sent_again", day.records_sent_again},
          {"gate_decisions", decisions},
          {"card_seconds", day.card_seconds},
          {"gate_seconds", day.gate_seconds},
          {"journal_seconds", day.journal_seconds},
          {"wall_seconds", day.wall_seconds}};
}

void PrintNext(const CityPaths& paths, const Example& example, std::ostream& out) {
  out << "\nEverything is in " << paths.data.string()
      << " (stores/, gates/, keys/, tls/, serve.log).\nTry next:\n";
  if (!example.account.empty()) {
    const auto account = Uuid::FromBytes(AsBytes(example.account));
    if (account.ok()) {
      out << "  ./plaza fare explain " << example.tap_id << " --account " << account->ToText()
          << "\n";
    }
  }
  out << "  ./plaza ledger settlements          ./plaza ledger aggregates --state debt\n"
      << "  ./plaza demo --seed 2 --record out/day.rec    then    ./plaza replay out/day.rec "
         "--shuffle 7\n"
      << "  ./plaza serve --data " << paths.data.string() << "    and talk gRPC to it\n";
}

Result<int> Demo(DemoOptions& options) {
  PLAZA_ASSIGN_OR_RETURN(options.day.date, Date::Parse(options.date));
  PLAZA_RETURN_IF_ERROR(runtime::DisableCoreDumps());  // gates hold card data
  SimulationOptions setting;
  setting.paths.data = std::filesystem::absolute(options.out);
  setting.seed = options.day.seed;
  setting.copies = options.copies;
  PLAZA_ASSIGN_OR_RETURN(const auto simulation, Simulation::Start(setting));
  options.day.feed_dir = (ProjectRoot() / "data" / "guadalajara").string();
  options.day.gates_dir = setting.paths.gates().string();
  ProgressBar bar("taps");
  PLAZA_ASSIGN_OR_RETURN(const citysim::DayOutcome day,
                         citysim::RunDay(options.day, simulation->doors(), std::ref(bar)));
  bar.Finish();
  Example example;
  if (!day.suggestions.empty()) {
    const citysim::Suggestion& first = day.suggestions.front();
    example = {first.account.value().ToBinary(), first.tap_id, first.why};
  }
  PLAZA_ASSIGN_OR_RETURN(const CityReport report, simulation->Report(example));
  PLAZA_ASSIGN_OR_RETURN(const AuditReport audit, simulation->StopAndAudit());
  if (options.json) {
    nlohmann::json json = ReportJson(report, audit);
    json.update(DayJson(day, options));
    std::cout << json.dump() << "\n";
  } else {
    PrintDay(day, std::cout);
    PrintReport(report, std::cout);
    PrintAudit(audit, std::cout);
    PrintNext(setting.paths, example, std::cout);
  }
  return audit.Clean() ? 0 : 1;
}

}  // namespace

int RunDemo(const Args& args) {
  DemoOptions options;
  if (const int code = ParseDemo(args, options); code >= 0) return code;
  const auto code = Demo(options);
  return code.ok() ? *code : Complain(code.error());
}

}  // namespace plaza
