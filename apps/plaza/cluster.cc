#include "apps/plaza/cluster.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <thread>

#include "apps/plaza/dev_keys.h"
#include "apps/plaza/errors.h"
#include "apps/plaza/servers/port.h"
#include "libs/base/digest.h"
#include "libs/base/hex.h"
#include "libs/rpc/dev_ca.h"

namespace plaza {
namespace {

namespace fs = std::filesystem;

// In the direction of the facts.
constexpr std::array<const char*, 5> kServices{"clock", "tap-ingest", "fare", "clearing", "vault"};
constexpr std::chrono::milliseconds kPoll{20};
constexpr std::chrono::seconds kStopTimeout{40};
constexpr std::int64_t kRedisBytesMax = 256 << 20;

// The section of a service's keys: "tap-ingest" is [tap_ingest].
std::string SectionOf(std::string service) {
  std::ranges::replace(service, '-', '_');
  return service;
}

fs::path RunFolder(const CityPaths& paths) { return paths.data / "run"; }

Result<void> MakeFolder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return Error(kBadFolder, failed.message(), folder.string());
  return {};
}

std::vector<std::string> Copies(const std::string& service, int copies) {
  if (copies == 1) return {service};
  std::vector<std::string> names;
  for (int n = 1; n <= copies; ++n) names.push_back(service + "-" + std::to_string(n));
  return names;
}

// The folder of this program: the services' binaries are built beside it.
fs::path OwnFolder() {
  std::error_code failed;
  return fs::read_symlink("/proc/self/exe", failed).parent_path();
}

Result<void> EndByPid(const ClusterFile::Process& process) {
  if (!Lives(process)) return {};  // it has ended; the pid may be another's now
  // A postmaster ends its sessions and itself on SIGINT ("fast"), on SIGTERM it would wait for
  // them.
  kill(process.pid, process.service == "postgres" ? SIGINT : SIGTERM);
  const auto give_up = std::chrono::steady_clock::now() + kStopTimeout;
  while (Lives(process)) {
    if (std::chrono::steady_clock::now() >= give_up) {
      kill(process.pid, SIGKILL);
      return Error(kServerDied, process.name + " did not end in time and was killed",
                   process.log_file.string());
    }
    std::this_thread::sleep_for(kPoll);
  }
  return {};
}

}  // namespace

bool Lives(const ClusterFile::Process& process) {
  std::ifstream in("/proc/" + std::to_string(process.pid) + "/cmdline", std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return text.find(process.mark) != std::string::npos;
}

Result<std::unique_ptr<Cluster>> Cluster::Start(
    const ClusterOptions& options, const std::function<void(const std::string&)>& say) {
  if (fs::exists(options.paths.cluster())) {
    PLAZA_ASSIGN_OR_RETURN(const ClusterFile file, ReadClusterFile(options.paths.cluster()));
    for (const ClusterFile::Process& process : file.processes) {
      if (!Lives(process)) continue;
      return Error(kAlreadyRunning,
                   process.name + " runs as process " + std::to_string(process.pid),
                   options.paths.data.string());
    }
  }
  std::unique_ptr<Cluster> cluster(new Cluster(options));
  PLAZA_RETURN_IF_ERROR(MakeFolder(RunFolder(options.paths)));
  PLAZA_RETURN_IF_ERROR(MakeFolder(options.paths.keys()));
  PLAZA_RETURN_IF_ERROR(MakeFolder(options.paths.tls()));
  PLAZA_RETURN_IF_ERROR(EnsureDevKeys(options.paths.keys()));
  PLAZA_RETURN_IF_ERROR(rpc::EnsureDevCa(options.paths.tls()));
  const Result<void> started = cluster->StartAll(say);
  if (started.ok()) return cluster;
  // Detached processes would outlive this failure.
  for (const ClusterFile::Process& process : cluster->Processes()) kill(process.pid, SIGKILL);
  return started.error();
}

Result<void> Cluster::StartAll(const std::function<void(const std::string&)>& say) {
  PLAZA_RETURN_IF_ERROR(StartServers(say));
  PLAZA_RETURN_IF_ERROR(MakeDatabases());
  PLAZA_RETURN_IF_ERROR(StartServices(say));
  if (options_.validators > 0) PLAZA_RETURN_IF_ERROR(StartGates(say));
  if (options_.prometheus) PLAZA_RETURN_IF_ERROR(StartPrometheus(say));
  return WriteFile();
}

Result<void> Cluster::StartServers(const std::function<void(const std::string&)>& say) {
  say("PostgreSQL");
  servers::PostgresOptions postgres;
  postgres.folder = options_.paths.data / "postgres";
  postgres.sync_to_disk = options_.sync_to_disk;
  postgres.temporary = options_.temporary;
  postgres.detached = options_.detached;
  PLAZA_RETURN_IF_ERROR(MakeBreakable());
  if (options_.breakable.links) postgres.tcp_port = servers::FreePort();
  PLAZA_ASSIGN_OR_RETURN(postgres_, servers::Postgres::Start(postgres));
  say("Kafka");
  servers::KafkaOptions kafka;
  kafka.folder = options_.paths.data / "kafka";
  kafka.detached = options_.detached;
  kafka.nodes = options_.kafka_nodes;
  if (options_.breakable.links) {
    kafka.clients = ProcessNames(options_.copies);
    for (const std::string& process : kafka.clients) {
      PLAZA_ASSIGN_OR_RETURN(postgres_links_[process],
                             proxies_->Add(process + "-to-postgres",
                                           "127.0.0.1:" + std::to_string(postgres.tcp_port)));
    }
    kafka.front = [&](const std::string& client, int node, const std::string& to) {
      return proxies_->Add(client + "-to-kafka-" + std::to_string(node), to);
    };
  }
  PLAZA_ASSIGN_OR_RETURN(kafka_, servers::Kafka::Start(kafka));
  say("Redis");
  return StartRedis();
}

Result<void> Cluster::StartRedis() {
  servers::RedisOptions redis;
  redis.folder = options_.paths.data / "redis";
  redis.memory_bytes_max = kRedisBytesMax;
  redis.detached = options_.detached;
  PLAZA_ASSIGN_OR_RETURN(redis.password, PasswordFor("redis"));
  PLAZA_ASSIGN_OR_RETURN(redis_, servers::Redis::Start(redis));
  return {};
}

// Follows from a key of this folder, so that a cluster that is started again knows it.
Result<std::string> Cluster::PasswordFor(const std::string& whom) const {
  std::ifstream in(options_.paths.keys() / kVaultStorageFile);
  std::string key;
  in >> key;
  if (key.empty()) {
    return Error(kBadKeyFile, "it is empty", (options_.paths.keys() / kVaultStorageFile).string());
  }
  return ToHex(Sha256(AsBytes(whom + "/" + key)));
}

// A database and a user for each service, who may enter no other's.
Result<void> Cluster::MakeDatabases() {
  for (const std::string service : kServices) {
    PLAZA_ASSIGN_OR_RETURN(const std::string password, PasswordFor("postgres/" + service));
    PLAZA_ASSIGN_OR_RETURN(databases_[service],
                           postgres_->MakeDatabase(SectionOf(service), password));
  }
  return {};
}

std::vector<std::string> Cluster::ProcessNames(int copies) {
  std::vector<std::string> names;
  for (const std::string service : kServices)
    std::ranges::move(Copies(service, copies), std::back_inserter(names));
  return names;
}

// In a file of its own, for its owner only: a command line would show the password to everybody.
Result<fs::path> Cluster::WriteSettings(const std::string& service, const std::string& copy,
                                        const rpc::TlsFiles& tls) const {
  const CityPaths& paths = options_.paths;
  const std::string section = SectionOf(service);
  std::map<std::string, std::string> keys{
      {"tls.ca", tls.ca_pem},
      {"tls.certificate", tls.cert_pem},
      {"tls.key", tls.key_pem},
      {"eventlog.brokers", kafka_->brokers(copy)},
      {"eventlog.partitions", std::to_string(options_.account_partitions)},
      {"host.running_file", (RunFolder(paths) / (copy + ".json")).string()},
      {section + ".postgres", databases_.at(service)},
      {"cache.redis", redis_->address()},
  };
  PLAZA_ASSIGN_OR_RETURN(keys["cache.password"], PasswordFor("redis"));
  if (options_.copies > 1) keys["eventlog.member"] = copy;
  if (const auto link = postgres_links_.find(copy); link != postgres_links_.end()) {
    // What comes later in a conninfo wins.
    const std::size_t colon = link->second.rfind(':');
    keys[section + ".postgres"] +=
        " host=" + link->second.substr(0, colon) + " port=" + link->second.substr(colon + 1);
  }
  const fs::path city = ProjectRoot() / "data" / "guadalajara";
  if (service == "tap-ingest") {
    keys["tap_ingest.mac_base_key_file"] = paths.keys() / kTapMacBaseFile;
  } else if (service == "fare") {
    keys["fare.tariff_dir"] = city;
  } else if (service == "clearing") {
    keys["clearing.policy_dir"] = city / "policy";
  } else if (service == "vault") {
    keys["vault.card_data_base_key_file"] = paths.keys() / kCardDataBaseFile;
    keys["vault.storage_key_file"] = paths.keys() / kVaultStorageFile;
  }
  for (const auto& [key, value] : options_.settings) {
    const std::string of = key.substr(0, key.find('.'));
    const bool shared =
        of == "rpc" || of == "http" || of == "log" || of == "trace" || of == "eventlog";
    if (of == section || shared) keys[key] = value;
  }
  for (const std::string& key : options_.keys_left_out) keys.erase(key);
  const fs::path file = RunFolder(paths) / (copy + ".toml");
  std::ofstream out(file, std::ios::trunc);
  std::error_code failed;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, failed);
  if (failed) return Error(kBadFolder, failed.message(), file.string());
  std::string open_section;
  for (const auto& [key, value] : keys) {  // sorted, so that a section's keys stand together
    const std::string of = key.substr(0, key.find('.'));
    if (of != open_section) out << "[" << of << "]\n";
    open_section = of;
    out << key.substr(of.size() + 1) << " = \"" << value << "\"\n";
  }
  out.close();
  if (!out) return Error(kBadFolder, "it cannot be written", file.string());
  return file;
}

Result<void> Cluster::StartServices(const std::function<void(const std::string&)>& say) {
  for (const std::string service : kServices) {
    for (const std::string& copy : Copies(service, options_.copies)) {
      say(copy);
      PLAZA_RETURN_IF_ERROR(StartCopy(service, copy));
    }
  }
  return {};
}

fs::path Cluster::Programs() const {
  return options_.programs.empty() ? OwnFolder() : options_.programs;
}

Result<void> Cluster::StartCopy(const std::string& service, const std::string& copy) {
  PLAZA_ASSIGN_OR_RETURN(const rpc::TlsFiles tls,
                         rpc::EnsureDevCertificate(options_.paths.tls(), service, {"server"}, {}));
  PLAZA_ASSIGN_OR_RETURN(const fs::path settings, WriteSettings(service, copy, tls));
  ServerProcess::Options process;
  process.name = copy;
  process.program = Programs() / ("plaza-" + service);
  process.args = {"--config", settings.string()};
  process.running_file = RunFolder(options_.paths) / (copy + ".json");
  process.log_file = RunFolder(options_.paths) / (copy + ".log");
  process.detached = options_.detached;
  PLAZA_ASSIGN_OR_RETURN(process.environment, ClockEnvironment(copy));
  process_options_[copy] = process;
  PLAZA_ASSIGN_OR_RETURN(services_[copy], ServerProcess::Start(std::move(process)));
  if (proxies_ == nullptr) return {};
  const std::string& address = services_[copy]->address();
  PLAZA_ASSIGN_OR_RETURN(outside_[address], proxies_->Add("gates-to-" + copy, address));
  return {};
}

Result<void> Cluster::StartPrometheus(const std::function<void(const std::string&)>& say) {
  say("Prometheus");
  servers::PrometheusOptions options;
  options.folder = options_.paths.data / "prometheus";
  options.rules = ProjectRoot() / "deploy" / "prometheus" / "alerts.yml";
  options.detached = options_.detached;
  PLAZA_ASSIGN_OR_RETURN(prometheus_, servers::Prometheus::Start(options));
  std::vector<servers::PrometheusTarget> targets;
  for (const std::string service : kServices) {
    for (const std::string& copy : Copies(service, options_.copies)) {
      targets.push_back({service, copy, services_.at(copy)->http_address()});
    }
  }
  for (const auto& [id, gate] : gates_) targets.push_back({kGateService, id, gate->http_address()});
  return prometheus_->SetTargets(targets);
}

// Of what has been started so far.
std::vector<ClusterFile::Process> Cluster::Processes() const {
  std::vector<ClusterFile::Process> processes;
  const auto add_server = [&](const std::string& name, const auto& server,
                              const std::string& mark) {
    if (server == nullptr || server->pid() == 0) return;
    processes.push_back({name, name, server->pid(), mark, "", server->log_file()});
  };
  if (postgres_ != nullptr) add_server("postgres", postgres_, postgres_->data());
  add_server("kafka", kafka_, options_.paths.data / "kafka");
  // Redis writes its own command line: program and address.
  if (redis_ != nullptr) add_server("redis", redis_, "redis-server " + redis_->address());
  for (const std::string service : kServices) {
    for (const std::string& copy : Copies(service, options_.copies)) {
      const auto found = services_.find(copy);
      if (found == services_.end() || found->second == nullptr) continue;
      const fs::path run = RunFolder(options_.paths) / copy;
      processes.push_back({copy, service, found->second->pid(), run.string() + ".toml",
                           run.string() + ".json", run.string() + ".log"});
    }
  }
  AddGates(processes);
  add_server("prometheus", prometheus_, options_.paths.data / "prometheus");
  return processes;
}

Result<void> Cluster::WriteFile() const {
  ClusterFile file;
  file.processes = Processes();
  file.databases = databases_;
  file.brokers = kafka_->brokers();
  if (prometheus_ != nullptr) file.prometheus = prometheus_->address();
  return WriteClusterFile(options_.paths.cluster(), file);
}

Result<void> Cluster::StopServices() {
  for (const auto& [id, gate] : gates_) PLAZA_RETURN_IF_ERROR(gate->Stop());
  for (const std::string service : kServices) {
    for (const std::string& copy : Copies(service, options_.copies)) {
      PLAZA_RETURN_IF_ERROR(services_.at(copy)->Stop());
    }
  }
  return {};
}

Result<void> Cluster::Stop() {
  PLAZA_RETURN_IF_ERROR(StopServices());
  if (prometheus_ != nullptr) PLAZA_RETURN_IF_ERROR(prometheus_->Stop());
  PLAZA_RETURN_IF_ERROR(redis_->Stop());
  PLAZA_RETURN_IF_ERROR(kafka_->Stop());
  return postgres_->Stop();
}

Cluster::~Cluster() = default;

Result<void> StopDetachedCluster(const CityPaths& paths,
                                 const std::function<void(const std::string&)>& say) {
  PLAZA_ASSIGN_OR_RETURN(const ClusterFile file, ReadClusterFile(paths.cluster()));
  // Gates first, since they call the services. The servers were started first, and end last.
  std::vector<ClusterFile::Process> order;
  for (const bool gates : {true, false}) {
    for (const ClusterFile::Process& process : file.processes) {
      const bool is_gate = process.service == kGateService;
      if (!process.running_file.empty() && is_gate == gates) order.push_back(process);
    }
  }
  for (auto process = file.processes.rbegin(); process != file.processes.rend(); ++process) {
    if (process->running_file.empty()) order.push_back(*process);
  }
  for (const ClusterFile::Process& process : order) {
    say(process.name);
    PLAZA_RETURN_IF_ERROR(EndByPid(process));
  }
  return {};
}

}  // namespace plaza
