// Servers that go away while they are called: processes of their own, killed with -9.
#include <gtest/gtest.h>
#include <plaza/probe/v1/probe.pb.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include "apps/plaza/servers/child.h"
#include "libs/rpc/client.h"
#include "libs/rpc/dev_ca.h"
#include "libs/rpc/errors.h"
#include "libs/rpc/server.h"
#include "tests/support/temp_folder.h"

namespace plaza::rpc {
namespace {

using probe::v1::ProbeRequest;
using probe::v1::ProbeResponse;

constexpr char kProbe[] = "plaza.probe.v1.Probe";
constexpr char kPlaceVariable[] = "PLAZA_AWAY_CHILD_PLACE";  // "address file"
constexpr std::chrono::milliseconds kLong{30'000};

// gRPC does not survive a fork, so the child is this program again, running the one test that
// serves. It answers with its address; to Push, never.
TEST(Away, DISABLED_Child) {
  const char* place = std::getenv(kPlaceVariable);
  ASSERT_NE(place, nullptr) << "only for the tests below";
  std::istringstream words(place);
  std::string address, folder, name;
  words >> address >> folder >> name;
  ServerOptions options;
  options.address = address;
  options.tls = EnsureDevCertificate(folder, "server", {}, {}).value();
  Server server(options);
  std::string own;
  for (const char* method : {"Look", "Put", "Push"}) {
    server.Handle<ProbeRequest, ProbeResponse>(
        kProbe, method, {{"admin"}},
        [&, method](Ctx&, const ProbeRequest&) -> Result<ProbeResponse> {
          if (std::string_view(method) == "Push") {
            std::ofstream(folder + "/" + name + ".pushed", std::ios::app) << "x" << std::flush;
            for (;;) pause();
          }
          ProbeResponse response;
          response.set_caller(own);
          return response;
        });
  }
  own = "127.0.0.1:" + std::to_string(server.Start().value());
  const std::string file = folder + "/" + name;
  std::ofstream(file + ".new") << own << std::flush;
  std::filesystem::rename(file + ".new", file);
  for (;;) pause();
}

class AwayTest : public ::testing::Test {
 protected:
  AwayTest() {
    PLAZA_CHECK(EnsureDevCa(folder_.path()).ok());
    tls_ = EnsureDevCertificate(folder_.path(), "tester", {"admin"}, {}).value();
    PLAZA_CHECK(EnsureDevCertificate(folder_.path(), "server", {}, {}).ok());
  }

  struct Node {
    std::string name;
    std::unique_ptr<servers::Child> child;
    std::string address;
  };
  Node Start(const std::string& name, const std::string& address = "127.0.0.1:0") {
    const std::filesystem::path file = folder_.path() / name;
    std::filesystem::remove(file);
    Node node;
    node.name = name;
    node.child =
        servers::Child::Spawn({.name = name,
                               .argv = {"/proc/self/exe", "--gtest_filter=Away.DISABLED_Child",
                                        "--gtest_also_run_disabled_tests"},
                               .log_file = folder_.path() / (name + ".log"),
                               .environment = {std::string(kPlaceVariable) + "=" + address + " " +
                                               folder_.path().string() + " " + name}})
            .value();
    PLAZA_CHECK(WaitUntil([&] { return std::filesystem::exists(file); }));
    std::ifstream(file) >> node.address;
    return node;
  }
  template <class Condition>
  static bool WaitUntil(Condition condition) {
    const auto give_up = std::chrono::steady_clock::now() + kLong;
    while (!condition()) {
      if (std::chrono::steady_clock::now() >= give_up) return false;
      std::this_thread::yield();
    }
    return true;
  }
  std::unique_ptr<Client> Connect(const std::string& address) {
    return Client::Connect({.route = address, .tls = tls_}).value();
  }
  static Result<ProbeResponse> Call(Client& client, const char* method) {
    return client.Call<ProbeResponse>(kProbe, method, ProbeRequest(), kLong);
  }

  plaza::testing::TempFolder folder_;
  TlsFiles tls_;
};

TEST_F(AwayTest, WhenOneOfTwoServersDiesNoClientNotices) {
  Node first = Start("first");
  const Node second = Start("second");
  constexpr int kClients = 4;
  std::atomic<int> by_first{0}, after{0};
  std::atomic<bool> dead{false}, stop{false};
  std::vector<std::string> errors(kClients);
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&, i] {
      const auto client = Connect(first.address + "," + second.address);
      while (!stop) {
        const auto answer = Call(*client, "Look");
        if (!answer.ok()) {
          errors[i] += answer.error().ToString() + "\n";
        } else if (answer->caller() == first.address) {
          ++by_first;
        } else if (dead) {
          ++after;
        }
      }
    });
  }
  EXPECT_TRUE(WaitUntil([&] { return by_first >= 200; }));  // so that calls are on their way to it
  first.child->Kill();
  dead = true;
  EXPECT_TRUE(WaitUntil([&] { return after >= 2000; }));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  for (const std::string& error : errors) EXPECT_EQ(error, "");
}

TEST_F(AwayTest, AnAddressThatIsDeadFromTheStartCostsNoError) {
  Node gone = Start("gone");
  gone.child->Kill();
  const Node here = Start("here");
  const auto client = Connect(gone.address + "," + here.address);
  for (int i = 0; i < 20; ++i) {
    const auto answer = Call(*client, "Put");
    ASSERT_TRUE(answer.ok()) << answer.error().ToString();
    EXPECT_EQ(answer->caller(), here.address);
  }
}

TEST_F(AwayTest, WhatIsNotIdempotentIsCalledOnceAndTheErrorComesOut) {
  Node first = Start("first");
  Node second = Start("second");
  const auto client = Connect(first.address + "," + second.address);
  const auto pushed = [&](const std::string& name) {
    std::error_code absent;
    const auto size = std::filesystem::file_size(folder_.path() / (name + ".pushed"), absent);
    return absent ? 0 : static_cast<int>(size);
  };
  Result<ProbeResponse> answer = ProbeResponse();
  std::thread caller([&] { answer = Call(*client, "Push"); });
  EXPECT_TRUE(WaitUntil([&] { return pushed("first") + pushed("second") == 1; }));
  (pushed("first") == 1 ? first : second).child->Kill();
  caller.join();
  ASSERT_FALSE(answer.ok());
  EXPECT_TRUE(answer.error().Is(kUnreachable)) << answer.error().ToString();
  EXPECT_EQ(pushed("first") + pushed("second"), 1);
}

TEST_F(AwayTest, AServerThatComesBackIsFoundAgain) {
  Node node = Start("node");
  const auto client = Connect(node.address);
  ASSERT_TRUE(Call(*client, "Look").ok());
  node.child->Kill();
  const auto away = Call(*client, "Look");
  ASSERT_FALSE(away.ok());
  EXPECT_TRUE(away.error().Is(kUnreachable));
  const Node again = Start("node", node.address);
  const auto back = Call(*client, "Look");
  ASSERT_TRUE(back.ok()) << back.error().ToString();
  EXPECT_EQ(back->caller(), node.address);
}

}  // namespace
}  // namespace plaza::rpc
