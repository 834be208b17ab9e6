// All services in one process: the embedded default. SQLite files for the stores and the log, one
// gRPC port for every door, one HTTP port for metrics and health.
//
// The vault shares the process here. That is for development and one machine; in a cluster it is a
// process of its own.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/result.h"
#include "libs/eventlog/purge.h"
#include "libs/host/service.h"
#include "libs/rpc/client.h"
#include "libs/store/db.h"

namespace plaza {

// Where a city keeps everything: <data>/{keys,tls,stores,gates}/ and <data>/serve.json while it
// runs.
struct CityPaths {
  std::filesystem::path data;
  // Stores that stand in for the city's own, by service: to audit one that was rebuilt.
  std::map<std::string, store::Options> instead{};
  std::filesystem::path keys() const { return data / "keys"; }
  std::filesystem::path tls() const { return data / "tls"; }
  std::filesystem::path stores() const { return data / "stores"; }
  std::filesystem::path gates() const { return data / "gates"; }
  std::filesystem::path running() const { return data / "serve.json"; }
  std::filesystem::path cluster() const { return data / "cluster.json"; }
  std::filesystem::path archive() const { return data / "archive"; }
  std::filesystem::path store(const std::string& service) const {
    return stores() / (service + ".db");
  }
};

// Where a service's data are: a file of the embedded city, or a database if the folder is a
// cluster's. For auditors.
Result<store::Options> StoreOf(const CityPaths& paths, const std::string& service);

// The city's log of facts, for reading beside what runs; a cluster's Kafka must be there.
Result<std::unique_ptr<eventlog::Log>> OpenLogReader(const CityPaths& paths);
Result<std::unique_ptr<eventlog::LogPurger>> OpenLogPurger(const CityPaths& paths);

// One service with the settings of the city's own (its configuration file, the environment,
// `args`), but on `deps.log` and with its data in `into`. NOT_REBUILT for a service that does not
// follow from facts alone (docs/operating/rebuild.md).
Result<std::unique_ptr<host::Service>> OpenToRebuild(const CityPaths& paths,
                                                     const std::string& service,
                                                     const std::vector<std::string>& args,
                                                     const store::Options& into,
                                                     const host::Deps& deps);

// The project's own files (tariffs, policy): $PLAZA_ROOT, else where this program was built.
std::filesystem::path ProjectRoot();

// Thread-safe after Open().
class City {
 public:
  // `args`: flags such as --config FILE and --rpc.address 127.0.0.1:0; `print_config` only prints.
  // Opens stores, makes development keys and certificates that are missing. Nothing is listening
  // yet.
  static Result<std::unique_ptr<City>> Open(const CityPaths& paths,
                                            const std::vector<std::string>& args);
  ~City();

  Result<void> Start();  // listens, then consumes; writes serve.json
  void
  Stop();  // refuses new calls, finishes those under way, carries the outboxes; removes serve.json
  int rpc_port() const;
  int http_port() const;

 private:
  City();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Every key with its value and origin, for `plaza serve --print-config`.
Result<std::string> DescribeConfig(const CityPaths& paths, const std::vector<std::string>& args);

// A connection to the city of `paths` as the development admin: to one that runs, else to one that
// is opened in this process for as long as the connection lives.
class CityConnection {
 public:
  static Result<std::unique_ptr<CityConnection>> Open(const CityPaths& paths);
  ~CityConnection();
  rpc::Client& client() { return *client_; }

 private:
  CityConnection() = default;
  std::unique_ptr<City> own_;
  std::unique_ptr<rpc::Client> client_;
};

// The development certificate of a client, made if it is not there.
Result<rpc::TlsFiles> AdminCertificate(const CityPaths& paths);
Result<rpc::TlsFiles> DepotCertificate(const CityPaths& paths);

// The doors of what runs in a folder: one process, or a cluster's.
struct RunningCity {
  rpc::Route route;
  std::vector<std::string> processes;  // the ops door of each
};
// NOT_RUNNING if there is none, or a process of the cluster has ended.
Result<RunningCity> FindRunning(const CityPaths& paths);

}  // namespace plaza
