// tap-ingest on a real store, log and server over loopback TLS, in a folder of its own.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/hex.h"
#include "libs/emv/journal/tap_record.h"
#include "libs/emv/vsam/vsam.h"
#include "libs/eventlog/log.h"
#include "libs/eventlog/topics.h"
#include "libs/rpc/client.h"
#include "libs/rpc/dev_ca.h"
#include "libs/rpc/server.h"
#include "libs/runtime/metrics.h"
#include "plaza/events/v1/events.pb.h"
#include "plaza/tap_ingest/v1/tap_ingest.pb.h"
#include "services/tap-ingest/service.h"
#include "tests/support/store_place.h"

namespace plaza::tap_ingest::harness {

inline constexpr int kPartitions = 4;
inline constexpr std::string_view kService = "plaza.tap_ingest.v1.TapIngest";
inline constexpr std::chrono::milliseconds kTimeout{30'000};
inline constexpr Instant kNoon{1'795'000'000'000};
inline const emv::Key256 kMacBase = {1, 2, 3, 4, 5, 6, 7};

class TempFolder {
 public:
  TempFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "plaza-tap-XXXXXX").string();
    PLAZA_CHECK(mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A service with its log and its server. `folder` outlives it and may have held one before. With
// `store_folder` it is another process on that one's store, with a log of its own.
class Node {
 public:
  explicit Node(const std::string& folder, int workers = 4, Config config = {},
                const std::string& store_folder = {}) {
    std::ofstream(folder + "/mac.key") << ToHex(kMacBase) << "\n";
    log_ = std::move(eventlog::OpenEmbeddedLog({folder + "/log.db", true}).value());
    const auto topics = eventlog::CityTopics(kPartitions);
    PLAZA_CHECK(log_->CreateTopics(topics).ok());
    config.db_path = (store_folder.empty() ? folder : store_folder) + "/tap-ingest.db";
    config.postgres = store_place::ConninfoFor(config.db_path);
    config.mac_base_key_file = folder + "/mac.key";
    service_ = std::move(Service::Open(config, {*log_, metrics_, kPartitions}).value());
    PLAZA_CHECK(rpc::EnsureDevCa(folder).ok());
    rpc::ServerOptions options;
    options.tls = rpc::EnsureDevCertificate(folder, "server", {}, {}).value();
    options.workers = workers;
    server_ = std::make_unique<rpc::Server>(options);
    service_->Register(*server_);
    port_ = server_->Start().value();
  }
  ~Node() {
    server_->Stop(std::chrono::milliseconds(5000));
    service_->Stop();
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  Service& service() { return *service_; }
  eventlog::Log& log() { return *log_; }
  runtime::Metrics& metrics() { return metrics_; }
  int port() const { return port_; }

 private:
  runtime::Metrics metrics_;
  std::unique_ptr<eventlog::Log> log_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<rpc::Server> server_;
  int port_ = 0;
};

// A TLS handshake on a busy machine may need more than one attempt. Any answer will do, a refusal
// too.
inline void WaitUntilReached(rpc::Client& client) {
  const auto deadline = std::chrono::steady_clock::now() + kTimeout;
  for (;;) {
    const auto response = client.Call<v1::GetDenyListResponse>(kService, "GetDenyList",
                                                               v1::GetDenyListRequest(), kTimeout);
    if (response.ok() || response.error().code() != StatusCode::kUnavailable) return;
    PLAZA_CHECK(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

inline std::unique_ptr<rpc::Client> ClientOf(const std::string& folder, int port,
                                             const std::string& name,
                                             const std::set<std::string>& roles,
                                             const std::set<std::string>& validators) {
  rpc::ClientOptions options;
  options.route.address = "127.0.0.1:" + std::to_string(port);
  options.tls = rpc::EnsureDevCertificate(folder, name, roles, validators).value();
  auto client = std::move(rpc::Client::Connect(options).value());
  WaitUntilReached(*client);
  return client;
}

inline emv::TapRecord TapOf(const std::string& validator, std::uint64_t sequence,
                            std::uint8_t card) {
  emv::TapRecord record;
  record.validator_id = validator;
  record.sequence = sequence;
  record.event_time = kNoon + Seconds(static_cast<std::int64_t>(sequence));
  record.stop_id = "MT1-JUAREZ";
  record.decision = emv::Decision::kAccepted;
  record.token_epoch = 1;
  record.token.emplace().fill(card);
  record.chip_data = {0x9F, 0x36, 0x02, 0x00, 0x01};
  return record;
}

inline std::string Sign(const emv::TapRecord& record, const emv::Key256& mac_base = kMacBase) {
  const emv::MacKey key(emv::DeriveMacKey(mac_base, record.validator_id));
  Bytes octets = emv::EncodeUnsigned(record);
  const emv::Mac mac = key.Sign(octets);
  return ToString(emv::AppendMac(std::move(octets), mac));
}

// Every event of a topic.
inline std::vector<events::v1::Event> EventsOf(eventlog::Log& log, std::string_view topic) {
  std::vector<events::v1::Event> events;
  const int partitions = log.PartitionCount(topic).value();
  for (int partition = 0; partition < partitions; ++partition) {
    const eventlog::TopicPartition from{std::string(topic), partition};
    const std::int64_t end = log.EndOffset(from).value();
    for (std::int64_t at = 0; at < end;) {
      const auto records = log.Fetch(from, at, 1000, std::chrono::milliseconds(0)).value();
      for (const auto& stored : records) {
        PLAZA_CHECK(events.emplace_back().ParseFromString(stored.record.value));
      }
      at = records.back().offset + 1;
    }
  }
  return events;
}

inline void AppendEvent(eventlog::Log& log, std::string_view topic,
                        const events::v1::Event& event) {
  eventlog::AppendBatch batch;
  batch.to = {std::string(topic), 0};
  batch.records.push_back({"key", event.SerializeAsString()});
  PLAZA_CHECK(log.Append(std::vector<eventlog::AppendBatch>{batch}).ok());
}

inline v1::RegisterValidatorRequest Registration(const std::string& request_id,
                                                 const std::vector<std::string>& validators) {
  v1::RegisterValidatorRequest request;
  request.set_request_id(request_id);
  for (const std::string& id : validators) {
    v1::Validator& validator = *request.add_validators();
    validator.set_validator_id(id);
    validator.set_operator_id("mitren");
    validator.set_stop_id("MT1-JUAREZ");
    validator.set_enrolled_from_ms(kNoon.unix_ms);
  }
  return request;
}

}  // namespace plaza::tap_ingest::harness
