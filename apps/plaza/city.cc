#include "apps/plaza/city.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "apps/clock/config.h"
#include "apps/clock/service.h"
#include "apps/plaza/dev_keys.h"
#include "apps/plaza/errors.h"
#include "apps/plaza/ops.h"
#include "libs/eventlog/topics.h"
#include "libs/rpc/dev_ca.h"
#include "libs/runtime/config.h"
#include "libs/runtime/http.h"
#include "libs/runtime/log.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/process.h"
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

constexpr std::chrono::milliseconds kStopGrace{10'000};

struct CityConfig {
  std::string rpc_address = "127.0.0.1:0";
  std::string http_host = "127.0.0.1";
  std::int64_t http_port = 0;
  std::int64_t rpc_workers = 4;
  std::int64_t rpc_queue_max = 256;
  bool reflection = true;
  std::int64_t account_partitions = 4;
  std::string log_level = "info";
  std::string log_file;
  tap_ingest::Config tap_ingest;
  fare::Config fare;
  clearing::Config clearing;
  vault::Config vault;
  clock::Config clock;
};

void SetDefaults(const CityPaths& paths, CityConfig& config) {
  const fs::path data = ProjectRoot() / "data" / "guadalajara";
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
  keys.AddText("rpc.address", &config.rpc_address, "host:port of the gRPC doors; port 0 picks one");
  keys.AddInt("rpc.workers", &config.rpc_workers, 1, 256, "threads that handle calls");
  keys.AddInt("rpc.queue_max", &config.rpc_queue_max, 1, 100'000,
              "calls that may wait for a worker");
  keys.AddBool("rpc.reflection", &config.reflection, "server reflection, for development");
  keys.AddText("http.host", &config.http_host, "host of /metrics, /healthz and /readyz");
  keys.AddInt("http.port", &config.http_port, 0, 65'535, "port of the same; 0 picks one");
  keys.AddInt("log.partitions", &config.account_partitions, 1, 16,
              "partitions of the topics keyed by account; divides 16");
  keys.AddText("log.level", &config.log_level, "debug, info, warning or error");
  keys.AddText("log.file", &config.log_file, "where logs go; empty: standard error");
  config.tap_ingest.AddTo(keys);
  config.fare.AddTo(keys);
  config.clearing.AddTo(keys);
  config.vault.AddTo(keys);
  config.clock.AddTo(keys);
}

Result<void> Load(const CityPaths& paths, const std::vector<std::string>& args, CityConfig& config,
                  runtime::Config& keys) {
  SetDefaults(paths, config);
  Declare(config, keys);
  return keys.Load(args, (paths.data / "plaza.toml").string(), runtime::ProcessEnvironment());
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

Result<runtime::LogLevel> ParseLevel(const std::string& text) {
  if (text == "debug") return runtime::LogLevel::kDebug;
  if (text == "info") return runtime::LogLevel::kInfo;
  if (text == "warning") return runtime::LogLevel::kWarning;
  if (text == "error") return runtime::LogLevel::kError;
  static constexpr ErrorKind kBadLevel{StatusCode::kInvalidArgument, "BAD_VALUE",
                                       "Give debug, info, warning or error."};
  return Error(kBadLevel, "'" + text + "' is no log level", "log.level");
}

// The pid in serve.json if that process lives, else 0.
pid_t RunningPid(const CityPaths& paths) {
  std::ifstream in(paths.running());
  if (!in) return 0;
  const auto json = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object()) return 0;
  const pid_t pid = json.value("pid", 0);
  return pid > 0 && kill(pid, 0) == 0 ? pid : 0;
}

}  // namespace

fs::path ProjectRoot() {
  const char* root = std::getenv("PLAZA_ROOT");
  return root != nullptr ? fs::path(root) : fs::path(PLAZA_SOURCE_DIR);
}

// Members are destroyed in reverse order: the server before the services, the services before the
// log.
struct City::Impl {
  CityPaths paths;
  CityConfig config;
  runtime::Metrics metrics;
  std::unique_ptr<eventlog::Log> log;
  std::unique_ptr<clock::Service> clock;
  std::unique_ptr<tap_ingest::Service> tap_ingest;
  std::unique_ptr<fare::Service> fare;
  std::unique_ptr<clearing::Service> clearing;
  std::unique_ptr<vault::Service> vault;
  std::unique_ptr<Ops> ops;
  std::unique_ptr<rpc::Server> server;
  std::unique_ptr<runtime::HttpPort> http;
  int rpc_port = 0;
  int http_port = 0;
  bool started = false;

  Result<void> OpenServices();
  void MakeServer(const rpc::TlsFiles& tls);
  Result<void> WriteRunning() const;
};

Result<void> City::Impl::OpenServices() {
  PLAZA_ASSIGN_OR_RETURN(log, eventlog::OpenEmbeddedLog({.path = paths.store("log")}));
  const int partitions = static_cast<int>(config.account_partitions);
  PLAZA_RETURN_IF_ERROR(log->CreateTopics(eventlog::CityTopics(partitions)));
  PLAZA_ASSIGN_OR_RETURN(clock, clock::Service::Open(config.clock, {*log, metrics, partitions}));
  PLAZA_ASSIGN_OR_RETURN(tap_ingest,
                         tap_ingest::Service::Open(config.tap_ingest, {*log, metrics, partitions}));
  PLAZA_ASSIGN_OR_RETURN(fare, fare::Service::Open(config.fare, {*log, metrics, partitions}));
  PLAZA_ASSIGN_OR_RETURN(clearing,
                         clearing::Service::Open(config.clearing, {*log, metrics, partitions}));
  PLAZA_ASSIGN_OR_RETURN(vault, vault::Service::Open(config.vault, {*log, metrics, partitions}));
  ops = std::make_unique<Ops>(std::vector<eventlog::Participant*>{
      &clock->participant(), &tap_ingest->participant(), &fare->participant(),
      &clearing->participant(), &vault->participant()});
  return {};
}

void City::Impl::MakeServer(const rpc::TlsFiles& tls) {
  rpc::ServerOptions options;
  options.address = config.rpc_address;
  options.tls = tls;
  options.workers = static_cast<int>(config.rpc_workers);
  options.queue_max = static_cast<int>(config.rpc_queue_max);
  options.reflection = config.reflection;
  server = std::make_unique<rpc::Server>(options);
  clock->Register(*server);
  tap_ingest->Register(*server);
  fare->Register(*server);
  clearing->Register(*server);
  vault->Register(*server);
  ops->Register(*server);
}

// Written whole under another name first, so that a reader never sees half of it.
Result<void> City::Impl::WriteRunning() const {
  const std::string host = config.rpc_address.substr(0, config.rpc_address.rfind(':'));
  const nlohmann::json json{{"address", host + ":" + std::to_string(rpc_port)},
                            {"http", config.http_host + ":" + std::to_string(http_port)},
                            {"pid", getpid()}};
  const fs::path next = paths.running().string() + ".next";
  std::ofstream(next) << json.dump() << "\n";
  std::error_code failed;
  fs::rename(next, paths.running(), failed);
  if (failed) return Error(kBadFolder, failed.message(), paths.running().string());
  return {};
}

City::City() : impl_(std::make_unique<Impl>()) {}
City::~City() { Stop(); }

Result<std::unique_ptr<City>> City::Open(const CityPaths& paths,
                                         const std::vector<std::string>& args) {
  if (const pid_t pid = RunningPid(paths); pid != 0 && pid != getpid()) {
    return Error(kAlreadyRunning, "process " + std::to_string(pid) + " serves this folder",
                 paths.data.string());
  }
  std::unique_ptr<City> city(new City);
  Impl& impl = *city->impl_;
  impl.paths = paths;
  runtime::Config keys;
  PLAZA_RETURN_IF_ERROR(Load(paths, args, impl.config, keys));
  PLAZA_ASSIGN_OR_RETURN(const runtime::LogLevel level, ParseLevel(impl.config.log_level));
  runtime::SetLogLevel(level);
  if (!impl.config.log_file.empty()) runtime::SetLogFile(impl.config.log_file);
  PLAZA_RETURN_IF_ERROR(MakeFolders(paths));
  PLAZA_RETURN_IF_ERROR(EnsureDevKeys(paths.keys()));
  PLAZA_RETURN_IF_ERROR(rpc::EnsureDevCa(paths.tls()));
  PLAZA_ASSIGN_OR_RETURN(const rpc::TlsFiles tls,
                         rpc::EnsureDevCertificate(paths.tls(), "server", {"server"}, {}));
  PLAZA_RETURN_IF_ERROR(impl.OpenServices());
  impl.MakeServer(tls);
  return city;
}

Result<void> City::Start() {
  Impl& impl = *impl_;
  PLAZA_ASSIGN_OR_RETURN(impl.rpc_port, impl.server->Start());
  impl.http = std::make_unique<runtime::HttpPort>(
      impl.metrics, [this] { return impl_->started ? std::string() : std::string("starting"); });
  PLAZA_ASSIGN_OR_RETURN(impl.http_port, impl.http->Start(impl.config.http_host,
                                                          static_cast<int>(impl.config.http_port)));
  impl.clock->Start();
  impl.tap_ingest->Start();
  impl.fare->Start();
  impl.clearing->Start();
  impl.vault->Start();
  impl.started = true;
  impl.server->SetReady(true);
  return impl.WriteRunning();
}

void City::Stop() {
  Impl& impl = *impl_;
  if (impl.server == nullptr || !impl.started) return;
  impl.started = false;
  impl.server->SetReady(false);
  impl.server->Stop(kStopGrace);
  if (impl.http) impl.http->Stop();
  // In the direction of the facts, so that each one's outbox is carried before its readers stop.
  impl.clock->Stop();
  impl.tap_ingest->Stop();
  impl.fare->Stop();
  impl.clearing->Stop();
  impl.vault->Stop();
  std::error_code ignored;  // a file that is left is recognised by its dead pid
  fs::remove(impl.paths.running(), ignored);
}

int City::rpc_port() const { return impl_->rpc_port; }
int City::http_port() const { return impl_->http_port; }

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

Result<std::string> RunningAddress(const CityPaths& paths) {
  if (RunningPid(paths) == 0)
    return Error(kNotRunning, "no city is served from it", paths.data.string());
  std::ifstream in(paths.running());
  const auto json = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Error(kNotRunning, "it cannot be read", paths.running().string());
  return json.value("address", std::string());
}

Result<std::unique_ptr<CityConnection>> CityConnection::Open(const CityPaths& paths) {
  std::unique_ptr<CityConnection> connection(new CityConnection);
  auto address = RunningAddress(paths);
  if (!address.ok()) {
    if (!fs::exists(paths.stores())) return address.error();
    const std::string log_file = (paths.data / "cli.log").string();
    PLAZA_ASSIGN_OR_RETURN(connection->own_, City::Open(paths, {"--log.file", log_file}));
    PLAZA_RETURN_IF_ERROR(connection->own_->Start());
    address = RunningAddress(paths);
    if (!address.ok()) return address.error();
  }
  PLAZA_ASSIGN_OR_RETURN(const rpc::TlsFiles tls, AdminCertificate(paths));
  PLAZA_ASSIGN_OR_RETURN(connection->client_,
                         rpc::Client::Connect({.address = *address, .tls = tls}));
  return connection;
}

CityConnection::~CityConnection() { client_.reset(); }

}  // namespace plaza
