#include "libs/host/host.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "libs/eventlog/kafka_log.h"
#include "libs/eventlog/topics.h"
#include "libs/host/errors.h"
#include "libs/host/ops.h"
#include "libs/runtime/http.h"
#include "libs/runtime/log.h"

namespace plaza::host {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kStopGrace{10'000};

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
    return eventlog::OpenKafkaLog(options);
  }
  if (!config.embedded_log.empty()) {
    return eventlog::OpenEmbeddedLog({.path = config.embedded_log});
  }
  return Error(kNoLog, "no log of facts is configured");
}

}  // namespace

void Config::AddTo(runtime::Config& keys) {
  keys.AddText("rpc.address", &rpc_address, "host:port of the gRPC doors; port 0 picks one");
  keys.AddInt("rpc.workers", &rpc_workers, 1, 256, "threads that handle calls");
  keys.AddInt("rpc.queue_max", &rpc_queue_max, 1, 100'000, "calls that may wait for a worker");
  keys.AddInt("rpc.queue_bytes_max", &rpc_queue_bytes_max, rpc::kRequestBytesMax,
              std::int64_t{1} << 40, "octets of requests that may wait or be handled");
  keys.AddBool("rpc.reflection", &reflection, "server reflection, for development");
  keys.AddText("tls.ca", &tls.ca_pem, "PEM file of the CA of all services and clients");
  keys.AddText("tls.certificate", &tls.cert_pem, "PEM file of this server's certificate");
  keys.AddText("tls.key", &tls.key_pem, "PEM file of its private key");
  keys.AddText("http.host", &http_host, "host of /metrics, /healthz and /readyz");
  keys.AddInt("http.port", &http_port, 0, 65'535, "port of the same; 0 picks one");
  keys.AddText("eventlog.path", &embedded_log, "SQLite file of the embedded log of facts");
  keys.AddText("eventlog.brokers", &kafka_brokers, "Kafka's brokers, host:port,…; empty: embedded");
  keys.AddInt("eventlog.partitions", &account_partitions, 1, 16,
              "partitions of the topics keyed by account; divides 16");
  keys.AddText("log.level", &log_level, "debug, info, warning or error");
  keys.AddText("log.file", &log_file, "where logs go; empty: standard error");
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
  std::unique_ptr<rpc::Server> server;
  std::unique_ptr<runtime::HttpPort> http;
  int rpc_port = 0;
  int http_port = 0;
  std::atomic<bool> started = false;

  void MakeServer();
  Result<void> WriteRunning() const;
};

void Host::Impl::MakeServer() {
  rpc::ServerOptions options;
  options.address = config.rpc_address;
  options.tls = config.tls;
  options.workers = static_cast<int>(config.rpc_workers);
  options.queue_max = static_cast<int>(config.rpc_queue_max);
  options.queue_bytes_max = config.rpc_queue_bytes_max;
  options.reflection = config.reflection;
  server = std::make_unique<rpc::Server>(options);
  server->SetMetrics(metrics);
  std::vector<eventlog::Participant*> participants;
  for (const auto& service : services) {
    service->Register(*server);
    participants.push_back(&service->participant());
  }
  ops = std::make_unique<Ops>(std::move(participants));
  ops->Register(*server);
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
  PLAZA_ASSIGN_OR_RETURN(impl.log, OpenLog(config));
  PLAZA_RETURN_IF_ERROR(
      impl.log->CreateTopics(eventlog::CityTopics(static_cast<int>(config.account_partitions))));
  return host;
}

Deps Host::deps() {
  return {*impl_->log, impl_->metrics, static_cast<int>(impl_->config.account_partitions)};
}

void Host::Add(std::unique_ptr<Service> service) { impl_->services.push_back(std::move(service)); }

Result<void> Host::Start() {
  Impl& impl = *impl_;
  impl.MakeServer();
  PLAZA_ASSIGN_OR_RETURN(impl.rpc_port, impl.server->Start());
  impl.http = std::make_unique<runtime::HttpPort>(
      impl.metrics, [&impl] { return std::string(impl.started ? "" : "starting"); });
  PLAZA_ASSIGN_OR_RETURN(impl.http_port, impl.http->Start(impl.config.http_host,
                                                          static_cast<int>(impl.config.http_port)));
  for (const auto& service : impl.services) service->Start();
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
  for (const auto& service : impl.services) service->Stop();
  if (impl.config.running_file.empty()) return;
  std::error_code ignored;  // a file that is left is recognised by its dead pid
  fs::remove(impl.config.running_file, ignored);
}

int Host::rpc_port() const { return impl_->rpc_port; }
int Host::http_port() const { return impl_->http_port; }

}  // namespace plaza::host
