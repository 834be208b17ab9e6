#include "apps/plaza/servers/kafka.h"

#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "apps/plaza/servers/errors.h"
#include "apps/plaza/servers/port.h"
#include "libs/base/digest.h"

namespace plaza::servers {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVersion = "4.3.1";
constexpr std::chrono::seconds kFormatTimeout{60};
constexpr std::chrono::seconds kStartTimeout{90};
constexpr std::chrono::seconds kStopTimeout{60};
constexpr std::chrono::milliseconds kPoll{50};

// Where ./plaza keeps what it fetched.
fs::path JarFolder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const fs::path base = cache != nullptr && *cache != '\0'
                            ? fs::path(cache)
                            : fs::path(home == nullptr ? "/tmp" : home) / ".cache";
  return base / "plaza" / ("kafka-" + std::string(kVersion));
}

std::vector<std::string> Java(const std::string& class_path, const fs::path& folder) {
  return {"java",
          "-Xmx512m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Djava.io.tmpdir=" + folder.string(),
          "-cp",
          class_path};
}

}  // namespace

Result<std::unique_ptr<Kafka>> Kafka::Start(const KafkaOptions& options) {
  const fs::path jars = JarFolder();
  if (!fs::exists(jars)) {
    return Error(kServerMissing, "Apache Kafka's jars (./plaza build fetches them)", jars.string());
  }
  std::unique_ptr<Kafka> server(new Kafka(options));
  server->options_.folder = fs::absolute(options.folder);
  std::error_code failed;
  fs::create_directories(server->options_.folder, failed);
  if (failed) return Error(kServerFolder, failed.message(), server->options_.folder.string());
  server->class_path_ = (jars / "*").string();
  PLAZA_RETURN_IF_ERROR(server->WriteProperties());
  if (!fs::exists(server->options_.folder / "data" / "meta.properties")) {
    PLAZA_RETURN_IF_ERROR(server->Format());
  }
  PLAZA_RETURN_IF_ERROR(server->Spawn());
  return server;
}

// The ports stay those of the first start: clients that wait for a broker that crashed find it
// again.
Result<void> Kafka::WriteProperties() {
  const fs::path ports = options_.folder / "ports";
  if (std::ifstream in(ports); !(in >> port_ >> controller_port_)) {
    port_ = FreePort();
    do {
      controller_port_ = FreePort();
    } while (controller_port_ == port_);
    std::ofstream(ports) << port_ << " " << controller_port_ << "\n";
  }
  const std::string broker = "127.0.0.1:" + std::to_string(port_);
  const std::string controller = "127.0.0.1:" + std::to_string(controller_port_);
  std::ofstream out(options_.folder / "server.properties");
  out << "process.roles=broker,controller\n"
      << "node.id=1\n"
      << "controller.quorum.voters=1@" << controller << "\n"
      << "controller.listener.names=CONTROLLER\n"
      << "listeners=PLAINTEXT://" << broker << ",CONTROLLER://" << controller << "\n"
      << "advertised.listeners=PLAINTEXT://" << broker << "\n"
      << "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n"
      << "log.dirs=" << (options_.folder / "data").string() << "\n"
      << "offsets.topic.replication.factor=1\n"
      << "transaction.state.log.replication.factor=1\n"
      << "transaction.state.log.min.isr=1\n"
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
  if (!out) return Error(kServerFolder, "it cannot be written", options_.folder.string());
  return {};
}

Result<void> Kafka::Format() {
  // A cluster's id is 16 bytes in base64 of URLs; 22 characters that stand for them.
  std::string id;
  for (const auto byte : Sha256(AsBytes(options_.folder.string()))) {
    id.push_back("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"[byte % 32]);
    if (id.size() == 21) break;
  }
  id.push_back('A');  // the last one carries two bits only
  std::vector<std::string> argv = Java(class_path_, options_.folder);
  argv.insert(argv.end(), {"kafka.tools.StorageTool", "format", "-t", id, "-c",
                           (options_.folder / "server.properties").string()});
  return RunToEnd({.name = "Kafka's format", .argv = argv, .log_file = log_file()}, kFormatTimeout);
}

Result<void> Kafka::Spawn() {
  std::vector<std::string> argv{"setpriv"};
  if (!options_.detached) argv.insert(argv.end(), {"--pdeathsig", "KILL"});
  argv.emplace_back("--");
  for (std::string& word : Java(class_path_, options_.folder)) argv.push_back(std::move(word));
  argv.insert(argv.end(), {"kafka.Kafka", (options_.folder / "server.properties").string()});
  PLAZA_ASSIGN_OR_RETURN(child_, Child::Spawn({.name = "kafka",
                                               .argv = argv,
                                               .log_file = log_file(),
                                               .environment = {},
                                               .detached = options_.detached}));
  const auto give_up = std::chrono::steady_clock::now() + kStartTimeout;
  while (!Answers(port_)) {
    if (child_->Ended()) {
      return Error(kServerNotReady, "Kafka ended while starting", log_file().string());
    }
    if (std::chrono::steady_clock::now() >= give_up) {
      child_->Kill();
      return Error(kServerNotReady, "Kafka did not answer in time", log_file().string());
    }
    std::this_thread::sleep_for(kPoll);
  }
  return {};
}

// Java ends a JVM that was told to by SIGTERM with 143, however cleanly.
Result<void> Kafka::Stop() {
  const Result<void> ended = child_->End(SIGTERM, kStopTimeout);
  if (ended.ok() || child_->exit_code() == 143) return {};
  return ended.error();
}

void Kafka::Kill() { child_->Kill(); }

Result<void> Kafka::StartAgain() { return Spawn(); }

}  // namespace plaza::servers
