// A real Apache Kafka of its own on this machine, one broker or several, in KRaft mode: loopback,
// ports that were free, data in a folder. For plaza up, the demo on a cluster, and tests.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/plaza/servers/child.h"
#include "libs/base/result.h"

namespace plaza::servers {

struct KafkaOptions {
  std::filesystem::path folder;
  bool detached = false;  // it outlives this object
  int nodes = 1;          // brokers, each of them a controller too; topics have up to 3 replicas
  // Clients that come through a proxy. A broker tells a client where to find all brokers, so each
  // such client has a listener of its own; `front` puts something before an address
  // ("127.0.0.1:9092") for a client and a broker (from 0), and returns where that listens.
  std::vector<std::string> clients{};
  std::function<Result<std::string>(const std::string& client, int node, const std::string& to)>
      front{};
};

// Not thread-safe.
class Kafka {
 public:
  // Formats the folder if it is empty, starts the brokers, waits until they take connections. A
  // folder keeps its ports. SERVER_MISSING (java, or the jars), SERVER_NOT_READY.
  static Result<std::unique_ptr<Kafka>> Start(const KafkaOptions& options);

  std::string brokers() const;                           // "host:port,…"
  std::string brokers(const std::string& client) const;  // as one of `clients`, else as above
  int size() const { return static_cast<int>(nodes_.size()); }
  std::filesystem::path log_file(int node = 0) const { return FolderOf(node) / "kafka.log"; }
  pid_t pid(int node = 0) const {
    return nodes_.empty() || nodes_[Index(node)].child == nullptr
               ? 0
               : nodes_[Index(node)].child->pid();
  }
  int Controller() const;  // the broker that leads the others, by what they have written last
  Result<void> Stop();
  void Kill(int node = 0);  // a crash
  Result<void> StartAgain(int node = 0);
  Child& process(int node = 0) { return *nodes_[Index(node)].child; }

 private:
  struct Node {
    int port = 0;
    int controller_port = 0;
    std::map<std::string, std::string> fronts;  // by client: where the proxy listens
    std::map<std::string, int> client_ports;
    std::unique_ptr<Child> child;
  };
  explicit Kafka(KafkaOptions options) : options_(std::move(options)) {}
  static std::size_t Index(int node) { return static_cast<std::size_t>(node); }
  std::filesystem::path FolderOf(int node) const;
  Result<void> ChoosePorts(int node);
  Result<void> WriteProperties(int node) const;
  Result<void> Format(int node) const;
  Result<void> Spawn(int node);
  Result<void> AwaitReady(int node);
  KafkaOptions options_;
  std::string class_path_;
  std::vector<Node> nodes_;
};

}  // namespace plaza::servers
