#include "apps/validator/socket_reader.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "apps/validator/errors.h"
#include "apps/validator/vpcd.h"
#include "libs/emv/errors.h"
#include "libs/runtime/log.h"

namespace plaza::validator {
namespace {

using std::chrono::steady_clock;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

class SocketCard final : public emv::CardChannel {
 public:
  SocketCard(Socket socket, const SocketReaderOptions& options)
      : socket_(std::move(socket)),
        apdu_time_(options.apdu_time),
        end_(steady_clock::now() + options.tap_time) {}
  ~SocketCard() override {
    // Whether it arrives does not matter: the connection ends.
    [[maybe_unused]] const auto off = SendControl(vpcd::Control::kOff);
  }

  Result<Bytes> Transmit(ByteView command) override {
    if (!powered_) PLAZA_RETURN_IF_ERROR(PowerOn());
    // A single octet would be taken for a control.
    if (command.size() < 2) return Error(emv::errors::kCardError, "a command of one octet");
    PLAZA_RETURN_IF_ERROR(vpcd::Send(socket_.fd(), command, Deadline()));
    return vpcd::Receive(socket_.fd(), Deadline());
  }

 private:
  vpcd::Deadline Deadline() const { return std::min(steady_clock::now() + apdu_time_, end_); }
  Result<void> SendControl(vpcd::Control control) {
    return vpcd::Send(socket_.fd(), Bytes{static_cast<std::uint8_t>(control)}, Deadline());
  }
  // Only a card answers with an ATR: what else connects is found out here.
  Result<void> PowerOn() {
    PLAZA_RETURN_IF_ERROR(SendControl(vpcd::Control::kOn));
    PLAZA_RETURN_IF_ERROR(SendControl(vpcd::Control::kAskAtr));
    PLAZA_ASSIGN_OR_RETURN(const Bytes atr, vpcd::Receive(socket_.fd(), Deadline()));
    if (atr.size() > kAtrBytesMax) return Error(emv::errors::kCardError, "this is no ATR");
    powered_ = true;
    return {};
  }

  Socket socket_;
  std::chrono::milliseconds apdu_time_;
  steady_clock::time_point end_;
  bool powered_ = false;
};

class SocketReader final : public ListeningReader {
 public:
  SocketReader(Socket listening, Socket stop, std::string address, SocketReaderOptions options)
      : listening_(std::move(listening)),
        stop_(std::move(stop)),
        address_(std::move(address)),
        options_(std::move(options)) {}
  ~SocketReader() override {
    if (address_[0] == '/') unlink(address_.c_str());
  }

  std::unique_ptr<emv::CardChannel> WaitForCard() override {
    while (true) {
      pollfd waiting[2] = {{listening_.fd(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}};
      poll(waiting, 2, -1);
      if (waiting[1].revents != 0) return nullptr;
      if (waiting[0].revents == 0) continue;
      Socket card(accept4(listening_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
      if (card.fd() < 0) {
        LogFailure(errno);
        continue;
      }
      const int yes = 1;
      setsockopt(card.fd(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);  // no TCP: no matter
      return std::make_unique<SocketCard>(std::move(card), options_);
    }
  }

  void Stop() override {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(stop_.fd(), &one, sizeof one);
  }

  const std::string& address() const override { return address_; }

 private:
  void LogFailure(int error) {
    if (error == ECONNABORTED || error == EINTR) return;  // it was taken away at once
    runtime::Log(runtime::LogLevel::kError, "reader", "a card could not be taken",
                 {{"error", std::string(std::strerror(error))}});
    pollfd pause{stop_.fd(), POLLIN, 0};  // as when there is no descriptor left: not in a spin
    poll(&pause, 1, kPollMsMax);
  }

  Socket listening_;
  Socket stop_;  // an eventfd, readable once Stop() was called
  std::string address_;
  SocketReaderOptions options_;
};

Error Bad(const std::string& what, const std::string& address) {
  return Error(kBadReader, what, address);
}

Result<std::string> Listen(const Socket& socket, const sockaddr* at, socklen_t size,
                           const std::string& address) {
  if (bind(socket.fd(), at, size) != 0 || listen(socket.fd(), kCardsWaitingMax) != 0) {
    return Bad(std::strerror(errno), address);
  }
  return address;
}

// Where it listens then: with the port that was picked.
Result<std::string> ListenTcp(const Socket& socket, const std::string& address) {
  const std::size_t colon = address.rfind(':');
  const std::string host = address.substr(0, colon);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  std::uint16_t port = 0;
  const char* end = address.data() + address.size();
  const auto parsed =
      std::from_chars(address.data() + std::min(colon + 1, address.size()), end, port);
  if (colon == std::string::npos || parsed.ec != std::errc() || parsed.ptr != end ||
      inet_pton(AF_INET, host.c_str(), &at.sin_addr) != 1) {
    return Bad("this is neither ADDRESS:PORT nor a path from /", address);
  }
  if (ntohl(at.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET) return Bad("not a loopback", address);
  at.sin_port = htons(port);
  const int yes = 1;
  setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  PLAZA_RETURN_IF_ERROR(Listen(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at, address));
  socklen_t size = sizeof at;
  getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&at), &size);
  return host + ":" + std::to_string(ntohs(at.sin_port));
}

Result<std::string> ListenUnix(const Socket& socket, const std::string& path) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  if (path.size() >= sizeof at.sun_path) return Bad("the path is too long", path);
  std::ranges::copy(path, at.sun_path);
  unlink(path.c_str());  // one that was left; two gates with one journal there are not
  return Listen(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at, path);
}

}  // namespace

Result<std::unique_ptr<ListeningReader>> ListenForCards(SocketReaderOptions options) {
  const bool is_path = options.listen.starts_with('/');
  Socket listening(
      socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  Socket stop(eventfd(0, EFD_CLOEXEC));
  if (listening.fd() < 0 || stop.fd() < 0) return Bad(std::strerror(errno), options.listen);
  PLAZA_ASSIGN_OR_RETURN(std::string address, is_path ? ListenUnix(listening, options.listen)
                                                      : ListenTcp(listening, options.listen));
  return std::unique_ptr<ListeningReader>(std::make_unique<SocketReader>(
      std::move(listening), std::move(stop), std::move(address), std::move(options)));
}

}  // namespace plaza::validator
