// What each hop of a cluster costs while something runs on it: processor time as the kernel counts
// it, and the time in which the hop had something to do, looked at every 100 ms.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "apps/plaza/cluster.h"
#include "libs/rpc/client.h"

namespace plaza::bench {

struct HopCosts {
  // Processor seconds, user and system, all copies of a service together. PostgreSQL's sessions go
  // by their database: "postgres:fare"; "postgres" is the rest of that server (WAL, checkpoints,
  // sessions that have ended). "gates" is this process: it replays, and asks whether all are idle.
  std::map<std::string, double> cpu_seconds;
  // Of the looks, those at which any copy of the service had a lag or outbox rows.
  std::map<std::string, double> busy_share;
};

// From its making to Stop(). Not thread-safe. The cluster must outlive it.
class HopMeter {
 public:
  HopMeter(Cluster& cluster, const rpc::TlsFiles& admin);
  ~HopMeter();
  HopCosts Stop();

 private:
  struct Door {
    std::string service;
    std::unique_ptr<rpc::Client> client;
  };
  void Look();
  Cluster& cluster_;
  std::vector<Door> doors_;
  std::map<std::string, double> cpu_before_;
  std::map<std::string, int> busy_looks_;
  int looks_ = 0;
  std::atomic<bool> stop_{false};
  std::thread looking_;
};

}  // namespace plaza::bench
