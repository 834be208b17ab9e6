// A simulated city in a folder: what `demo` and `replay` share, and what the tests of whole runs
// are made of. The services run in child processes (`plaza serve`, or a cluster), and everything
// here goes through their doors.
#pragma once
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "apps/citysim/citysim.h"
#include "apps/plaza/audit.h"
#include "apps/plaza/cluster.h"
#include "apps/plaza/demo_report.h"
#include "apps/plaza/server_process.h"

namespace plaza {

struct SimulationOptions {
  CityPaths paths;
  std::uint64_t seed = 1;               // of the keys and of the simulated acquirer
  std::vector<std::string> serve_args;  // more configuration flags
  std::string program;                  // empty: this one
  bool resume = false;                  // of what is in the folder
  // Of each service, as processes of their own over real servers; 0: all in one process.
  int copies = 0;
  int kafka_nodes = 1;                  // of a cluster
  Breakable breakable;                  // of a cluster
  std::set<std::string> keys_left_out;  // of a cluster
};

// Not thread-safe. Unless it resumes, the folder is emptied if an earlier simulation made it
// (NOT_A_DEMO_FOLDER otherwise).
class Simulation {
 public:
  static Result<std::unique_ptr<Simulation>> Start(const SimulationOptions& options);
  const CityPaths& paths() const { return options_.paths; }
  ServerProcess& server() { return *server_; }  // not of a cluster
  Cluster& cluster() { return *cluster_; }      // of a cluster
  const citysim::Doors& doors() const { return doors_; }
  Result<CityReport> Report(const Example& example);
  Result<AuditReport> StopAndAudit();

 private:
  explicit Simulation(SimulationOptions options) : options_(std::move(options)) {}
  SimulationOptions options_;
  Result<void> StartEmbedded();
  Result<void> StartCluster();
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<Cluster> cluster_;
  citysim::Doors doors_;
};

// Draws a bar on a terminal, or a line for every tenth elsewhere, on standard error.
class ProgressBar {
 public:
  explicit ProgressBar(std::string what);
  void operator()(const citysim::ProgressReport& report);
  void Finish();

 private:
  std::string what_;
  bool terminal_;
  std::uint64_t shown_ = ~std::uint64_t{0};
};

}  // namespace plaza
