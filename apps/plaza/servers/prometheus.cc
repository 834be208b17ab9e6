#include "apps/plaza/servers/prometheus.h"

#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "apps/plaza/servers/errors.h"
#include "apps/plaza/servers/port.h"

namespace plaza::servers {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "/usr/bin/prometheus";
constexpr std::chrono::seconds kStartTimeout{30};
constexpr std::chrono::seconds kStopTimeout{30};

}  // namespace

Result<std::unique_ptr<Prometheus>> Prometheus::Start(const PrometheusOptions& options) {
  if (!fs::exists(kProgram)) {
    return Error(kServerMissing, "Prometheus (Debian package prometheus)", kProgram);
  }
  std::unique_ptr<Prometheus> server(new Prometheus(options));
  const fs::path folder = server->options_.folder = fs::absolute(options.folder);
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return Error(kServerFolder, failed.message(), folder.string());
  std::ofstream config(folder / "prometheus.yml");
  config << "global: {scrape_interval: 2s}\n"
         << "scrape_configs:\n"
         << "  - job_name: plaza\n"
         << "    file_sd_configs: [{files: [targets.json], refresh_interval: 2s}]\n";
  if (!options.rules.empty()) {
    config << "rule_files: [" << nlohmann::json(fs::absolute(options.rules).string()) << "]\n";
  }
  config.close();
  if (!config) return Error(kServerFolder, "it cannot be written", folder.string());
  PLAZA_RETURN_IF_ERROR(server->SetTargets({}));
  server->port_ = FreePort();
  std::vector<std::string> argv{"setpriv"};
  if (!options.detached) argv.insert(argv.end(), {"--pdeathsig", "KILL"});
  argv.insert(argv.end(), {"--", kProgram, "--config.file=" + (folder / "prometheus.yml").string(),
                           "--storage.tsdb.path=" + (folder / "data").string(),
                           "--web.listen-address=" + server->address(), "--log.level=warn"});
  PLAZA_ASSIGN_OR_RETURN(server->child_, Child::Spawn({.name = "prometheus",
                                                       .argv = argv,
                                                       .log_file = server->log_file(),
                                                       .environment = {},
                                                       .detached = options.detached}));
  PLAZA_RETURN_IF_ERROR(AwaitReady(
      *server->child_, [&] { return Answers(server->port_); }, kStartTimeout));
  return server;
}

// Whole under another name first: Prometheus may look at any moment.
Result<void> Prometheus::SetTargets(std::span<const PrometheusTarget> targets) const {
  nlohmann::json groups = nlohmann::json::array();
  for (const auto& [service, copy, address] : targets) {
    groups.push_back({{"targets", {address}}, {"labels", {{"service", service}, {"copy", copy}}}});
  }
  const fs::path file = options_.folder / "targets.json";
  const fs::path next = options_.folder / "targets.json.next";
  std::ofstream out(next);
  out << groups.dump(1) << "\n";
  out.close();
  std::error_code failed;
  if (out) fs::rename(next, file, failed);
  if (!out || failed) return Error(kServerFolder, "it cannot be written", file.string());
  return {};
}

Result<void> Prometheus::Stop() { return child_->End(SIGTERM, kStopTimeout); }

}  // namespace plaza::servers
