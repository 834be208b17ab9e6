#include <atomic>
#include <fstream>
#include <future>
#include <iterator>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "libs/rpc/errors.h"
#include "libs/rpc/limits.h"
#include "libs/runtime/errors.h"
#include "libs/runtime/log.h"
#include "libs/runtime/metrics.h"
#include "tests/unit/libs/rpc/fixture.h"

namespace plaza::rpc {
namespace {

using ::testing::HasSubstr;

constexpr ErrorKind kOutOfPaper{StatusCode::kFailedPrecondition, "OUT_OF_PAPER",
                                "Refill the tray."};

ProgressHandler Answering(std::int64_t rows) {
  return [rows](Ctx&, const GetProgressRequest&) -> Result<GetProgressResponse> {
    GetProgressResponse response;
    response.set_outbox_rows(rows);
    return response;
  };
}

using ServerTest = RpcTest;

TEST_F(ServerTest, AnswersWhoMayCall) {
  auto server = StartServer([](Ctx& ctx, const GetProgressRequest&) -> Result<GetProgressResponse> {
    GetProgressResponse response;
    response.set_last_error(ctx.caller().name);
    response.set_outbox_rows(ctx.Remaining().count());
    response.set_idle(ctx.caller().MaySpeakFor("GDL-07") && !ctx.caller().MaySpeakFor("ZAP-07"));
    return response;
  });
  auto client = Connect(Certificate("depot-1", {"admin", "validator"}, {"GDL-*", "TLQ-01"}));
  const auto answer = Call(*client);
  ASSERT_TRUE(answer.ok()) << answer.error().ToString();
  EXPECT_EQ(answer->last_error(), "depot-1");
  EXPECT_TRUE(answer->idle());
  EXPECT_GT(answer->outbox_rows(), 0);
  EXPECT_LE(answer->outbox_rows(), kLong.count());
}

TEST_F(ServerTest, RefusesACallerWithoutTheRole) {
  std::atomic<int> ran{0};
  auto server = StartServer([&](Ctx&, const GetProgressRequest&) -> Result<GetProgressResponse> {
    ++ran;
    return GetProgressResponse();
  });
  for (const std::set<std::string>& roles : {std::set<std::string>{}, {"support"}}) {
    auto client = Connect(Certificate(roles.empty() ? "nobody" : "helpdesk", roles));
    const auto answer = Call(*client);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code(), StatusCode::kPermissionDenied);
    EXPECT_TRUE(answer.error().Is(kRoleNeeded));
    EXPECT_THAT(answer.error().what(), HasSubstr("'admin'"));
  }
  EXPECT_EQ(ran, 0);
}

TEST_F(ServerTest, AMethodWithoutRolesLetsNobodyIn) {
  ServerOptions options;
  options.tls = Certificate("server", {});
  Server server(options);
  server.Handle<GetProgressRequest, GetProgressResponse>(kOps, kGetProgress, {}, Answering(1));
  const auto port = server.Start();
  ASSERT_TRUE(port.ok());
  address_ = "127.0.0.1:" + std::to_string(*port);
  const auto answer = Call(*ConnectAdmin());
  ASSERT_FALSE(answer.ok());
  EXPECT_TRUE(answer.error().Is(kRoleNeeded));
}

TEST_F(ServerTest, RefusesACertificateOfAnotherCa) {
  auto server = StartServer(Answering(1));
  auto stranger = EnsureDevCertificate(folder_ + "/other", "tester", {"admin"}, {});
  ASSERT_TRUE(stranger.ok());
  // It trusts our server, but our server does not know its CA.
  stranger->ca_pem = folder_ + "/ca/ca.pem";
  const auto answer = Call(*Connect(*stranger));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), StatusCode::kUnavailable);
  EXPECT_THAT(answer.error().what(), HasSubstr(address_));
}

TEST_F(ServerTest, RefusesServersOfAnotherCa) {
  auto server = StartServer(Answering(1));
  auto other = EnsureDevCertificate(folder_ + "/other", "x", {}, {});
  ASSERT_TRUE(other.ok());
  TlsFiles tls = Certificate("tester", {"admin"});
  tls.ca_pem = other->ca_pem;
  const auto answer = Call(*Connect(tls));
  ASSERT_FALSE(answer.ok());
  EXPECT_TRUE(answer.error().Is(kUnreachable));
}

TEST_F(ServerTest, AnUnknownMethodIsUnimplemented) {
  auto server = StartServer(Answering(1));
  auto client = ConnectAdmin();
  for (const auto& [service, method] :
       {std::pair{kOps, "GetLost"}, std::pair{"plaza.vault.v1.Vault", "DescribeCard"}}) {
    const auto answer =
        client->Call<GetProgressResponse>(service, method, GetProgressRequest(), kLong);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code(), StatusCode::kUnimplemented) << method;
  }
}

TEST_F(ServerTest, TheDeadlineEndsACallWhoseHandlerIsSlow) {
  Barrier barrier;
  auto server = StartServer([&](Ctx&, const GetProgressRequest&) -> Result<GetProgressResponse> {
    barrier.Enter();
    return GetProgressResponse();
  });
  const auto answer = Call(*ConnectAdmin(), std::chrono::milliseconds(200));
  barrier.Open();
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), StatusCode::kDeadlineExceeded);
  EXPECT_THAT(answer.error().what(), HasSubstr(address_));
}

TEST_F(ServerTest, AFullQueueRefusesAtOnce) {
  Barrier barrier;
  std::atomic<int> ran{0};
  ServerOptions options;
  options.workers = 1;
  options.queue_max = 1;
  auto server = StartServer(
      [&](Ctx&, const GetProgressRequest&) -> Result<GetProgressResponse> {
        ++ran;
        barrier.Enter();
        return GetProgressResponse();
      },
      options);
  auto client = ConnectAdmin();
  auto first = std::async(std::launch::async, [&] { return Call(*client); });
  ASSERT_TRUE(barrier.WaitForInside(1));
  // One place in the queue is left. Of two more calls one gets it, and the other is refused while
  // the handler blocks.
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Result<GetProgressResponse>> answers;
  const auto call = [&] {
    auto answer = Call(*client);
    const std::lock_guard lock(mutex);
    answers.push_back(std::move(answer));
    changed.notify_all();
  };
  std::thread second(call);
  std::thread third(call);
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, kLong / 2, [&] { return answers.size() == 1; }));
    ASSERT_FALSE(answers[0].ok());
    EXPECT_EQ(answers[0].error().code(), StatusCode::kResourceExhausted);
    EXPECT_TRUE(answers[0].error().Is(kOverloaded));
  }
  EXPECT_EQ(ran, 1);
  barrier.Open();
  second.join();
  third.join();
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(answers[1].ok());
  EXPECT_EQ(ran, 2);
}

TEST_F(ServerTest, ACallThatExpiredInTheQueueIsNotRun) {
  Barrier barrier;
  std::atomic<int> ran{0};
  ServerOptions options;
  options.workers = 1;
  auto server = StartServer(
      [&](Ctx&, const GetProgressRequest&) -> Result<GetProgressResponse> {
        ++ran;
        barrier.Enter();
        return GetProgressResponse();
      },
      options);
  auto client = ConnectAdmin();
  auto first = std::async(std::launch::async, [&] { return Call(*client, 6 * kLong); });
  ASSERT_TRUE(barrier.WaitForInside(1));
  // On a busy machine a call may expire before it has reached the server: then another one is made.
  for (int i = 0; i < 10 && !WaitForGivenUpCall(std::chrono::seconds(i == 0 ? 0 : 2)); ++i) {
    const auto late = Call(*client, std::chrono::milliseconds(100));
    ASSERT_FALSE(late.ok());
    EXPECT_EQ(late.error().code(), StatusCode::kDeadlineExceeded);
  }
  ASSERT_TRUE(WaitForGivenUpCall(std::chrono::seconds(2)));
  barrier.Open();
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(Call(*client).ok());  // behind the expired one in the queue
  EXPECT_EQ(ran, 2);
}

TEST_F(ServerTest, AnErrorKeepsItsKindPlaceAndRemedy) {
  const std::string what = "página 3 " + std::string(3000, 'x');
  auto server = StartServer([&](Ctx&, const GetProgressRequest&) -> Result<GetProgressResponse> {
    return Error(kOutOfPaper, what, "tray.2");
  });
  const auto answer = Call(*ConnectAdmin());
  ASSERT_FALSE(answer.ok());
  EXPECT_TRUE(answer.error().Is(kOutOfPaper));
  EXPECT_EQ(answer.error().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(answer.error().what(), what.substr(0, kErrorWhatCharsMax));
  EXPECT_EQ(answer.error().where(), "tray.2");
  EXPECT_EQ(answer.error().remedy(), "Refill the tray.");
}

TEST_F(ServerTest, AThrowingHandlerGivesAReferenceAndKeepsTheTextInTheLog) {
  const std::string log = folder_ + "/log";
  runtime::SetLogFile(log);
  auto server = StartServer([](Ctx&, const GetProgressRequest&) -> Result<GetProgressResponse> {
    throw std::runtime_error("the secret cause");
  });
  const auto answer = Call(*ConnectAdmin());
  runtime::SetLogFile("");
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), StatusCode::kInternal);
  EXPECT_TRUE(answer.error().Is(kInternalFault));
  EXPECT_THAT(answer.error().ToString(), ::testing::Not(HasSubstr("secret")));
  const std::string reference = answer.error().what().substr(answer.error().what().find("F-"));
  std::ifstream in(log);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_THAT(text, HasSubstr("the secret cause"));
  EXPECT_THAT(text, HasSubstr(reference));
}

TEST_F(ServerTest, StopLetsCallsUnderWayFinish) {
  Barrier barrier;
  auto server = StartServer([&](Ctx&, const GetProgressRequest&) -> Result<GetProgressResponse> {
    barrier.Enter();
    GetProgressResponse response;
    response.set_outbox_rows(7);
    return response;
  });
  auto client = ConnectAdmin();
  auto call = std::async(std::launch::async, [&] { return Call(*client); });
  ASSERT_TRUE(barrier.WaitForInside(1));
  auto stop = std::async(std::launch::async, [&] { server->Stop(kLong); });
  // New calls are refused once the drain has begun.
  const auto give_up = std::chrono::steady_clock::now() + kLong;
  Result<GetProgressResponse> refused = GetProgressResponse();
  while (refused.ok() || !refused.error().Is(kUnreachable)) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up);
    refused = Call(*ConnectAdmin(), std::chrono::milliseconds(200));
  }
  barrier.Open();
  stop.get();
  const auto answer = call.get();
  ASSERT_TRUE(answer.ok()) << answer.error().ToString();
  EXPECT_EQ(answer->outbox_rows(), 7);
  server->Stop(kLong);  // again is fine
}

TEST_F(ServerTest, StopIsNotHeldByAStuckHandler) {
  Barrier barrier;
  auto server = StartServer([&](Ctx&, const GetProgressRequest&) -> Result<GetProgressResponse> {
    barrier.Enter();
    return GetProgressResponse();
  });
  auto client = ConnectAdmin();
  auto call =
      std::async(std::launch::async, [&] { return Call(*client, std::chrono::minutes(1)); });
  ASSERT_TRUE(barrier.WaitForInside(1));
  const auto before = std::chrono::steady_clock::now();
  server->Stop(std::chrono::milliseconds(200));
  EXPECT_LT(std::chrono::steady_clock::now() - before, kLong / 2);
  EXPECT_FALSE(call.get().ok());
  barrier.Open();  // else the destructor would wait for it, as it promises
}

TEST_F(ServerTest, ACallGoesWhereItsServiceIs) {
  auto here = StartServer(Answering(1));
  const std::string here_address = address_;
  auto there = StartServer(Answering(2));
  const std::string there_address = address_;
  const TlsFiles admin = Certificate("tester", {"admin"});
  const auto rows = [&](const Route& route) -> Result<std::int64_t> {
    const auto client = Client::Connect({.route = route, .tls = admin});
    PLAZA_ASSIGN_OR_RETURN(const GetProgressResponse answer, Call(**client));
    return answer.outbox_rows();
  };
  Route route(here_address);
  EXPECT_EQ(rows(route).value(), 1);
  route.by_service[std::string(kOps)] = there_address;
  EXPECT_EQ(rows(route).value(), 2);
  Route other;
  other.by_service["plaza.fare.v1.Fare"] = there_address;
  ASSERT_FALSE(rows(other).ok());
  EXPECT_TRUE(rows(other).error().Is(kNoRoute)) << rows(other).error().ToString();

  // Of several addresses those that answer take the calls.
  const Route both(here_address + "," + there_address);
  const auto client = Client::Connect({.route = both, .tls = admin}).value();
  std::set<std::int64_t> seen;
  const auto give_up = std::chrono::steady_clock::now() + kLong;
  while (seen.size() < 2 && std::chrono::steady_clock::now() < give_up) {
    const auto answer = Call(*client);
    ASSERT_TRUE(answer.ok()) << answer.error().ToString();
    seen.insert(answer->outbox_rows());
  }
  EXPECT_EQ(seen, (std::set<std::int64_t>{1, 2}));
  here->Stop(std::chrono::milliseconds(0));
  EXPECT_EQ(rows(both).value(), 2);
}

TEST_F(ServerTest, ATakenPortIsNamed) {
  auto server = StartServer(Answering(1));
  ServerOptions options;
  options.address = address_;
  options.tls = Certificate("server", {});
  Server second(options);
  const auto started = second.Start();
  ASSERT_FALSE(started.ok());
  EXPECT_TRUE(started.error().Is(runtime::kPortTaken));
  EXPECT_THAT(started.error().ToString(), HasSubstr(address_));
}

TEST_F(ServerTest, BadTlsFilesAreNamed) {
  const TlsFiles good = Certificate("server", {});
  const TlsFiles other = Certificate("other", {});
  struct Case {
    TlsFiles tls;
    std::string where;
  };
  for (const Case& c : {Case{{good.ca_pem, "/nowhere.pem", good.key_pem}, "/nowhere.pem"},
                        Case{{good.key_pem, good.cert_pem, good.key_pem}, good.key_pem},
                        Case{{good.ca_pem, good.cert_pem, other.key_pem}, other.key_pem}}) {
    ServerOptions options;
    options.tls = c.tls;
    const auto started = Server(options).Start();
    ASSERT_FALSE(started.ok());
    EXPECT_TRUE(started.error().Is(kBadTls));
    EXPECT_EQ(started.error().where(), c.where);
  }
}

TEST_F(ServerTest, CountsCallsByMethodAndCode) {
  auto server = StartServer(Answering(1));
  ASSERT_TRUE(Call(*ConnectAdmin()).ok());
  ASSERT_FALSE(Call(*Connect(Certificate("nobody", {}))).ok());
  const std::string text = metrics_.Expose();
  EXPECT_THAT(
      text,
      HasSubstr("plaza_rpc_requests_total{code=\"OK\",method=\"plaza.ops.v1.Ops/GetProgress\"} 1"));
  EXPECT_THAT(text,
              HasSubstr("{code=\"PERMISSION_DENIED\",method=\"plaza.ops.v1.Ops/GetProgress\"} 1"));
  EXPECT_THAT(text,
              HasSubstr("plaza_rpc_seconds_count{method=\"plaza.ops.v1.Ops/GetProgress\"} 2"));
}

TEST_F(ServerTest, AServerThatIsNotThereIsUnreachable) {
  auto server = StartServer(Answering(1));
  server->Stop(kLong);
  server.reset();
  const auto answer = Call(*ConnectAdmin());
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), StatusCode::kUnavailable);
  EXPECT_TRUE(answer.error().Is(kUnreachable));
  EXPECT_THAT(answer.error().what(), HasSubstr(address_));
}

}  // namespace
}  // namespace plaza::rpc
