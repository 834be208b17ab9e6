// A real Toxiproxy does to a connection what it is told, and stops doing it.
#include "apps/plaza/servers/toxiproxy.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <thread>

#include "tests/support/temp_folder.h"

namespace plaza::servers {
namespace {

class Proxied : public ::testing::Test {
 protected:
  // A server that tells its name and has a page larger than what a half-closed link lets through.
  class Named {
   public:
    explicit Named(const std::string& name) {
      server_.Get("/", [name](const httplib::Request&, httplib::Response& response) {
        response.set_content(name, "text/plain");
      });
      server_.Post("/", [name](const httplib::Request&, httplib::Response& response) {
        response.set_content(name, "text/plain");
      });
      port_ = server_.bind_to_any_port("127.0.0.1");
      thread_ = std::thread([this] { server_.listen_after_bind(); });
      while (!server_.is_running()) std::this_thread::yield();
    }
    ~Named() {
      server_.stop();
      thread_.join();
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

   private:
    httplib::Server server_;
    int port_ = 0;
    std::thread thread_;
  };

  void SetUp() override {
    auto started = Toxiproxy::Start(folder_.path());
    ASSERT_TRUE(started.ok()) << started.error().ToString();
    proxy_ = std::move(*started);
    auto added = proxy_->Add("link", first_.address());
    ASSERT_TRUE(added.ok()) << added.error().ToString();
    address_ = *added;
  }
  // What a new connection gets; the name of httplib's error if nothing comes for so long.
  std::string Ask(std::chrono::milliseconds patience = std::chrono::minutes(1)) const {
    httplib::Client client("http://" + address_);
    client.set_read_timeout(patience);
    const auto answer = client.Post("/", std::string(8000, 'x'), "text/plain");
    return answer ? answer->body : httplib::to_string(answer.error());
  }

  const testing::TempFolder folder_;
  Named first_{"first"};
  Named second_{"second"};
  std::unique_ptr<Toxiproxy> proxy_;
  std::string address_;
};

TEST_F(Proxied, EveryInjuryHurtsAndHeals) {
  const struct {
    Injury injury;
    bool answers;
  } table[] = {
      {Injury::kDelay, true},   {Injury::kBlackHole, false}, {Injury::kReset, false},
      {Injury::kRefuse, false}, {Injury::kHalfClose, false}, {Injury::kTrickle, true},
  };
  EXPECT_EQ(Ask(), "first");
  for (const auto& row : table) {
    ASSERT_TRUE(proxy_->Injure("link", row.injury).ok());
    if (row.answers) {
      EXPECT_EQ(Ask(), "first") << static_cast<int>(row.injury);
    } else {
      EXPECT_NE(Ask(std::chrono::milliseconds(500)), "first") << static_cast<int>(row.injury);
    }
    ASSERT_TRUE(proxy_->Heal().ok());
    EXPECT_EQ(Ask(), "first") << static_cast<int>(row.injury);
  }
}

TEST_F(Proxied, ALinkGoesToAnotherServer) {
  ASSERT_TRUE(proxy_->Redirect("link", second_.address()).ok());
  EXPECT_EQ(Ask(), "second");
}

TEST_F(Proxied, WhatIsNotThereIsSaid) {
  EXPECT_EQ(proxy_->Injure("nothing", Injury::kDelay).error().reason(), "TOXIPROXY");
  EXPECT_EQ(proxy_->Add("link", first_.address()).error().reason(), "TOXIPROXY");
}

}  // namespace
}  // namespace plaza::servers
