// Calls that are made again, and those that are not.
#include "libs/rpc/client.h"

#include <gmock/gmock.h>
#include <plaza/probe/v1/probe.pb.h>

#include <atomic>

#include "libs/rpc/errors.h"
#include "libs/rpc/limits.h"
#include "tests/unit/libs/rpc/fixture.h"

namespace plaza::rpc {
namespace {

using probe::v1::ProbeRequest;
using probe::v1::ProbeResponse;

constexpr char kProbe[] = "plaza.probe.v1.Probe";
constexpr ErrorKind kStoreAway{StatusCode::kUnavailable, "STORE_AWAY", "Wait for the store."};
constexpr ErrorKind kOutOfPaper{StatusCode::kFailedPrecondition, "OUT_OF_PAPER", ""};

class ClientTest : public RpcTest {
 protected:
  // A server whose every method fails `failures_` times, then answers.
  void SetUp() override {
    ServerOptions options;
    options.tls = Certificate("server", {});
    server_ = std::make_unique<Server>(options);
    for (const char* method : {"Look", "Put", "Push"}) {
      server_->Handle<ProbeRequest, ProbeResponse>(
          kProbe, method, {{"admin"}}, [this](Ctx&, const ProbeRequest&) -> Result<ProbeResponse> {
            ++ran_;
            if (failures_.load() == 0) return ProbeResponse();
            --failures_;
            return Error(*kind_, "not now");
          });
    }
    const auto port = server_->Start();
    ASSERT_TRUE(port.ok());
    address_ = "127.0.0.1:" + std::to_string(*port);
  }

  std::unique_ptr<Client> ConnectWith(const RetryLimits& retries) {
    return Client::Connect({.route = address_,
                            .tls = Certificate("tester", {"admin"}),
                            .retries = retries,
                            .random = [] { return 0.0; }})
        .value();
  }
  // "ok", or the error's reason; then how often the handler ran.
  std::string Try(Client& client, const char* method, int failures,
                  std::chrono::milliseconds timeout = kLong) {
    failures_ = failures;
    ran_ = 0;
    const auto answer = client.Call<ProbeResponse>(kProbe, method, ProbeRequest(), timeout);
    return (answer.ok() ? "ok" : std::string(answer.error().reason())) + " " + std::to_string(ran_);
  }

  static constexpr RetryLimits kQuick{.pause_first = std::chrono::milliseconds(2),
                                      .pause_max = std::chrono::milliseconds(4)};
  std::atomic<int> failures_{0};
  std::atomic<int> ran_{0};
  const ErrorKind* kind_ = &kStoreAway;
  std::unique_ptr<Server> server_;
};

TEST_F(ClientTest, WhatIsIdempotentIsCalledAgain) {
  auto client = ConnectWith(kQuick);
  EXPECT_EQ(Try(*client, "Look", 0), "ok 1");
  EXPECT_EQ(Try(*client, "Look", 1), "ok 2");
  EXPECT_EQ(Try(*client, "Put", 3), "ok 4");
}

TEST_F(ClientTest, AnyOtherMethodIsCalledExactlyOnce) {
  auto client = ConnectWith(kQuick);
  EXPECT_EQ(Try(*client, "Push", 1), "STORE_AWAY 1");
  kind_ = &kOverloaded;
  EXPECT_EQ(Try(*client, "Push", 1), "OVERLOADED 1");
}

TEST_F(ClientTest, SoIsAnErrorThatDoesNotPass) {
  auto client = ConnectWith(kQuick);
  kind_ = &kOutOfPaper;
  EXPECT_EQ(Try(*client, "Look", 1), "OUT_OF_PAPER 1");
  kind_ = &kOverloaded;
  EXPECT_EQ(Try(*client, "Look", 2), "ok 3");
}

TEST_F(ClientTest, AttemptsAreBounded) {
  auto client = ConnectWith(kQuick);
  EXPECT_EQ(Try(*client, "Look", 100), "STORE_AWAY 4");
}

TEST_F(ClientTest, WithoutBudgetTheFirstErrorComesOut) {
  RetryLimits limits = kQuick;
  limits.budget = 4;
  limits.successes_a_failure = 2;
  auto client = ConnectWith(limits);
  EXPECT_EQ(Try(*client, "Look", 100), "STORE_AWAY 2");  // a second failure leaves half: no more
  EXPECT_EQ(Try(*client, "Look", 100), "STORE_AWAY 1");
  EXPECT_EQ(Try(*client, "Look", 1), "STORE_AWAY 1");
  // Each success earns half a failure. The budget was empty; eight fill it.
  for (int i = 0; i < 8; ++i) EXPECT_EQ(Try(*client, "Look", 0), "ok 1");
  EXPECT_EQ(Try(*client, "Look", 1), "ok 2");
}

TEST_F(ClientTest, APauseNeverOutlastsTheDeadline) {
  RetryLimits limits = kQuick;
  limits.pause_first = limits.pause_max = 4 * kLong;
  auto client = ConnectWith(limits);
  EXPECT_EQ(Try(*client, "Look", 1), "STORE_AWAY 1");
}

TEST_F(ClientTest, AMessageThatIsTooLargeIsNotSentAgain) {
  auto client = ConnectWith(kQuick);
  ProbeRequest request;
  request.set_filling(std::string(2 * kReceiveBytesMax, 'x'));
  const auto answer = client->Call<ProbeResponse>(kProbe, "Look", request, kLong);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(ran_, 0);
}

}  // namespace
}  // namespace plaza::rpc
