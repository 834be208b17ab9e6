// plaza up, status, down: a cluster on this machine that outlives the command.
#include <filesystem>
#include <iostream>

#include "apps/plaza/cli.h"
#include "apps/plaza/cluster.h"
#include "apps/plaza/query.h"
#include "apps/plaza/table.h"
#include "libs/host/host.h"
#include "plaza/ops/v1/ops.pb.h"

namespace plaza {
namespace {

constexpr std::int64_t kTraceSampleDefault = 0;
constexpr int kValidatorsMax = 64;

std::string DefaultClusterFolder() { return (ProjectRoot() / "out" / "cluster").string(); }

struct UpOptions {
  std::string data = DefaultClusterFolder();
  int partitions = 4;
  int copies = 1;
  int validators = 0;
  std::string clock = "wall";
  std::int64_t trace = kTraceSampleDefault;
};

int ParseFolder(CLI::App& app, const Args& args, std::string& data) {
  app.add_option("--data", data, "the cluster's folder")->capture_default_str();
  return ParseArgs(app, args);
}

void Say(const std::string& what) { std::cerr << "  " << what << "\n"; }

Result<void> Up(const UpOptions& up) {
  ClusterOptions options;
  options.paths.data = std::filesystem::absolute(up.data);
  options.account_partitions = up.partitions;
  options.copies = up.copies;
  options.validators = up.validators;
  options.settings["clock.mode"] = up.clock;
  options.settings["trace.sample_per_million"] = std::to_string(up.trace);
  options.detached = true;
  options.prometheus = true;
  std::cerr << "starting in " << options.paths.data.string() << "\n";
  PLAZA_ASSIGN_OR_RETURN(const auto cluster, Cluster::Start(options, Say));
  return {};
}

// What a process says of itself through its ops door.
std::string Behind(const std::string& address, const rpc::TlsFiles& tls) {
  const auto client = rpc::Client::Connect({.route = address, .tls = tls});
  if (!client.ok()) return client.error().ToString();
  const auto progress = (*client)->Call<ops::v1::GetProgressResponse>(
      "plaza.ops.v1.Ops", "GetProgress", ops::v1::GetProgressRequest(), std::chrono::seconds(15));
  if (!progress.ok()) return progress.error().ToString();
  if (!progress->last_error().empty()) return progress->last_error();
  std::int64_t lag = progress->outbox_rows();
  for (const auto& consumer : progress->consumers()) lag += consumer.lag();
  return lag == 0 ? "idle" : std::to_string(lag) + " behind";
}

// False if something of it does not run.
Result<bool> PrintStatus(const CityPaths& paths) {
  PLAZA_ASSIGN_OR_RETURN(const ClusterFile file, ReadClusterFile(paths.cluster()));
  PLAZA_ASSIGN_OR_RETURN(const rpc::TlsFiles tls, AdminCertificate(paths));
  Table table({"process", ">pid", "state", "gRPC (mutual TLS)", "health, metrics", "log"});
  bool all = true;
  for (const ClusterFile::Process& process : file.processes) {
    const std::string pid = std::to_string(process.pid);
    const bool lives = Lives(process);
    all = all && lives;
    std::string state = lives ? "runs" : "ended";
    host::Running running;
    if (lives && !process.running_file.empty()) {
      PLAZA_ASSIGN_OR_RETURN(running, host::ReadRunning(process.running_file));
      const bool is_gate = process.service == kGateService;
      state = is_gate ? "takes cards" : Behind(running.rpc_address, tls);
      if (is_gate) running.rpc_address = "cards " + running.rpc_address;
    }
    table.Add({process.name, pid, state, running.rpc_address,
               running.http_address.empty() ? "" : "http://" + running.http_address + "/metrics",
               process.log_file.string()});
  }
  table.Print(std::cout);
  std::cout << "  Kafka " << file.brokers << "; databases in cluster.json; Prometheus http://"
            << file.prometheus << "\n";
  return all;
}

}  // namespace

int RunUp(const Args& args) {
  CLI::App app("Starts each service as a process of its own, over PostgreSQL, Kafka and Redis",
               "plaza up");
  UpOptions options;
  app.add_option("--partitions", options.partitions, "of the topics keyed by account; divides 16")
      ->check(CLI::IsMember({1, 2, 4, 8, 16}))
      ->capture_default_str();
  app.add_option("--copies", options.copies, "of each service, which share its partitions")
      ->check(CLI::Range(1, 8))
      ->capture_default_str();
  app.add_option("--validators", options.validators, "gates, for simulated cards: ./plaza tap")
      ->check(CLI::Range(0, kValidatorsMax))
      ->capture_default_str();
  app.add_option("--clock", options.clock, "wall: cut-offs by real time; sim: moved by calls")
      ->check(CLI::IsMember({"wall", "sim"}))
      ->capture_default_str();
  app.add_option("--trace", options.trace, "taps of a million whose way is logged, for plaza trace")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  if (const int code = ParseFolder(app, args, options.data); code >= 0) return code;
  if (const auto up = Up(options); !up.ok()) return Complain(up.error());
  const CityPaths paths{std::filesystem::absolute(options.data)};
  const auto status = PrintStatus(paths);
  if (!status.ok()) return Complain(status.error());
  std::cout
      << "Send a tap: plaza.tap_ingest.v1.TapIngest/SubmitTaps (docs/formats/journal.md), with the "
         "certificates in "
      << paths.tls().string() << "\nEnd it: ./plaza down --data " << options.data << "\n";
  return *status ? 0 : 1;
}

int RunStatus(const Args& args) {
  CLI::App app("The cluster's processes, addresses, and how far they are behind", "plaza status");
  std::string data = DefaultClusterFolder();
  if (const int code = ParseFolder(app, args, data); code >= 0) return code;
  const auto status = PrintStatus({std::filesystem::absolute(data)});
  if (!status.ok()) return Complain(status.error());
  return *status ? 0 : 1;
}

int RunDown(const Args& args) {
  CLI::App app("Ends the cluster's processes, services first; their data stay", "plaza down");
  std::string data = DefaultClusterFolder();
  if (const int code = ParseFolder(app, args, data); code >= 0) return code;
  const auto down = StopDetachedCluster({std::filesystem::absolute(data)}, Say);
  return down.ok() ? 0 : Complain(down.error());
}

}  // namespace plaza
