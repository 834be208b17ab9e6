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
  if (!options.resume) PLAZA_RETURN_IF_ERROR(PrepareFolder(options.paths.data));
  std::error_code failed;
  fs::create_directories(options.paths.keys(), failed);
  if (failed) return Error(kBadFolder, failed.message(), options.paths.keys().string());
  PLAZA_RETURN_IF_ERROR(
      citysim::WriteKeys(citysim::MakeKeys(options.seed), options.paths.keys().string()));
  std::unique_ptr<Simulation> simulation(new Simulation(options));
  PLAZA_RETURN_IF_ERROR(options.copies > 0 ? simulation->StartCluster()
                                           : simulation->StartEmbedded());
  PLAZA_ASSIGN_OR_RETURN(const RunningCity running, FindRunning(options.paths));
  citysim::Doors& doors = simulation->doors_;
  doors.route = running.route;
  doors.processes = running.processes;
  if (options.breakable.links) {
    for (auto& [service, address] : doors.route.by_service) {
      address = simulation->cluster().Outside(address);
    }
    for (std::string& address : doors.processes) address = simulation->cluster().Outside(address);
  }
  PLAZA_ASSIGN_OR_RETURN(doors.admin, AdminCertificate(options.paths));
  PLAZA_ASSIGN_OR_RETURN(doors.depot, DepotCertificate(options.paths));
  return simulation;
}

Result<void> Simulation::StartEmbedded() {
  ServerProcess::Options server;
  server.name = "plaza serve";
  server.program = options_.program.empty() ? "/proc/self/exe" : options_.program;
  server.running_file = options_.paths.running();
  server.log_file = options_.paths.data / "serve.log";
  server.args = {"serve",
                 "--data",
                 options_.paths.data.string(),
                 "--clock.mode",
                 "sim",
                 "--vault.acquirer_seed",
                 std::to_string(options_.seed)};
  server.args.insert(server.args.end(), options_.serve_args.begin(), options_.serve_args.end());
  PLAZA_ASSIGN_OR_RETURN(server_, ServerProcess::Start(std::move(server)));
  return {};
}

Result<void> Simulation::StartCluster() {
  ClusterOptions cluster;
  cluster.paths = options_.paths;
  cluster.temporary = true;
  cluster.copies = options_.copies;
  cluster.kafka_nodes = options_.kafka_nodes;
  cluster.breakable = options_.breakable;
  cluster.keys_left_out = options_.keys_left_out;
  if (!options_.program.empty()) {
    cluster.programs = std::filesystem::path(options_.program).parent_path();
  }
  cluster.settings = {{"clock.mode", "sim"},
                      {"vault.acquirer_seed", std::to_string(options_.seed)}};
  for (std::size_t i = 0; i + 1 < options_.serve_args.size(); i += 2) {
    cluster.settings[options_.serve_args[i].substr(2)] = options_.serve_args[i + 1];
  }
  PLAZA_ASSIGN_OR_RETURN(cluster_, Cluster::Start(cluster, [](const std::string& what) {
                           std::fprintf(stderr, "starting %s\n", what.c_str());
                         }));
  return {};
}

Result<CityReport> Simulation::Report(const Example& example) {
  PLAZA_ASSIGN_OR_RETURN(const auto client,
                         rpc::Client::Connect({.route = doors_.route, .tls = doors_.admin}));
  return CollectReport(*client, example);
}

Result<AuditReport> Simulation::StopAndAudit() {
  if (cluster_ == nullptr) {
    PLAZA_RETURN_IF_ERROR(server_->Stop());
    return Audit(options_.paths);
  }
  PLAZA_RETURN_IF_ERROR(cluster_->StopServices());
  PLAZA_ASSIGN_OR_RETURN(AuditReport report, Audit(options_.paths));
  PLAZA_RETURN_IF_ERROR(cluster_->Stop());
  return report;
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
