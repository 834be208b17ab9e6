#include "apps/plaza/simulation.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "apps/citysim/keys.h"
#include "apps/plaza/errors.h"

namespace plaza {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = "made-by-plaza-demo";
constexpr int kBarWidth = 40;

// An empty or absent folder, or one that carries our marker, is made new; anybody else's is left
// alone.
Result<void> PrepareFolder(const fs::path& folder) {
  std::error_code failed;
  if (fs::exists(folder, failed) && !fs::is_empty(folder, failed)) {
    if (!fs::exists(folder / kMarker)) {
      return Error(kNotADemoFolder, "the folder holds other files", folder.string());
    }
    if (FindRunning({folder}).ok()) {
      return Error(kAlreadyRunning, "a process still serves this folder", folder.string());
    }
    fs::remove_all(folder, failed);
    if (failed) return Error(kBadFolder, failed.message(), folder.string());
  }
  fs::create_directories(folder, failed);
  if (failed) return Error(kBadFolder, failed.message(), folder.string());
  std::ofstream(folder / kMarker) << "plaza demo and plaza replay may empty this folder\n";
  return {};
}

}  // namespace

Result<std::unique_ptr<Simulation>> Simulation::Start(const SimulationOptions& options) {
  PLAZA_RETURN_IF_ERROR(PrepareFolder(options.paths.data));
  std::error_code failed;
  fs::create_directories(options.paths.keys(), failed);
  if (failed) return Error(kBadFolder, failed.message(), options.paths.keys().string());
  PLAZA_RETURN_IF_ERROR(
      citysim::WriteKeys(citysim::MakeKeys(options.seed), options.paths.keys().string()));
  std::unique_ptr<Simulation> simulation(new Simulation(options));
  ServerProcess::Options server;
  server.name = "plaza serve";
  server.program = options.program.empty() ? "/proc/self/exe" : options.program;
  server.running_file = options.paths.running();
  server.log_file = options.paths.data / "serve.log";
  server.args = {"serve",
                 "--data",
                 options.paths.data.string(),
                 "--clock.mode",
                 "sim",
                 "--vault.acquirer_seed",
                 std::to_string(options.seed)};
  server.args.insert(server.args.end(), options.serve_args.begin(), options.serve_args.end());
  PLAZA_ASSIGN_OR_RETURN(simulation->server_, ServerProcess::Start(std::move(server)));
  citysim::Doors& doors = simulation->doors_;
  doors.route.address = simulation->server_->address();
  PLAZA_ASSIGN_OR_RETURN(doors.admin, AdminCertificate(options.paths));
  PLAZA_ASSIGN_OR_RETURN(doors.depot, DepotCertificate(options.paths));
  return simulation;
}

Result<CityReport> Simulation::Report(const Example& example) {
  PLAZA_ASSIGN_OR_RETURN(const auto client,
                         rpc::Client::Connect({.route = doors_.route, .tls = doors_.admin}));
  return CollectReport(*client, example);
}

Result<AuditReport> Simulation::StopAndAudit() {
  PLAZA_RETURN_IF_ERROR(server_->Stop());
  return Audit(options_.paths);
}

ProgressBar::ProgressBar(std::string what)
    : what_(std::move(what)), terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressBar::operator()(const citysim::ProgressReport& report) {
  const std::uint64_t total = std::max<std::uint64_t>(report.total, 1);
  const std::uint64_t percent = std::min<std::uint64_t>(report.done * 100 / total, 100);
  const std::uint64_t step = terminal_ ? percent : percent / 10;
  if (step == shown_ && !(terminal_ && report.done == report.total)) return;
  shown_ = step;
  if (!terminal_) {
    std::fprintf(stderr, "%s: %llu of %llu taps\n", what_.c_str(),
                 static_cast<unsigned long long>(report.done),
                 static_cast<unsigned long long>(report.total));
    return;
  }
  const int full = static_cast<int>(percent) * kBarWidth / 100;
  const LocalTime local = ToLocal(report.sim_time, -6 * 3600);  // the simulated city's wall clock
  std::fprintf(stderr, "\r%s [%.*s%*s] %3d %%  %s", what_.c_str(), full,
               "########################################", kBarWidth - full, "",
               static_cast<int>(percent), local.time.ToText().substr(0, 5).c_str());
}

void ProgressBar::Finish() {
  if (terminal_) std::fprintf(stderr, "\n");
}

}  // namespace plaza
