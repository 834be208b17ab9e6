// The day in cluster mode: recorded taps through the gates' doors until the last operator is
// settled, card cryptography apart, over PostgreSQL that syncs and Kafka with one broker. Floor, in
// the same run: the same recording embedded. One JSON line for one copy of each service, one for
// three, with each hop's share of the processor time and of the wall time (hops.h).
// usage: bench_cluster_day [TAPS [PLAZA]], PLAZA: the program of another build, to compare with.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "apps/plaza/errors.h"
#include "tests/bench/cluster_day/hops.h"
#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

constexpr std::size_t kBatch = 500;
constexpr std::uint64_t kSeed = 1;

int Complain(const Error& error) {
  std::fprintf(stderr, "bench_cluster_day: %s\n", error.ToString().c_str());
  return 1;
}

void Ignore(const citysim::ProgressReport&) {}

std::string program = Program();

SimulationOptions Setting(const TempFolder& folder, int copies) {
  SimulationOptions setting;
  setting.paths.data = folder.path() / "city";
  setting.seed = kSeed;
  setting.program = program;
  setting.copies = copies;
  return setting;
}

Result<void> Record(std::uint64_t taps, const std::string& file) {
  const TempFolder folder;
  PLAZA_ASSIGN_OR_RETURN(const auto city, Simulation::Start(Setting(folder, /*copies=*/0)));
  citysim::Options options = SmallDay(folder.path(), kSeed);
  options.taps = taps;
  options.record_file = file;
  PLAZA_RETURN_IF_ERROR(citysim::RunDay(options, city->doors(), Ignore));
  return {};
}

struct Run {
  double taps_per_second = 0;
  bench::HopCosts costs;
  AuditReport audit;
};

// `copies` 0: embedded, whose hops are one process.
Result<Run> Replay(const std::string& recording, int copies) {
  const TempFolder folder;
  PLAZA_ASSIGN_OR_RETURN(const auto city, Simulation::Start(Setting(folder, copies)));
  std::optional<bench::HopMeter> meter;
  if (copies > 0) meter.emplace(city->cluster(), city->doors().admin);
  citysim::ReplayOptions options;
  options.batch = kBatch;
  options.pace = false;
  PLAZA_ASSIGN_OR_RETURN(const auto outcome,
                         citysim::Replay(recording, options, city->doors(), Ignore));
  Run run;
  if (meter) run.costs = meter->Stop();
  run.taps_per_second = static_cast<double>(outcome.records) / outcome.tap_seconds;
  PLAZA_ASSIGN_OR_RETURN(run.audit, city->StopAndAudit());
  return run;
}

double Rounded(double value) { return static_cast<double>(std::lround(value * 1000)) / 1000; }

void Print(int copies, const Run& run, const Run& embedded) {
  double sum = 0;
  for (const auto& [hop, seconds] : run.costs.cpu_seconds) sum += seconds;
  nlohmann::ordered_json line{{"name", "day.cluster." + std::to_string(copies)},
                              {"value", std::lround(run.taps_per_second)},
                              {"unit", "taps/s"},
                              {"floor", std::lround(embedded.taps_per_second)},
                              {"ratio", Rounded(run.taps_per_second / embedded.taps_per_second)},
                              {"cpu_seconds", Rounded(sum)}};
  for (const auto& [hop, seconds] : run.costs.cpu_seconds) {
    line["cpu_share"][hop] = Rounded(seconds / sum);
  }
  for (const auto& [hop, share] : run.costs.busy_share) line["busy_share"][hop] = Rounded(share);
  std::printf("%s\n", line.dump().c_str());
}

int Main(std::uint64_t taps) {
  const TempFolder folder;
  const std::string recording = (folder.path() / "day.rec").string();
  if (const auto made = Record(taps, recording); !made.ok()) return Complain(made.error());
  const auto embedded = Replay(recording, /*copies=*/0);
  if (!embedded.ok()) return Complain(embedded.error());
  for (const int copies : {1, 3}) {
    const auto run = Replay(recording, copies);
    if (!run.ok()) return Complain(run.error());
    Print(copies, *run, *embedded);
    const bool same = run->audit.Clean() && embedded->audit.Clean() &&
                      run->audit.money_digest == embedded->audit.money_digest &&
                      run->audit.book_digest == embedded->audit.book_digest;
    if (!same) return Complain(Error(kAudit, "the cluster's books are not the embedded's"));
  }
  return 0;
}

}  // namespace
}  // namespace plaza::testing

int main(int argc, char** argv) {
  if (argc > 2) plaza::testing::program = argv[2];
  return plaza::testing::Main(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000);
}
