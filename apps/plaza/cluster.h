// A cluster on this machine: each service in processes of its own, over a real PostgreSQL and a
// real Kafka. For plaza up, plaza demo --cluster, and the tests that break things.
//
// Everything lies in the city's folder: cluster.json, run/ (configuration, running file and log of
// each process), postgres/, kafka/.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "apps/plaza/city.h"
#include "apps/plaza/cluster_file.h"
#include "apps/plaza/server_process.h"
#include "apps/plaza/servers/kafka.h"
#include "apps/plaza/servers/postgres.h"
#include "apps/plaza/servers/prometheus.h"
#include "apps/plaza/servers/redis.h"
#include "apps/plaza/servers/small_disk.h"
#include "apps/plaza/servers/toxiproxy.h"

namespace plaza {

// What a test wants to break beyond processes.
struct Breakable {
  // Each service reaches PostgreSQL and each broker, and the gates each service, through a proxy of
  // its own: links "fare-to-postgres", "fare-to-kafka-0", "gates-to-fare".
  bool links = false;
  // PostgreSQL and Kafka keep their data on a small disk each, in memory (needs root); 0: on the
  // folder's.
  std::uint64_t disk_bytes = 0;
  bool clocks = false;  // the services' clocks can jump (Debian package faketime)
};

struct ClusterOptions {
  CityPaths paths;
  int account_partitions = 4;
  int validators = 0;  // fixed gates, each a process with a reader for simulated cards
  int copies = 1;      // of each service: "fare-1", "fare-2", …; one alone is just "fare"
  // Settings of services, as "clock.mode" → "sim".
  std::map<std::string, std::string> settings;
  // Keys that are not written though the cluster would: programs of an older build do not know
  // them.
  std::set<std::string> keys_left_out;
  std::filesystem::path programs;  // folder of plaza-fare and the others; empty: this program's
  bool detached = false;           // it outlives this process (plaza up)
  bool sync_to_disk = true;        // of PostgreSQL; false for tests that do not kill it
  bool prometheus = false;         // scrapes all services
  bool temporary = false;          // PostgreSQL's data are removed at the end
  int kafka_nodes = 1;
  Breakable breakable;
};

// Not thread-safe.
class Cluster {
 public:
  // Says what it is doing through `say`. What has been started is ended if a later step fails.
  static Result<std::unique_ptr<Cluster>> Start(const ClusterOptions& options,
                                                const std::function<void(const std::string&)>& say);
  ~Cluster();
  // Services end in the direction of the facts, then the servers.
  Result<void> StopServices();
  Result<void> Stop();
  // "fare", "clearing", …; with several copies "fare-1", …
  ServerProcess& service(const std::string& name) { return *services_.at(name); }
  // Of all services, in the direction of the facts.
  static std::vector<std::string> ProcessNames(int copies);
  int copies() const { return options_.copies; }
  servers::Postgres& postgres() { return *postgres_; }
  servers::Kafka& kafka() { return *kafka_; }
  servers::Redis& redis() { return *redis_; }
  servers::Prometheus& prometheus() { return *prometheus_; }  // if asked for

  // What can be broken, if asked for (cluster_breakable.cc).
  const servers::Toxiproxy& proxies() const { return *proxies_; }
  servers::SmallDisk& disk(const std::string& server) { return *disks_.at(server); }
  // From now on, and for processes that are started later.
  Result<void> SetClock(const std::string& process, std::chrono::seconds ahead) const;
  // Starts another process in its place, with the same store, and leads the gates there; returns
  // the old one, which still runs if it ran. Of a cluster with links. `program`: another build's;
  // empty: the same.
  Result<std::unique_ptr<ServerProcess>> Replace(const std::string& process,
                                                 const std::filesystem::path& program = {});
  // Addresses of services, comma-separated, as the gates are to use them.
  std::string Outside(std::string addresses) const;

 private:
  explicit Cluster(ClusterOptions options) : options_(std::move(options)) {}
  Result<void> StartServers(const std::function<void(const std::string&)>& say);
  Result<void> MakeBreakable();
  Result<std::vector<std::string>> ClockEnvironment(const std::string& process) const;
  std::filesystem::path ClockFile(const std::string& process) const;
  Result<void> StartRedis();
  Result<std::string> PasswordFor(const std::string& whom) const;
  Result<void> MakeDatabases();
  Result<void> StartServices(const std::function<void(const std::string&)>& say);
  Result<void> StartGates(const std::function<void(const std::string&)>& say);
  void AddGates(std::vector<ClusterFile::Process>& processes) const;
  std::filesystem::path Programs() const;
  Result<void> StartPrometheus(const std::function<void(const std::string&)>& say);
  Result<void> StartAll(const std::function<void(const std::string&)>& say);
  std::vector<ClusterFile::Process> Processes() const;
  Result<void> WriteFile() const;
  Result<std::filesystem::path> WriteSettings(const std::string& service, const std::string& copy,
                                              const rpc::TlsFiles& tls) const;
  Result<void> StartCopy(const std::string& service, const std::string& copy);

  ClusterOptions options_;
  std::map<std::string, std::unique_ptr<servers::SmallDisk>> disks_;  // outlive what lies on them
  std::unique_ptr<servers::Toxiproxy> proxies_;
  std::map<std::string, std::string> postgres_links_;  // process → where its proxy listens
  std::map<std::string, std::string> outside_;         // address of a process → of its proxy
  std::map<std::string, ServerProcess::Options> process_options_;
  std::unique_ptr<servers::Postgres> postgres_;
  std::unique_ptr<servers::Kafka> kafka_;
  std::unique_ptr<servers::Redis> redis_;
  std::unique_ptr<servers::Prometheus> prometheus_;
  std::map<std::string, std::string> databases_;
  std::map<std::string, std::unique_ptr<ServerProcess>> services_;  // by name of the process
  std::map<std::string, std::unique_ptr<ServerProcess>> gates_;     // by id
};

// Whether the process still runs; another that has its pid by now does not count.
bool Lives(const ClusterFile::Process& process);

// What plaza down does: ends every process of the folder's cluster that still lives, services
// first.
Result<void> StopDetachedCluster(const CityPaths& paths,
                                 const std::function<void(const std::string&)>& say);

}  // namespace plaza
