// The conformance suite on a real Kafka: one broker for the whole program, a prefix of topics a
// test.
#include <atomic>

#include "apps/plaza/servers/kafka.h"
#include "libs/eventlog/kafka_log.h"
#include "tests/contract/eventlog/backend.h"
#include "tests/support/temp_folder.h"

namespace plaza::eventlog::contract {
namespace {

servers::Kafka& Broker() {
  static const testing::TempFolder folder;
  static const auto broker = [] {
    auto started = servers::Kafka::Start({.folder = folder.path()});
    if (!started.ok()) ADD_FAILURE() << started.error().ToString();
    return std::move(started).value();
  }();
  return *broker;
}

class KafkaBackend : public Backend {
 public:
  explicit KafkaBackend(std::string member) {
    static std::atomic<int> count{0};
    options_.brokers = Broker().brokers();
    options_.prefix = "test" + std::to_string(++count) + ".";
    options_.member = std::move(member);
  }
  Result<Log*> Reopen() override {
    log_.reset();
    PLAZA_ASSIGN_OR_RETURN(log_, OpenKafkaLog(options_));
    return log_.get();
  }

 private:
  KafkaOptions options_;
  std::unique_ptr<Log> log_;
};

}  // namespace

std::vector<BackendFactory> Backends() {
  return {{"kafka", [] { return std::make_unique<KafkaBackend>(""); }},
          {"kafka_group", [] { return std::make_unique<KafkaBackend>("member"); }}};
}

}  // namespace plaza::eventlog::contract
