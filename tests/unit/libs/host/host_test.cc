#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "libs/host/errors.h"
#include "libs/host/host.h"
#include "libs/rpc/client.h"
#include "libs/rpc/dev_ca.h"
#include "libs/rpc/dev_tokens.h"
#include "plaza/ops/v1/ops.pb.h"
#include "tests/support/temp_folder.h"

namespace plaza::host {
namespace {

using plaza::testing::TempFolder;

// A service without facts or doors of its own, that notes what is done to it.
class Quiet : public Service {
 public:
  Quiet(std::unique_ptr<eventlog::Participant> participant, std::vector<std::string>& notes,
        std::string name)
      : participant_(std::move(participant)), notes_(notes), name_(std::move(name)) {}
  void Register(rpc::Server&) override { notes_.push_back("register " + name_); }
  void Start() override {
    notes_.push_back("start " + name_);
    participant_->Start();
  }
  void Stop() override {
    notes_.push_back("stop " + name_);
    participant_->Stop();
  }
  eventlog::Participant& participant() override { return *participant_; }

 private:
  std::unique_ptr<eventlog::Participant> participant_;
  std::vector<std::string>& notes_;
  std::string name_;
};

class HostTest : public ::testing::Test {
 protected:
  HostTest() {
    const std::string tls = (folder_.path() / "tls").string();
    EXPECT_TRUE(rpc::EnsureDevCa(tls).ok());
    config_.tls = rpc::EnsureDevCertificate(tls, "server", {"server"}, {}).value();
    admin_ = rpc::EnsureDevCertificate(tls, "admin", {"admin"}, {}).value();
    config_.embedded_log = folder_.path() / "log.db";
    config_.running_file = folder_.path() / "running.json";
  }

  std::unique_ptr<Service> Make(const Deps& deps, const std::string& name) {
    eventlog::ParticipantOptions options;
    options.name = name;
    options.store.path = folder_.path() / (name + ".db");
    options.account_partitions = deps.account_partitions;
    return std::make_unique<Quiet>(
        eventlog::Participant::Open(deps.log, std::move(options)).value(), notes_, name);
  }

  TempFolder folder_;
  Config config_;
  rpc::TlsFiles admin_;
  std::vector<std::string> notes_;
};

TEST_F(HostTest, OpensDoorsSaysWhereAndStopsInOrder) {
  {
    const auto host = Host::Open(config_).value();
    host->Add(Make(host->deps(), "first"));
    host->Add(Make(host->deps(), "second"));
    EXPECT_TRUE(ReadRunning(config_.running_file).error().Is(kNotRunning));
    ASSERT_TRUE(host->Start().ok());
    const Running running = ReadRunning(config_.running_file).value();
    EXPECT_EQ(running.pid, getpid());
    EXPECT_EQ(running.rpc_address, "127.0.0.1:" + std::to_string(host->rpc_port()));
    EXPECT_EQ(running.http_address, "127.0.0.1:" + std::to_string(host->http_port()));

    const auto client = rpc::Client::Connect({.route = running.rpc_address, .tls = admin_}).value();
    const auto progress = client->Call<ops::v1::GetProgressResponse>(
        "plaza.ops.v1.Ops", "GetProgress", ops::v1::GetProgressRequest(), std::chrono::seconds(30));
    ASSERT_TRUE(progress.ok()) << progress.error().ToString();
    EXPECT_EQ(progress->consumers_size(), 2);
    EXPECT_TRUE(progress->idle());
    host->Stop();
    host->Stop();
    EXPECT_TRUE(ReadRunning(config_.running_file).error().Is(kNotRunning));
  }
  EXPECT_THAT(notes_, ::testing::ElementsAre("register first", "register second", "start first",
                                             "start second", "stop first", "stop second"));
}

TEST_F(HostTest, ARunningFileOfADeadProcessIsNotRunning) {
  // The highest pid that Linux gives is 4194304.
  std::ofstream(config_.running_file) << R"({"address":"127.0.0.1:1","pid":4194305})";
  EXPECT_TRUE(ReadRunning(config_.running_file).error().Is(kNotRunning));
  std::ofstream(config_.running_file) << "half a fi";
  EXPECT_TRUE(ReadRunning(config_.running_file).error().Is(kNotRunning));
}

TEST_F(HostTest, TakesTokensAsConfigured) {
  const std::string issuer = folder_.path() / "issuer";
  ASSERT_TRUE(rpc::AddDevTokenKey(issuer).ok());
  const auto start = [&](const std::string& roles) {
    Config config = config_;
    runtime::Config keys;
    config.AddTo(keys);
    EXPECT_TRUE(keys.Load({"--rpc.jwt.keys", issuer + "/jwks.json", "--rpc.jwt.issuer", "plaza-dev",
                           "--rpc.jwt.audience", "plaza", "--rpc.jwt.roles", roles,
                           "--rpc.jwt.clock_skew_s", "300"},
                          "", {})
                    .ok());
    auto host = Host::Open(config).value();
    const auto started = host->Start();
    return std::pair(std::move(host),
                     started.ok() ? std::string() : std::string(started.error().reason()));
  };
  EXPECT_EQ(start("validator").second, "BAD_TOKEN_OPTIONS");
  EXPECT_EQ(start("").second, "BAD_TOKEN_OPTIONS");
  const auto [host, refusal] = start("boss=admin,support");
  ASSERT_EQ(refusal, "");
  const auto call = [&, port = host->rpc_port()](const std::string& role,
                                                 std::chrono::seconds ago) {
    const std::string token =
        rpc::MintDevToken(issuer, {.subject = "ana", .roles = {role}, .lifetime = {}},
                          std::chrono::system_clock::now() - ago)
            .value();
    const auto client = rpc::Client::Connect({.route = "127.0.0.1:" + std::to_string(port),
                                              .tls = {admin_.ca_pem, "", ""},
                                              .token = token})
                            .value();
    const auto progress = client->Call<ops::v1::GetProgressResponse>(
        "plaza.ops.v1.Ops", "GetProgress", ops::v1::GetProgressRequest(), std::chrono::seconds(30));
    return progress.ok() ? "ok" : std::string(progress.error().reason());
  };
  // Valid for no time at all, but for the skew of 300 s.
  EXPECT_EQ(call("boss", std::chrono::seconds(100)), "ok");
  EXPECT_EQ(call("boss", std::chrono::seconds(400)), "TOKEN_EXPIRED");
  EXPECT_EQ(call("admin", std::chrono::seconds(0)), "ROLE_NEEDED");
}

TEST_F(HostTest, SaysWhatIsMissing) {
  Config none = config_;
  none.embedded_log.clear();
  EXPECT_TRUE(Host::Open(none).error().Is(kNoLog));
  Config level = config_;
  level.log_level = "loud";
  EXPECT_TRUE(Host::Open(level).error().Is(kBadLogLevel));
}

TEST_F(HostTest, LimitsCallersAsConfigured) {
  config_.rpc_limits = "admin@plaza.ops.v1.Ops/GetProgress=1/1000000, support=1/1";
  config_.redis = "127.0.0.1:1";  // nobody is there, which nobody notices
  const auto host = Host::Open(config_).value();
  host->Add(Make(host->deps(), "only"));
  ASSERT_TRUE(host->Start().ok());
  const std::string address = ReadRunning(config_.running_file)->rpc_address;
  const auto tls = rpc::EnsureDevCertificate((folder_.path() / "tls").string(), "helper",
                                             {"support", "admin"}, {});
  const auto client = rpc::Client::Connect({.route = address, .tls = tls.value()}).value();
  for (int i = 0; i < 20; ++i) {
    const auto progress = client->Call<ops::v1::GetProgressResponse>(
        "plaza.ops.v1.Ops", "GetProgress", ops::v1::GetProgressRequest(), std::chrono::seconds(30));
    EXPECT_TRUE(progress.ok()) << progress.error().ToString();
  }
}

TEST_F(HostTest, SaysWhichLimitOrRedisIsNone) {
  Config limits = config_;
  limits.rpc_limits = "admin=often";
  EXPECT_EQ(Host::Open(limits).error().reason(), "BAD_RATE_LIMIT");
  Config redis = config_;
  redis.rpc_limits = "admin=1/1";
  redis.redis = "6379";
  EXPECT_EQ(Host::Open(redis).error().reason(), "BAD_CACHE_ADDRESS");
}

TEST_F(HostTest, ARunningFileThatCannotBeWrittenIsAnError) {
  config_.running_file = folder_.path() / "no such folder" / "running.json";
  const auto host = Host::Open(config_).value();
  const auto started = host->Start();
  ASSERT_FALSE(started.ok());
  EXPECT_TRUE(started.error().Is(kBadRunningFile));
}

}  // namespace
}  // namespace plaza::host
