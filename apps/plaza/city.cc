#include "apps/plaza/city.h"

#include <unistd.h>

#include <cstdlib>

#include "apps/clock/config.h"
#include "apps/clock/service.h"
#include "apps/plaza/cluster_file.h"
#include "apps/plaza/dev_keys.h"
#include "apps/plaza/errors.h"
#include "libs/eventlog/embedded_reader.h"
#include "libs/eventlog/kafka_log.h"
#include "libs/host/host.h"
#include "libs/rpc/dev_ca.h"
#include "libs/runtime/config.h"
#include "services/clearing/config.h"
#include "services/clearing/service.h"
#include "services/fare/config.h"
#include "services/fare/service.h"
#include "services/tap-ingest/config.h"
#include "services/tap-ingest/service.h"
#include "services/vault/config.h"
#include "services/vault/service.h"

namespace plaza {
namespace {

namespace fs = std::filesystem;

struct CityConfig {
  host::Config host;
  tap_ingest::Config tap_ingest;
  fare::Config fare;
  clearing::Config clearing;
  vault::Config vault;
  clock::Config clock;
};

void SetDefaults(const CityPaths& paths, CityConfig& config) {
  const fs::path data = ProjectRoot() / "data" / "guadalajara";
  config.host.embedded_log = paths.store("log");
  config.host.running_file = paths.running();
  config.tap_ingest.db_path = paths.store("tap-ingest");
  config.tap_ingest.mac_base_key_file = paths.keys() / kTapMacBaseFile;
  config.fare.db_path = paths.store("fare");
  config.fare.tariff_dir = data;
  config.clearing.db_path = paths.store("clearing");
  config.clearing.policy_dir = data / "policy";
  config.vault.db_path = paths.store("vault");
  config.vault.card_data_base_key_file = paths.keys() / kCardDataBaseFile;
  config.vault.storage_key_file = paths.keys() / kVaultStorageFile;
  config.clock.db_path = paths.store("clock");
}

void Declare(CityConfig& config, runtime::Config& keys) {
  config.host.AddTo(keys);
  config.tap_ingest.AddTo(keys);
  config.fare.AddTo(keys);
  config.clearing.AddTo(keys);
  config.vault.AddTo(keys);
  config.clock.AddTo(keys);
}

Result<void> Load(const CityPaths& paths, const std::vector<std::string>& args, CityConfig& config,
                  runtime::Config& keys, const std::string& file = "plaza.toml") {
  SetDefaults(paths, config);
  Declare(config, keys);
  return keys.Load(args, (paths.data / file).string(), runtime::ProcessEnvironment());
}

// Of a service in a cluster; of the first of its copies, which are all alike in what matters to its
// store.
std::string SettingsOf(const CityPaths& paths, const std::string& service) {
  const auto file = ReadClusterFile(paths.cluster());
  if (file.ok()) {
    for (const ClusterFile::Process& process : file->processes) {
      if (process.service == service) return "run/" + process.name + ".toml";
    }
  }
  return "run/" + service + ".toml";
}

Result<void> MakeFolders(const CityPaths& paths) {
  for (const fs::path& folder : {paths.keys(), paths.tls(), paths.stores()}) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) return Error(kBadFolder, failed.message(), folder.string());
  }
  std::error_code failed;
  fs::permissions(paths.keys(), fs::perms::owner_all, failed);
  if (failed) return Error(kBadFolder, failed.message(), paths.keys().string());
  return {};
}

// An open city's services, in the direction of the facts.
Result<void> AddServices(const CityConfig& config, host::Host& host) {
  const host::Deps deps = host.deps();
  PLAZA_ASSIGN_OR_RETURN(auto clock, clock::Service::Open(config.clock, deps));
  host.Add(std::move(clock));
  PLAZA_ASSIGN_OR_RETURN(auto tap_ingest, tap_ingest::Service::Open(config.tap_ingest, deps));
  host.Add(std::move(tap_ingest));
  PLAZA_ASSIGN_OR_RETURN(auto fare, fare::Service::Open(config.fare, deps));
  host.Add(std::move(fare));
  PLAZA_ASSIGN_OR_RETURN(auto clearing, clearing::Service::Open(config.clearing, deps));
  host.Add(std::move(clearing));
  PLAZA_ASSIGN_OR_RETURN(auto vault, vault::Service::Open(config.vault, deps));
  host.Add(std::move(vault));
  return {};
}

// A service's gRPC name: "tap-ingest" is plaza.tap_ingest.v1.TapIngest.
std::string DoorOf(const std::string& service) {
  if (service == "tap-ingest") return "plaza.tap_ingest.v1.TapIngest";
  std::string name = service;
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return "plaza." + service + ".v1." + name;
}

}  // namespace

fs::path ProjectRoot() {
  const char* root = std::getenv("PLAZA_ROOT");
  return root != nullptr ? fs::path(root) : fs::path(PLAZA_SOURCE_DIR);
}

struct City::Impl {
  std::unique_ptr<host::Host> host;
};

City::City() : impl_(std::make_unique<Impl>()) {}
City::~City() { Stop(); }

Result<std::unique_ptr<City>> City::Open(const CityPaths& paths,
                                         const std::vector<std::string>& args) {
  if (const auto running = host::ReadRunning(paths.running());
      running.ok() && running->pid != getpid()) {
    return Error(kAlreadyRunning, "process " + std::to_string(running->pid) + " serves this folder",
                 paths.data.string());
  }
  std::unique_ptr<City> city(new City);
  CityConfig config;
  runtime::Config keys;
  PLAZA_RETURN_IF_ERROR(Load(paths, args, config, keys));
  PLAZA_RETURN_IF_ERROR(MakeFolders(paths));
  PLAZA_RETURN_IF_ERROR(EnsureDevKeys(paths.keys()));
  if (config.host.tls.cert_pem.empty()) {
    PLAZA_RETURN_IF_ERROR(rpc::EnsureDevCa(paths.tls()));
    PLAZA_ASSIGN_OR_RETURN(config.host.tls,
                           rpc::EnsureDevCertificate(paths.tls(), "server", {"server"}, {}));
  }
  PLAZA_ASSIGN_OR_RETURN(city->impl_->host, host::Host::Open(config.host));
  PLAZA_RETURN_IF_ERROR(AddServices(config, *city->impl_->host));
  return city;
}

Result<void> City::Start() { return impl_->host->Start(); }
void City::Stop() {
  if (impl_->host != nullptr) impl_->host->Stop();
}
int City::rpc_port() const { return impl_->host->rpc_port(); }
int City::http_port() const { return impl_->host->http_port(); }

Result<std::string> DescribeConfig(const CityPaths& paths, const std::vector<std::string>& args) {
  CityConfig config;
  runtime::Config keys;
  PLAZA_RETURN_IF_ERROR(Load(paths, args, config, keys));
  return keys.Print();
}

Result<rpc::TlsFiles> AdminCertificate(const CityPaths& paths) {
  PLAZA_RETURN_IF_ERROR(rpc::EnsureDevCa(paths.tls()));
  return rpc::EnsureDevCertificate(paths.tls(), "admin", {"admin", "support", "accountant"}, {});
}

Result<rpc::TlsFiles> DepotCertificate(const CityPaths& paths) {
  PLAZA_RETURN_IF_ERROR(rpc::EnsureDevCa(paths.tls()));
  return rpc::EnsureDevCertificate(paths.tls(), "depot", {"validator"}, {"*"});
}

Result<store::Options> StoreOf(const CityPaths& paths, const std::string& service) {
  const auto instead = paths.instead.find(service);
  if (instead != paths.instead.end()) return instead->second;
  store::Options options;
  if (!fs::exists(paths.cluster())) {
    options.path = paths.store(service);
    return options;
  }
  PLAZA_ASSIGN_OR_RETURN(const ClusterFile cluster, ReadClusterFile(paths.cluster()));
  const auto database = cluster.databases.find(service);
  if (database == cluster.databases.end()) {
    return Error(kBadClusterFile, "no database for " + service, paths.cluster().string());
  }
  options.postgres = database->second;
  return options;
}

Result<std::unique_ptr<eventlog::Log>> OpenLogReader(const CityPaths& paths) {
  if (!fs::exists(paths.cluster())) return eventlog::OpenEmbeddedLogReader(paths.store("log"));
  PLAZA_ASSIGN_OR_RETURN(const ClusterFile cluster, ReadClusterFile(paths.cluster()));
  return eventlog::OpenKafkaLog({.brokers = cluster.brokers, .client_id = "plaza", .prefix = ""});
}

Result<std::unique_ptr<eventlog::LogPurger>> OpenLogPurger(const CityPaths& paths) {
  if (!fs::exists(paths.cluster())) return eventlog::OpenEmbeddedLogPurger(paths.store("log"));
  PLAZA_ASSIGN_OR_RETURN(const ClusterFile cluster, ReadClusterFile(paths.cluster()));
  return eventlog::OpenKafkaLogPurger(
      {.brokers = cluster.brokers, .client_id = "plaza", .prefix = ""});
}

Result<std::unique_ptr<host::Service>> OpenToRebuild(const CityPaths& paths,
                                                     const std::string& service,
                                                     const std::vector<std::string>& args,
                                                     const store::Options& into,
                                                     const host::Deps& on) {
  CityConfig config;
  runtime::Config keys;
  const bool cluster = fs::exists(paths.cluster());
  PLAZA_RETURN_IF_ERROR(
      Load(paths, args, config, keys, cluster ? SettingsOf(paths, service) : "plaza.toml"));
  // The same facts again need the same flags in them; the lines were written long ago.
  host::Deps deps = on;
  deps.traces = {config.host.trace_sample_per_million, /*silent=*/true};
  if (service == "fare") {
    config.fare.db_path = into.path;
    config.fare.postgres = into.postgres;
    PLAZA_ASSIGN_OR_RETURN(auto opened, fare::Service::Open(config.fare, deps));
    return std::unique_ptr<host::Service>(std::move(opened));
  }
  if (service == "clearing") {
    config.clearing.db_path = into.path;
    config.clearing.postgres = into.postgres;
    PLAZA_ASSIGN_OR_RETURN(auto opened, clearing::Service::Open(config.clearing, deps));
    return std::unique_ptr<host::Service>(std::move(opened));
  }
  return Error(kNotRebuilt, "'" + service + "' does not follow from facts alone");
}

Result<RunningCity> FindRunning(const CityPaths& paths) {
  RunningCity city;
  if (!fs::exists(paths.cluster())) {
    PLAZA_ASSIGN_OR_RETURN(const host::Running running, host::ReadRunning(paths.running()));
    city.route.address = running.rpc_address;
    city.processes.push_back(running.rpc_address);
    return city;
  }
  PLAZA_ASSIGN_OR_RETURN(const ClusterFile cluster, ReadClusterFile(paths.cluster()));
  for (const ClusterFile::Process& process : cluster.processes) {
    // A server or a gate, not one of our services.
    if (process.running_file.empty() || process.service == kGateService) continue;
    PLAZA_ASSIGN_OR_RETURN(const host::Running running, host::ReadRunning(process.running_file));
    std::string& addresses = city.route.by_service[DoorOf(process.service)];
    addresses += (addresses.empty() ? "" : ",") + running.rpc_address;
    city.processes.push_back(running.rpc_address);
    // Any process answers for what all have, such as the dead letters of the log.
    city.route.address += (city.route.address.empty() ? "" : ",") + running.rpc_address;
  }
  return city;
}

Result<std::unique_ptr<CityConnection>> CityConnection::Open(const CityPaths& paths) {
  std::unique_ptr<CityConnection> connection(new CityConnection);
  auto running = FindRunning(paths);
  if (!running.ok()) {
    if (!fs::exists(paths.stores()) || fs::exists(paths.cluster())) return running.error();
    const std::string log_file = (paths.data / "cli.log").string();
    PLAZA_ASSIGN_OR_RETURN(connection->own_, City::Open(paths, {"--log.file", log_file}));
    PLAZA_RETURN_IF_ERROR(connection->own_->Start());
    running = FindRunning(paths);
    if (!running.ok()) return running.error();
  }
  PLAZA_ASSIGN_OR_RETURN(const rpc::TlsFiles tls, AdminCertificate(paths));
  PLAZA_ASSIGN_OR_RETURN(connection->client_,
                         rpc::Client::Connect({.route = running->route, .tls = tls}));
  return connection;
}

CityConnection::~CityConnection() { client_.reset(); }

}  // namespace plaza
