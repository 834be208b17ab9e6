// The process around services: the log of facts, one gRPC port for every door, one HTTP port for
// metrics and health, start and stop in order.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/result.h"
#include "libs/host/service.h"
#include "libs/runtime/config.h"

namespace plaza::host {

struct Config {
  std::string rpc_address = "127.0.0.1:0";
  std::int64_t rpc_workers = 4;
  std::int64_t rpc_queue_max = 256;
  std::int64_t rpc_queue_bytes_max = rpc::kQueueBytesMax;
  std::string rpc_limits;  // rpc::RateRules::Parse; empty: none
  bool reflection = true;
  rpc::TlsFiles tls;
  rpc::TokenOptions tokens;  // without roles, which are those of token_roles
  std::string token_roles;   // "support,city-admin=admin"
  std::int64_t token_clock_skew_s = 60;
  std::string http_host = "127.0.0.1";
  std::int64_t http_port = 0;
  std::int64_t account_partitions = 4;
  std::string embedded_log;    // SQLite file; used if there are no brokers
  std::string kafka_brokers;   // "host:port,…"; the log is Kafka's then
  std::string member;          // among the copies that share its partitions; empty: it is alone
  std::string name = "plaza";  // in the brokers' logs
  std::string redis;           // host:port, for what copies share; empty: each by itself
  std::string redis_password;
  std::int64_t redis_db = 0;
  std::string redis_prefix = "plaza.";
  std::string log_level = "info";
  std::string log_file;
  std::int64_t trace_sample_per_million = 0;
  std::string running_file;  // written once all doors are open, removed at the end; empty: none

  // Declares the keys "rpc.…", "tls.…", "http.…", "eventlog.…", "cache.…", "log.…", "trace.…",
  // "host.…" with these defaults.
  void AddTo(runtime::Config& keys);
};

// What the running file says: a JSON object.
struct Running {
  std::string rpc_address;
  std::string http_address;
  int pid = 0;
};
// NOT_RUNNING if the file is absent or names a process that has ended.
Result<Running> ReadRunning(const std::filesystem::path& file);

// Thread-safe after Start().
class Host {
 public:
  // Opens the log and makes its topics; sets the process's logging. Redis need not be there.
  static Result<std::unique_ptr<Host>> Open(const Config& config);
  ~Host();
  Deps deps();
  // In the direction of the facts: each is stopped before those that read what it wrote.
  void Add(std::unique_ptr<Service> service);
  Result<void> Start();  // listens, then consumes, then writes the running file
  // Refuses new calls, finishes those under way, carries the outboxes. Idempotent.
  void Stop();
  int rpc_port() const;
  int http_port() const;

 private:
  Host();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The main program of a service's own binary. Flags: every key of `declare` and of Config,
// --config FILE, --print-config, --help, and --with-parent PID (ends when that process does).
// Returns what main returns.
struct Program {
  std::string name;        // "plaza-fare"
  bool card_data = false;  // then neither a core file nor a debugger may see this memory
  std::function<void(runtime::Config&)> declare;
  std::function<Result<std::unique_ptr<Service>>(const Deps&)> open;
};
int Run(int argc, char** argv, const Program& program);

}  // namespace plaza::host
