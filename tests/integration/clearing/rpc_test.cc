// Clearing's door: over TLS on loopback, for accountants only.
#include <gtest/gtest.h>

#include "libs/rpc/client.h"
#include "libs/rpc/dev_ca.h"
#include "libs/rpc/server.h"
#include "plaza/clearing/v1/clearing.pb.h"
#include "tests/integration/clearing/clearing_city.h"

namespace plaza::clearing {
namespace {

namespace pb = plaza::clearing::v1;
constexpr const char* kService = "plaza.clearing.v1.Clearing";
constexpr std::chrono::milliseconds kTimeout{20'000};

class ClearingDoor : public testing::Test {
 protected:
  void SetUp() override {
    auto log = eventlog::OpenEmbeddedLog({folder_.File("log.db"), true});
    ASSERT_TRUE(log.ok());
    log_ = std::move(*log);
    Writer writer(*log_);
    const Instant at = ParseMoment("2025-11-23T08:00:00-06:00")->instant;
    writer.Tap(1, 1, at);
    writer.Charge(1, 1, 1, at, {{"siteur", 1100}});
    writer.CutOffs("2025-11-23", at + Seconds(19 * 3600));
    auto service = Service::Open(TestConfig(folder_), {*log_, metrics_, kTestPartitions});
    ASSERT_TRUE(service.ok()) << service.error().ToString();
    service_ = std::move(*service);
    for (int round = 0; round < 10; ++round) {
      const Result<void> idle = service_->participant().RunUntilIdle();
      ASSERT_TRUE(idle.ok()) << idle.error().ToString();
      if (AnswerRequests(*log_, [](const auto& r) {
            return std::string(r.purpose() == ev::PURPOSE_AUTHORISATION ? "41" : "00");
          }) == 0) {
        break;
      }
    }
    ASSERT_TRUE(rpc::EnsureDevCa(folder_.File("ca")).ok());
    rpc::ServerOptions options;
    options.tls = Certificate("server", {});
    server_ = std::make_unique<rpc::Server>(options);
    service_->Register(*server_);
    const Result<int> port = server_->Start();
    ASSERT_TRUE(port.ok()) << port.error().ToString();
    address_ = "127.0.0.1:" + std::to_string(*port);
  }
  void TearDown() override {
    if (server_ != nullptr) server_->Stop(std::chrono::milliseconds(1000));
  }

  rpc::TlsFiles Certificate(const std::string& name, const std::set<std::string>& roles) {
    auto files = rpc::EnsureDevCertificate(folder_.File("ca"), name, roles, {});
    EXPECT_TRUE(files.ok()) << files.error().ToString();
    return *files;
  }
  template <class Response>
  Result<Response> Call(const char* method, const google::protobuf::Message& request,
                        const std::string& role = "accountant") {
    auto client = rpc::Client::Connect({address_, Certificate(role, {role}), "localhost"});
    EXPECT_TRUE(client.ok());
    return (*client)->Call<Response>(kService, method, request, kTimeout);
  }

  Folder folder_;
  std::unique_ptr<eventlog::Log> log_;
  runtime::Metrics metrics_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<rpc::Server> server_;
  std::string address_;
};

TEST_F(ClearingDoor, AnswersAccountants) {
  const auto trial =
      Call<pb::GetTrialBalanceResponse>("GetTrialBalance", pb::GetTrialBalanceRequest());
  ASSERT_TRUE(trial.ok()) << trial.error().ToString();
  EXPECT_EQ(trial->sum_minor(), 0);
  EXPECT_EQ(trial->rows(), 4);  // charge, apportion, payout, debt

  pb::ListSettlementsRequest of_day;
  of_day.set_business_day("2025-11-23");
  const auto settlements = Call<pb::ListSettlementsResponse>("ListSettlements", of_day);
  ASSERT_TRUE(settlements.ok());
  ASSERT_EQ(settlements->settlements_size(), 1);
  EXPECT_EQ(settlements->settlements(0).payout_minor(), 1100);

  const auto aggregates =
      Call<pb::ListAggregatesResponse>("ListAggregates", pb::ListAggregatesRequest());
  ASSERT_TRUE(aggregates.ok());
  ASSERT_EQ(aggregates->aggregates_size(), 1);
  EXPECT_EQ(aggregates->aggregates(0).state(), "debt");
  EXPECT_EQ(aggregates->aggregates(0).token(), RiderToken(1));
  EXPECT_EQ(aggregates->count_by_state().at("debt"), 1);

  const auto denied = Call<pb::ListDeniedResponse>("ListDenied", pb::ListDeniedRequest());
  ASSERT_TRUE(denied.ok());
  ASSERT_EQ(denied->denied_size(), 1);
  EXPECT_EQ(denied->denied(0).reason(), "debt");
  EXPECT_EQ(denied->deny_list_epoch(), 1U);

  const auto rebuilt =
      Call<pb::RebuildAndCompareResponse>("RebuildAndCompare", pb::RebuildAndCompareRequest());
  ASSERT_TRUE(rebuilt.ok());
  EXPECT_EQ(rebuilt->rows(), 4);
  EXPECT_EQ(rebuilt->differences_size(), 0);
}

TEST_F(ClearingDoor, RefusesOthersAndBadInput) {
  for (const char* role : {"support", "validator"}) {
    const auto refused =
        Call<pb::GetTrialBalanceResponse>("GetTrialBalance", pb::GetTrialBalanceRequest(), role);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), StatusCode::kPermissionDenied) << refused.error().ToString();
  }
  pb::ListSettlementsRequest request;
  request.set_business_day("yesterday");
  const auto bad = Call<pb::ListSettlementsResponse>("ListSettlements", request);
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().reason(), "BAD_DATE");
  pb::ListAggregatesRequest page;
  page.set_page_token("nonsense");
  const auto cursor = Call<pb::ListAggregatesResponse>("ListAggregates", page);
  ASSERT_FALSE(cursor.ok());
  EXPECT_EQ(cursor.error().reason(), "BAD_PAGE_TOKEN");
}

TEST(ClearingOpen, SaysWhatIsWrongWithThePolicy) {
  Folder folder;
  auto log = eventlog::OpenEmbeddedLog({folder.File("log.db"), true});
  runtime::Metrics metrics;
  Config config = TestConfig(folder);
  config.policy_dir = folder.File("none");
  const auto service = Service::Open(config, {**log, metrics, kTestPartitions});
  ASSERT_FALSE(service.ok());
  EXPECT_EQ(service.error().reason(), "BAD_POLICY");
  EXPECT_FALSE(std::filesystem::exists(config.db_path));
}

}  // namespace
}  // namespace plaza::clearing
