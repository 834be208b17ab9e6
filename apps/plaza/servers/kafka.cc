#include "apps/plaza/servers/kafka.h"

#include <signal.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "apps/plaza/servers/cache.h"
#include "apps/plaza/servers/errors.h"
#include "apps/plaza/servers/port.h"
#include "libs/base/digest.h"

namespace plaza::servers {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVersion = "4.3.1";
constexpr std::chrono::seconds kFormatTimeout{60};
constexpr std::chrono::seconds kStartTimeout{90};
constexpr std::chrono::seconds kStopTimeout{180};  // on a busy machine too

std::vector<std::string> Java(const std::string& class_path, const fs::path& folder) {
  return {"java",
          "-Xmx512m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Djava.io.tmpdir=" + folder.string(),
          "-cp",
          class_path};
}

std::string Local(int port) { return "127.0.0.1:" + std::to_string(port); }

// A listener's name is in capitals.
std::string ListenerOf(const std::string& client) {
  std::string name;
  for (const char c : client) name += c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

}  // namespace

Result<std::unique_ptr<Kafka>> Kafka::Start(const KafkaOptions& options) {
  const fs::path jars = CacheFolder() / ("kafka-" + std::string(kVersion));
  if (!fs::exists(jars)) {
    return Error(kServerMissing, "Apache Kafka's jars (./plaza build fetches them)", jars.string());
  }
  std::unique_ptr<Kafka> server(new Kafka(options));
  server->options_.folder = fs::absolute(options.folder);
  server->class_path_ = (jars / "*").string();
  server->nodes_.resize(Index(options.nodes));
  for (int node = 0; node < options.nodes; ++node) {
    PLAZA_RETURN_IF_ERROR(server->ChoosePorts(node));
  }
  for (int node = 0; node < options.nodes; ++node) {
    PLAZA_RETURN_IF_ERROR(server->WriteProperties(node));
    if (!fs::exists(server->FolderOf(node) / "data" / "meta.properties")) {
      PLAZA_RETURN_IF_ERROR(server->Format(node));
    }
    PLAZA_RETURN_IF_ERROR(server->Spawn(node));
  }
  for (int node = 0; node < options.nodes; ++node) {
    PLAZA_RETURN_IF_ERROR(server->AwaitReady(node));
  }
  return server;
}

fs::path Kafka::FolderOf(int node) const {
  return options_.nodes == 1 ? options_.folder : options_.folder / std::to_string(node);
}

std::string Kafka::brokers() const {
  std::string all;
  for (const Node& node : nodes_) all += (all.empty() ? "" : ",") + Local(node.port);
  return all;
}

std::string Kafka::brokers(const std::string& client) const {
  std::string all;
  for (const Node& node : nodes_) {
    const auto front = node.fronts.find(client);
    if (front == node.fronts.end()) return brokers();
    all += (all.empty() ? "" : ",") + front->second;
  }
  return all;
}

// Each broker keeps the leader's number as it knows it; the latest election counts.
int Kafka::Controller() const {
  int leader = 0;
  int epoch = -1;
  for (int node = 0; node < size(); ++node) {
    std::ifstream in(FolderOf(node) / "data" / "__cluster_metadata-0" / "quorum-state");
    const auto state = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
    if (!state.is_object() || state.value("leaderId", -1) < 1) continue;
    if (state.value("leaderEpoch", -1) <= epoch) continue;
    epoch = state.value("leaderEpoch", -1);
    leader = state.value("leaderId", 1) - 1;
  }
  return leader;
}

// The ports stay those of the first start: clients that wait for a broker that crashed find it
// again.
Result<void> Kafka::ChoosePorts(int node) {
  std::error_code failed;
  fs::create_directories(FolderOf(node), failed);
  if (failed) return Error(kServerFolder, failed.message(), FolderOf(node).string());
  Node& mine = nodes_[Index(node)];
  const auto taken = [&](int port) {
    return std::ranges::any_of(nodes_, [&](const Node& other) {
      return port == other.port || port == other.controller_port ||
             std::ranges::any_of(other.client_ports,
                                 [&](const auto& one) { return one.second == port; });
    });
  };
  const auto free_port = [&] {
    int port = FreePort();
    while (taken(port)) port = FreePort();
    return port;
  };
  const fs::path ports = FolderOf(node) / "ports";
  if (std::ifstream in(ports); !(in >> mine.port >> mine.controller_port)) {
    mine.port = free_port();
    mine.controller_port = free_port();
    std::ofstream(ports) << mine.port << " " << mine.controller_port << "\n";
  }
  for (const std::string& client : options_.clients) {
    const int port = mine.client_ports[client] = free_port();
    PLAZA_ASSIGN_OR_RETURN(mine.fronts[client], options_.front(client, node, Local(port)));
  }
  return {};
}

Result<void> Kafka::WriteProperties(int node) const {
  const Node& mine = nodes_[Index(node)];
  std::string voters;
  for (int i = 0; i < size(); ++i) {
    voters +=
        (i == 0 ? "" : ",") + std::to_string(i + 1) + "@" + Local(nodes_[Index(i)].controller_port);
  }
  std::string listeners = "PLAINTEXT://" + Local(mine.port);
  std::string advertised = listeners;
  std::string protocols = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT";
  for (const auto& [client, port] : mine.client_ports) {
    listeners += "," + ListenerOf(client) + "://" + Local(port);
    advertised += "," + ListenerOf(client) + "://" + mine.fronts.at(client);
    protocols += "," + ListenerOf(client) + ":PLAINTEXT";
  }
  const int replicas = std::min(size(), 3);
  const int in_sync = replicas == 3 ? 2 : 1;
  std::ofstream out(FolderOf(node) / "server.properties");
  out << "process.roles=broker,controller\n"
      << "node.id=" << node + 1 << "\n"
      << "controller.quorum.voters=" << voters << "\n"
      << "controller.listener.names=CONTROLLER\n"
      << "listeners=" << listeners << ",CONTROLLER://" << Local(mine.controller_port) << "\n"
      << "advertised.listeners=" << advertised << "\n"
      << "listener.security.protocol.map=" << protocols << "\n"
      << "log.dirs=" << (FolderOf(node) / "data").string() << "\n"
      << "default.replication.factor=" << replicas << "\n"
      << "min.insync.replicas=" << in_sync << "\n"
      << "offsets.topic.replication.factor=" << replicas << "\n"
      << "transaction.state.log.replication.factor=" << replicas << "\n"
      << "transaction.state.log.min.isr=" << in_sync << "\n"
      << "group.initial.rebalance.delay.ms=0\n"
      << "group.min.session.timeout.ms=1000\n"  // tests wait for a lost member
      << "offsets.topic.num.partitions=4\n"     // of many groups; we keep no offsets there
      << "auto.create.topics.enable=false\n"
      << "message.max.bytes=4194304\n"
      << "replica.fetch.max.bytes=4194304\n"
      // After kill -9 the broker's old registration has to time out before it is let in again.
      << "broker.session.timeout.ms=3000\n"
      << "broker.heartbeat.interval.ms=500\n"
      << "num.network.threads=2\n"
      << "num.io.threads=4\n"
      << "log.cleaner.dedupe.buffer.size=16777216\n";
  out.close();
  if (!out) return Error(kServerFolder, "it cannot be written", FolderOf(node).string());
  return {};
}

Result<void> Kafka::Format(int node) const {
  // A cluster's id is 16 bytes in base64 of URLs; 22 characters that stand for them.
  std::string id;
  for (const auto byte : Sha256(AsBytes(options_.folder.string()))) {
    id.push_back("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"[byte % 32]);
    if (id.size() == 21) break;
  }
  id.push_back('A');  // the last one carries two bits only
  std::vector<std::string> argv = Java(class_path_, FolderOf(node));
  argv.insert(argv.end(), {"kafka.tools.StorageTool", "format", "-t", id, "-c",
                           (FolderOf(node) / "server.properties").string()});
  return RunToEnd({.name = "Kafka's format", .argv = argv, .log_file = log_file(node)},
                  kFormatTimeout);
}

Result<void> Kafka::Spawn(int node) {
  std::vector<std::string> argv{"setpriv"};
  if (!options_.detached) argv.insert(argv.end(), {"--pdeathsig", "KILL"});
  argv.emplace_back("--");
  for (std::string& word : Java(class_path_, FolderOf(node))) argv.push_back(std::move(word));
  argv.insert(argv.end(), {"kafka.Kafka", (FolderOf(node) / "server.properties").string()});
  PLAZA_ASSIGN_OR_RETURN(nodes_[Index(node)].child, Child::Spawn({.name = "kafka",
                                                                  .argv = argv,
                                                                  .log_file = log_file(node),
                                                                  .environment = {},
                                                                  .detached = options_.detached}));
  return {};
}

Result<void> Kafka::AwaitReady(int node) {
  Node& mine = nodes_[Index(node)];
  return servers::AwaitReady(
      *mine.child, [&] { return Answers(mine.port); }, kStartTimeout);
}

// Java ends a JVM that was told to by SIGTERM with 143, however cleanly. All are told before any is
// waited for: the last ones of a quorum could not hand over their partitions to anybody.
Result<void> Kafka::Stop() {
  for (const Node& node : nodes_) node.child->Signal(SIGTERM);
  Result<void> first;
  for (const Node& node : nodes_) {
    const Result<void> ended = node.child->End(SIGTERM, kStopTimeout);
    if (!ended.ok() && node.child->exit_code() != 143 && first.ok()) first = ended;
  }
  return first;
}

void Kafka::Kill(int node) { nodes_[Index(node)].child->Kill(); }

Result<void> Kafka::StartAgain(int node) {
  PLAZA_RETURN_IF_ERROR(Spawn(node));
  return AwaitReady(node);
}

}  // namespace plaza::servers
