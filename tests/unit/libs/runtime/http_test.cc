#include "libs/runtime/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

#include <gmock/gmock.h>

#include "libs/runtime/errors.h"

namespace plaza::runtime {
namespace {

using ::testing::HasSubstr;

// One request over a socket of our own; everything until the peer closes.
std::string Get(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
    char buffer[4096];
    for (ssize_t n = read(fd, buffer, sizeof buffer); n > 0; n = read(fd, buffer, sizeof buffer)) {
      answer.append(buffer, static_cast<std::size_t>(n));
    }
  }
  close(fd);
  return answer;
}

TEST(HttpTest, ServesMetricsAndHealth) {
  Metrics metrics;
  metrics.AddCounter("plaza_taps_total", "Taps", {{"decision", "accepted"}}).Add(3);
  std::atomic<bool> ready{false};
  HttpPort http(metrics, [&] { return ready ? std::string() : std::string("the log is behind"); });
  const auto port = http.Start("127.0.0.1", 0);
  ASSERT_TRUE(port.ok()) << port.error().ToString();
  EXPECT_THAT(Get(*port, "/metrics"), HasSubstr("plaza_taps_total{decision=\"accepted\"} 3"));
  EXPECT_THAT(Get(*port, "/healthz"), HasSubstr("200 OK"));
  EXPECT_THAT(Get(*port, "/readyz"),
              ::testing::AllOf(HasSubstr("503"), HasSubstr("the log is behind")));
  ready = true;
  EXPECT_THAT(Get(*port, "/readyz"), ::testing::AllOf(HasSubstr("200 OK"), HasSubstr("ready")));
  EXPECT_THAT(Get(*port, "/other"), HasSubstr("404"));
  http.Stop();
  EXPECT_EQ(Get(*port, "/healthz"), "");
  http.Stop();  // again is fine
}

TEST(HttpTest, ATakenPortIsNamed) {
  Metrics metrics;
  HttpPort first(metrics, [] { return std::string(); });
  const auto port = first.Start("127.0.0.1", 0);
  ASSERT_TRUE(port.ok());
  HttpPort second(metrics, [] { return std::string(); });
  const auto started = second.Start("127.0.0.1", *port);
  ASSERT_FALSE(started.ok());
  EXPECT_TRUE(started.error().Is(kPortTaken)) << started.error().ToString();
  EXPECT_THAT(started.error().ToString(), HasSubstr(std::to_string(*port)));
}

TEST(HttpTest, AnAddressOfAnotherMachineIsRefused) {
  Metrics metrics;
  HttpPort http(metrics, [] { return std::string(); });
  const auto started = http.Start("192.0.2.1", 0);
  ASSERT_FALSE(started.ok());
  EXPECT_TRUE(started.error().Is(kBadAddress));
}

}  // namespace
}  // namespace plaza::runtime
