#include "libs/host/host.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "libs/cache/redis_cache.h"
#include "libs/eventlog/kafka_log.h"
#include "libs/eventlog/topics.h"
#include "libs/host/dead_letters.h"
#include "libs/host/errors.h"
#include "libs/host/host_metrics.h"
#include "libs/host/limit_sharing.h"
#include "libs/host/ops.h"
#include "libs/rpc/limiter.h"
#include "libs/runtime/http.h"
#include "libs/runtime/log.h"
#include "libs/runtime/process.h"

namespace plaza::host {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kStopGrace{10'000};
constexpr std::chrono::milliseconds kSharingTimeMax{500};  // no call waits for it

Result<runtime::LogLevel> ParseLevel(const std::string& text) {
  if (text == "debug") return runtime::LogLevel::kDebug;
  if (text == "info") return runtime::LogLevel::kInfo;
  if (text == "warning") return runtime::LogLevel::kWarning;
  if (text == "error") return runtime::LogLevel::kError;
  return Error(kBadLogLevel, "'" + text + "' is no log level", "log.level");
}

Result<std::unique_ptr<eventlog::Log>> OpenLog(const Config& config) {
  if (!config.kafka_brokers.empty()) {
    eventlog::KafkaOptions options;
    options.brokers = config.kafka_brokers;
    options.client_id = config.name;
    options.member = config.member;
    return eventlog::OpenKafkaLog(options);
  }
  if (!config.embedded_log.empty()) {
    return eventlog::OpenEmbeddedLog({.path = config.embedded_log});
  }
  return Error(kNoLog, "no log of facts is configured");
}

// Whose disk fills up: that of the log and, in a cluster, of the process's own files.
std::vector<fs::path> FoldersOf(const Config& config) {
  std::vector<fs::path> folders;
  for (const std::string& file : {config.embedded_log, config.running_file, config.log_file}) {
    if (file.empty()) continue;
    const fs::path folder = fs::absolute(file).parent_path();
    if (std::ranges::find(folders, folder) == folders.end()) folders.push_back(folder);
  }
  return folders;
}

}  // namespace

void Config::AddTo(runtime::Config& keys) {
  keys.AddText("rpc.address", &rpc_address, "host:port of the gRPC doors; port 0 picks one");
  keys.AddInt("rpc.workers", &rpc_workers, 1, 256, "threads that handle calls");
  keys.AddInt("rpc.queue_max", &rpc_queue_max, 1, 100'000, "calls that may wait for a worker");
  keys.AddInt("rpc.queue_bytes_max", &rpc_queue_bytes_max, rpc::kRequestBytesMax,
              std::int64_t{1} << 40, "octets of requests that may wait or be handled");
  keys.AddText("rpc.limits", &rpc_limits,
               "how often callers may call: ROLE=CALLS_A_SECOND/AT_ONCE or "
               "ROLE@SERVICE/METHOD=…, with commas between; empty: no limits");
  keys.AddBool("rpc.reflection", &reflection, "server reflection, for development");
  keys.AddText("rpc.jwt.keys", &tokens.jwks_file,
               "JWK set file of the keys that sign callers' tokens; empty: no tokens");
  keys.AddText("rpc.jwt.issuer", &tokens.issuer, "iss that a token must have");
  keys.AddText("rpc.jwt.audience", &tokens.audience, "aud that a token must have");
  keys.AddText("rpc.jwt.roles_claim", &tokens.roles_claim, "the claim that lists a token's roles");
  keys.AddText("rpc.jwt.roles", &token_roles,
               "roles that may come by token, and ours for them: support,city-admin=admin");
  keys.AddInt("rpc.jwt.clock_skew_s", &token_clock_skew_s, 0, 300,
              "how far the issuer's clock may be off, in seconds");
  keys.AddText("tls.ca", &tls.ca_pem, "PEM file of the CA of all services and clients");
  keys.AddText("tls.certificate", &tls.cert_pem, "PEM file of this server's certificate");
  keys.AddText("tls.key", &tls.key_pem, "PEM file of its private key");
  keys.AddText("http.host", &http_host, "host of /metrics, /healthz and /readyz");
  keys.AddInt("http.port", &http_port, 0, 65'535, "port of the same; 0 picks one");
  keys.AddText("eventlog.path", &embedded_log, "SQLite file of the embedded log of facts");
  keys.AddText("eventlog.brokers", &kafka_brokers, "Kafka's brokers, host:port,…; empty: embedded");
  keys.AddText("eventlog.member", &member,
               "this copy's name, unlike those of the service's other copies, and kept over a "
               "restart; empty: there is one copy");
  keys.AddInt("eventlog.partitions", &account_partitions, 1, 16,
              "partitions of the topics keyed by account; divides 16");
  keys.AddText("cache.redis", &redis,
               "host:port of the Redis that copies of a service share; empty: each by itself");
  keys.AddSecret("cache.password", &redis_password, "its password; empty: none");
  keys.AddInt("cache.db", &redis_db, 0, 1'000'000, "number of its database");
  keys.AddText("cache.prefix", &redis_prefix, "of the keys there; the program's name follows it");
  keys.AddText("log.level", &log_level, "debug, info, warning or error");
  keys.AddText("log.file", &log_file, "where logs go; empty: standard error");
  keys.AddInt("trace.sample_per_million", &trace_sample_per_million, 0, 1'000'000,
              "of so many taps each step is logged, for plaza trace; the same in all services");
  keys.AddText("host.running_file", &running_file,
               "JSON file with addresses and pid, while the doors are open");
}

Result<Running> ReadRunning(const fs::path& file) {
  std::ifstream in(file);
  if (!in) return Error(kNotRunning, "there is no such file", file.string());
  const auto json = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object()) {
    return Error(kNotRunning, "it is not a JSON object", file.string());
  }
  Running running;
  running.rpc_address = json.value("address", std::string());
  running.http_address = json.value("http", std::string());
  running.pid = json.value("pid", 0);
  if (running.pid <= 0 || kill(running.pid, 0) != 0) {
    return Error(kNotRunning, "process " + std::to_string(running.pid) + " has ended",
                 file.string());
  }
  return running;
}

// Members are destroyed in reverse order: the server before the services, those before the log.
struct Host::Impl {
  Config config;
  runtime::Metrics metrics;
  std::unique_ptr<eventlog::Log> log;
  std::vector<std::unique_ptr<Service>> services;
  std::unique_ptr<Ops> ops;
  std::unique_ptr<rpc::Limiter> limiter;
  std::unique_ptr<LimitSharing> sharing;
  runtime::WallClock clock;
  std::unique_ptr<DeadLetters> dead_letters;
  std::unique_ptr<HostMetrics> host_metrics;
  std::unique_ptr<rpc::Server> server;
  std::unique_ptr<runtime::HttpPort> http;
  int rpc_port = 0;
  int http_port = 0;
  std::atomic<bool> started = false;

  Result<void> MakeLimiter();
  Result<void> MakeServer();
  Result<void> WriteRunning() const;
};

// Nothing uses Redis but the limits.
Result<void> Host::Impl::MakeLimiter() {
  PLAZA_ASSIGN_OR_RETURN(rpc::RateRules rules, rpc::RateRules::Parse(config.rpc_limits));
  if (rules.all().empty()) return {};
  limiter = std::make_unique<rpc::Limiter>(std::move(rules), metrics);
  if (config.redis.empty()) return {};
  cache::RedisOptions options;
  options.address = config.redis;
  options.password = config.redis_password;
  options.db = static_cast<int>(config.redis_db);
  options.prefix = config.redis_prefix + config.name + ".";
  options.call_time_max = kSharingTimeMax;
  PLAZA_ASSIGN_OR_RETURN(auto redis, cache::OpenRedisCache(std::move(options), metrics));
  sharing = std::make_unique<LimitSharing>(*limiter, std::move(redis));
  return {};
}

Result<void> Host::Impl::MakeServer() {
  rpc::ServerOptions options;
  options.address = config.rpc_address;
  options.tls = config.tls;
  options.workers = static_cast<int>(config.rpc_workers);
  options.queue_max = static_cast<int>(config.rpc_queue_max);
  options.queue_bytes_max = config.rpc_queue_bytes_max;
  options.reflection = config.reflection;
  options.tokens = config.tokens;
  options.tokens.clock_skew = std::chrono::seconds(config.token_clock_skew_s);
  if (!options.tokens.jwks_file.empty()) {
    PLAZA_ASSIGN_OR_RETURN(options.tokens.roles, rpc::ParseTokenRoles(config.token_roles));
  }
  server = std::make_unique<rpc::Server>(options);
  server->SetMetrics(metrics);
  if (limiter != nullptr) server->SetLimiter(*limiter);
  std::vector<eventlog::Participant*> participants;
  for (const auto& service : services) {
    service->Register(*server);
    participants.push_back(&service->participant());
  }
  host_metrics = std::make_unique<HostMetrics>(metrics, participants, FoldersOf(config));
  host_metrics->SetCertificates(config.tls);
  host_metrics->SetServer(*server);
  ops = std::make_unique<Ops>(std::move(participants));
  ops->Register(*server);
  const auto topics = eventlog::CityTopics(static_cast<int>(config.account_partitions));
  dead_letters = std::make_unique<DeadLetters>(*log, topics, clock);
  dead_letters->Register(*server);
  return {};
}

// Written whole under another name first, so that a reader never sees half of it.
Result<void> Host::Impl::WriteRunning() const {
  if (config.running_file.empty()) return {};
  const std::string host = config.rpc_address.substr(0, config.rpc_address.rfind(':'));
  const nlohmann::json json{{"address", host + ":" + std::to_string(rpc_port)},
                            {"http", config.http_host + ":" + std::to_string(http_port)},
                            {"pid", getpid()}};
  const fs::path next = config.running_file + ".next";
  std::ofstream out(next);
  out << json.dump() << "\n";
  out.close();
  if (!out) return Error(kBadRunningFile, "it cannot be written", next.string());
  std::error_code failed;
  fs::rename(next, config.running_file, failed);
  if (failed) return Error(kBadRunningFile, failed.message(), config.running_file);
  return {};
}

Host::Host() : impl_(std::make_unique<Impl>()) {}
Host::~Host() { Stop(); }

Result<std::unique_ptr<Host>> Host::Open(const Config& config) {
  PLAZA_ASSIGN_OR_RETURN(const runtime::LogLevel level, ParseLevel(config.log_level));
  runtime::SetLogLevel(level);
  if (!config.log_file.empty()) runtime::SetLogFile(config.log_file);
  std::unique_ptr<Host> host(new Host);
  Impl& impl = *host->impl_;
  impl.config = config;
  PLAZA_RETURN_IF_ERROR(impl.MakeLimiter());
  PLAZA_ASSIGN_OR_RETURN(impl.log, OpenLog(config));
  PLAZA_RETURN_IF_ERROR(
      impl.log->CreateTopics(eventlog::CityTopics(static_cast<int>(config.account_partitions))));
  return host;
}

Deps Host::deps() {
  const Config& config = impl_->config;
  return {*impl_->log,
          impl_->metrics,
          static_cast<int>(config.account_partitions),
          {.sample_per_million = config.trace_sample_per_million}};
}

void Host::Add(std::unique_ptr<Service> service) { impl_->services.push_back(std::move(service)); }

Result<void> Host::Start() {
  Impl& impl = *impl_;
  PLAZA_RETURN_IF_ERROR(impl.MakeServer());
  PLAZA_ASSIGN_OR_RETURN(impl.rpc_port, impl.server->Start());
  impl.http = std::make_unique<runtime::HttpPort>(
      impl.metrics, [&impl] { return std::string(impl.started ? "" : "starting"); });
  PLAZA_ASSIGN_OR_RETURN(impl.http_port, impl.http->Start(impl.config.http_host,
                                                          static_cast<int>(impl.config.http_port)));
  for (const auto& service : impl.services) service->Start();
  impl.host_metrics->Start();
  impl.started = true;
  impl.server->SetReady(true);
  return impl.WriteRunning();
}

void Host::Stop() {
  Impl& impl = *impl_;
  if (!impl.started.exchange(false)) return;
  impl.server->SetReady(false);
  impl.server->Stop(kStopGrace);
  impl.http->Stop();
  impl.host_metrics->Stop();
  for (const auto& service : impl.services) service->Stop();
  if (impl.config.running_file.empty()) return;
  std::error_code ignored;  // a file that is left is recognised by its dead pid
  fs::remove(impl.config.running_file, ignored);
}

int Host::rpc_port() const { return impl_->rpc_port; }
int Host::http_port() const { return impl_->http_port; }

}  // namespace plaza::host
