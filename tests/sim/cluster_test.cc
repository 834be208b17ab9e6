// The same city on a cluster: services as processes of their own over PostgreSQL and Kafka. The
// same taps give the same money, also when any process is killed while they flow.
#include <gtest/gtest.h>
#include <httplib.h>

#include <chrono>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "plaza/ops/v1/ops.pb.h"
#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

// One recorded day and what the embedded city makes of it, shared.
class ClusterRuns : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder;
    run_ = new FinishedRun(SimulateDay(folder_->path(), /*seed=*/11, Recording()));
  }
  static void TearDownTestSuite() {
    delete run_;
    delete folder_;
  }
  static std::string Recording() { return (folder_->path() / "day.rec").string(); }
  static void ExpectTheSame(const AuditReport& audit, const std::string& what) {
    EXPECT_EQ(Broken(audit), "") << what;
    EXPECT_EQ(audit.money_digest, run_->audit.money_digest) << what;
    EXPECT_EQ(audit.book_digest, run_->audit.book_digest) << what;
  }
  static TempFolder* folder_;
  static FinishedRun* run_;
};
TempFolder* ClusterRuns::folder_ = nullptr;
FinishedRun* ClusterRuns::run_ = nullptr;

TEST_F(ClusterRuns, TheSameTapsGiveTheSameMoney) {
  citysim::ReplayOptions options;
  options.shuffle_seed = 3;
  options.repeat_percent = 20;
  options.pace = false;
  const struct {
    const char* partitions;
    int copies;
  } table[] = {{"1", 1}, {"16", 3}, {"1", 3}};
  for (const auto& row : table) {
    const TempFolder folder;
    const AuditReport audit = ReplayRecording(
        folder.path(), Recording(), options, {"--eventlog.partitions", row.partitions}, row.copies);
    ExpectTheSame(audit, std::string(row.partitions) + " partitions, " +
                             std::to_string(row.copies) + " of each service");
  }
}

// What a query gives, by the label `service`; empty while Prometheus has nothing.
std::map<std::string, double> Query(const std::string& address, const std::string& query) {
  httplib::Client client("http://" + address);
  std::map<std::string, double> values;
  const auto answer = client.Get("/api/v1/query", httplib::Params{{"query", query}}, {});
  if (!answer || answer->status != 200) return values;
  const auto json = nlohmann::json::parse(answer->body);
  for (const auto& row : json["data"]["result"]) {
    values[row["metric"].value("service", "")] = std::stod(row["value"][1].get<std::string>());
  }
  return values;
}

TEST(ClusterMetrics, PrometheusScrapesEveryService) {
  const TempFolder folder;
  ClusterOptions options;
  options.paths.data = folder.path() / "city";
  options.programs = std::filesystem::path(Program()).parent_path();
  options.temporary = true;
  options.prometheus = true;
  const auto cluster = Cluster::Start(options, [](const std::string&) {});
  ASSERT_TRUE(cluster.ok()) << cluster.error().ToString();
  // Each answers a call, so that each has something to tell.
  const auto running = FindRunning(options.paths);
  ASSERT_TRUE(running.ok());
  const auto admin = AdminCertificate(options.paths).value();
  for (const std::string& address : running->processes) {
    const auto client = rpc::Client::Connect({.route = address, .tls = admin}).value();
    const auto progress = client->Call<ops::v1::GetProgressResponse>(
        "plaza.ops.v1.Ops", "GetProgress", ops::v1::GetProgressRequest(), std::chrono::seconds(30));
    ASSERT_TRUE(progress.ok()) << progress.error().ToString();
  }
  const std::string prometheus = (*cluster)->prometheus().address();
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::map<std::string, double> calls;
  while (calls.size() < 5 && std::chrono::steady_clock::now() < give_up) {
    calls = Query(prometheus, "sum by (service) (plaza_rpc_requests_total)");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  std::vector<std::string> services;
  for (const auto& [service, count] : calls) {
    services.push_back(service);
    EXPECT_GE(count, 1) << service;
  }
  EXPECT_EQ(services,
            (std::vector<std::string>{"clearing", "clock", "fare", "tap-ingest", "vault"}));
  httplib::Client client("http://" + prometheus);
  const auto rules = client.Get("/api/v1/rules");
  ASSERT_TRUE(rules);
  EXPECT_NE(rules->body.find("\"PlazaConsumerBehind\""), std::string::npos);
  EXPECT_TRUE((*cluster)->Stop().ok());
}

// As a person types them. Each process outlives the command that started it, and none is left.
TEST(ClusterVerbs, UpStatusDownAndUpAgain) {
  const TempFolder folder;
  const CityPaths paths{folder.path() / "city"};
  const auto plaza = [&](const std::string& verb, const std::vector<std::string>& more = {}) {
    servers::Child::Options command;
    command.name = "plaza " + verb;
    command.argv = {Program(), verb, "--data", paths.data.string()};
    command.argv.insert(command.argv.end(), more.begin(), more.end());
    command.log_file = folder.path() / "verbs.log";
    return servers::RunToEnd(command, std::chrono::minutes(3));
  };
  EXPECT_FALSE(plaza("status").ok());  // nothing is there yet
  for (int round = 0; round < 2; ++round) {
    const auto up = plaza("up", {"--validators", "2"});
    ASSERT_TRUE(up.ok()) << up.error().ToString();
    EXPECT_TRUE(plaza("status").ok());
    // Whoever has just gone through does not do so again.
    const std::vector<std::string> tap{"--gate", "GDL-G0002", "--card", std::to_string(round)};
    EXPECT_TRUE(plaza("tap", tap).ok());
    EXPECT_FALSE(plaza("tap", tap).ok());
    EXPECT_FALSE(plaza("up").ok());  // it runs already
    const auto file = ReadClusterFile(paths.cluster());
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(file->processes.size(), 11U);
    for (const auto& process : file->processes) EXPECT_TRUE(Lives(process)) << process.name;
    EXPECT_TRUE(plaza("down").ok());
    for (const auto& process : file->processes) EXPECT_FALSE(Lives(process)) << process.name;
    EXPECT_FALSE(plaza("status").ok());
  }
  // PostgreSQL's data lie elsewhere (apps/plaza/servers/postgres.h), and stay for the next `up`.
  std::ifstream mark(paths.data / "postgres" / "made");
  std::string home;
  ASSERT_TRUE(std::getline(mark, home));
  std::filesystem::remove_all(home);
}

}  // namespace
}  // namespace plaza::testing
