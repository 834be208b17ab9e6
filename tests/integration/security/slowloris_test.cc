// Peers that hold connections: silent before TLS, within it, after it, and trickling HTTP/2. Each
// is put out in its time, and others are served meanwhile.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <thread>
#include <vector>

#include "tests/integration/security/guarded_server.h"

namespace plaza::rpc {
namespace {

using std::chrono::milliseconds;

constexpr ConnectionLimits kShort{.handshake_max = milliseconds(400),
                                  .idle_max = milliseconds(400),
                                  .age_max = milliseconds(1500),
                                  .age_grace = milliseconds(300)};
// HTTP/2 (RFC 9113) by hand, since no client of ours would do this.
const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr char kData = 0, kHeaders = 1, kSettings = 4;
constexpr char kEndHeaders = 4;

std::string Frame(char type, char flags, char stream, const std::string& body) {
  const auto size = body.size();
  return std::string{static_cast<char>(size >> 16),
                     static_cast<char>(size >> 8),
                     static_cast<char>(size),
                     type,
                     flags,
                     0,
                     0,
                     0,
                     stream} +
         body;
}
// HPACK (RFC 7541): a literal, and a field without indexing.
std::string Text(const std::string& text) {
  PLAZA_CHECK(text.size() < 127 + 16384);
  if (text.size() < 127) return static_cast<char>(text.size()) + text;
  const std::size_t rest = text.size() - 127;
  if (rest < 128) return std::string{127, static_cast<char>(rest)} + text;
  return std::string{127, static_cast<char>(0x80 | (rest & 0x7F)), static_cast<char>(rest >> 7)} +
         text;
}
std::string Name(const std::string& name) { return std::string(1, '\0') + Text(name); }
std::string Field(const std::string& name, const std::string& value) { return name + Text(value); }

class Socket {
 public:
  explicit Socket(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    PLAZA_CHECK(connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  }
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

  // Reads and drops what comes, and sends `drip` again and again, until the server ends it.
  bool EndedByServer(std::string_view drip = {}) const {
    const auto give_up = std::chrono::steady_clock::now() + kLong;
    while (std::chrono::steady_clock::now() < give_up) {
      if (!drip.empty() && send(fd_, drip.data(), drip.size(), MSG_NOSIGNAL) < 0) return true;
      pollfd readable{fd_, POLLIN, 0};
      if (poll(&readable, 1, /*timeout=*/50) == 0) continue;
      char octets[4096];
      if (recv(fd_, octets, sizeof octets, 0) <= 0) return true;
    }
    return false;
  }

 private:
  int fd_;
};

struct SslFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

// TLS without a certificate, done.
class TlsSocket {
 public:
  explicit TlsSocket(int port) : socket_(port), context_(SSL_CTX_new(TLS_client_method())) {
    const unsigned char h2[] = {2, 'h', '2'};
    SSL_CTX_set_alpn_protos(context_.get(), h2, sizeof h2);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.fd());
    PLAZA_CHECK(SSL_connect(ssl_.get()) == 1);
  }
  bool Write(std::string_view octets) {
    return SSL_write(ssl_.get(), octets.data(), static_cast<int>(octets.size())) > 0;
  }
  // As Socket's. `drip` may be empty.
  bool EndedByServer(std::string_view drip) {
    const auto give_up = std::chrono::steady_clock::now() + kLong;
    while (std::chrono::steady_clock::now() < give_up) {
      if (!drip.empty() && !Write(drip)) return true;
      pollfd readable{socket_.fd(), POLLIN, 0};
      if (poll(&readable, 1, /*timeout=*/50) == 0) continue;
      char octets[4096];
      if (SSL_read(ssl_.get(), octets, sizeof octets) <= 0) return true;
    }
    return false;
  }

 private:
  Socket socket_;
  std::unique_ptr<SSL_CTX, SslFree> context_;
  std::unique_ptr<SSL, SslFree> ssl_;
};

class SlowlorisTest : public GuardedServer {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    ServerOptions options;
    options.connections = kShort;
    Start(Tokens::kTaken, options);
  }
  bool OthersAreServed() { return Call(NoCertificate(), Mint("support")) == "token:ana:support,"; }
};

TEST_F(SlowlorisTest, HandshakesThatNeverEndAreEndedAndCounted) {
  std::vector<std::unique_ptr<Socket>> silent;
  for (int i = 0; i < 50; ++i) silent.push_back(std::make_unique<Socket>(port_));
  EXPECT_TRUE(OthersAreServed());
  for (const auto& socket : silent) EXPECT_TRUE(socket->EndedByServer());
  EXPECT_TRUE(Reaches([&] { return Handshakes("timeout"); }, 50));
  // The head of a TLS record that announces 16 KiB, whose body then comes octet by octet.
  const Socket trickling(port_);
  PLAZA_CHECK(send(trickling.fd(), "\x16\x03\x01\x40\x00\x01\x00\x3f\xfc", 9, MSG_NOSIGNAL) == 9);
  EXPECT_TRUE(trickling.EndedByServer("x"));
  EXPECT_TRUE(Reaches([&] { return Handshakes("timeout"); }, 51));
  EXPECT_TRUE(OthersAreServed());
}

TEST_F(SlowlorisTest, APeerThatNeverSpeaksHttp2IsPutOut) {
  TlsSocket silent(port_);
  TlsSocket half(port_);
  ASSERT_TRUE(half.Write("PRI * HTTP/2.0\r\n"));
  EXPECT_TRUE(OthersAreServed());
  EXPECT_TRUE(silent.EndedByServer(""));
  EXPECT_TRUE(half.EndedByServer(""));
}

TEST_F(SlowlorisTest, AConnectionWithoutACallIsPutOut) {
  TlsSocket idle(port_);
  ASSERT_TRUE(idle.Write(kPreface + Frame(kSettings, 0, 0, "")));
  EXPECT_TRUE(OthersAreServed());
  EXPECT_TRUE(idle.EndedByServer(""));
}

// A HEADERS frame of 16 KiB, whose body comes octet by octet: never a call, only frames of one.
TEST_F(SlowlorisTest, AConnectionThatTricklesTheHeadOfACallIsPutOut) {
  TlsSocket trickling(port_);
  ASSERT_TRUE(trickling.Write(kPreface + Frame(kSettings, 0, 0, "")));
  ASSERT_TRUE(
      trickling.Write(Frame(kHeaders, kEndHeaders, 1, std::string(16'000, 'x')).substr(0, 9)));
  EXPECT_TRUE(OthersAreServed());
  EXPECT_TRUE(trickling.EndedByServer("x"));
}

// A call of somebody who may call, without a deadline, whose message never comes to its end.
TEST_F(SlowlorisTest, AConnectionThatTricklesACallIsPutOutWhenItIsOld) {
  TlsSocket trickling(port_);
  const std::string message = std::string("\0\0\0\x30\0", 5) + std::string(0x3000, 'x');
  ASSERT_TRUE(trickling.Write(kPreface + Frame(kSettings, 0, 0, "") +
                              Frame(kHeaders, kEndHeaders, 1,
                                    "\x83\x87" + Field("\x04", "/plaza.probe.v1.Probe/Look") +
                                        Field("\x01", "localhost") + Field(Name("te"), "trailers") +
                                        Field(Name("content-type"), "application/grpc") +
                                        Field(Name("authorization"), "Bearer " + Mint("support"))) +
                              Frame(kData, 0, 1, message).substr(0, 9 + 5)));
  EXPECT_TRUE(OthersAreServed());
  EXPECT_TRUE(trickling.EndedByServer("x"));
  EXPECT_TRUE(OthersAreServed());
  for (const char* reason : {"NO_IDENTITY", "TOKEN_MALFORMED", "TOKEN_SIGNATURE"}) {
    EXPECT_EQ(Refused(reason), 0) << reason;  // it was a call that may be made
  }
}

TEST_F(SlowlorisTest, WhatIsNotTlsIsRefusedAndCounted) {
  const Socket plain(port_);
  PLAZA_CHECK(send(plain.fd(), "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL) == 18);
  EXPECT_TRUE(plain.EndedByServer());
  EXPECT_TRUE(Reaches([&] { return Handshakes("tls"); }, 1));
  { const Socket probe(port_); }  // a port scanner's connection
  EXPECT_TRUE(Reaches([&] { return Handshakes("closed"); }, 1));
}

}  // namespace
}  // namespace plaza::rpc
