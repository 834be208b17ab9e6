#include "apps/plaza/servers/port.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

namespace plaza::servers {
namespace {

class Socket {
 public:
  explicit Socket(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address_.sin_port = htons(static_cast<std::uint16_t>(port));
  }
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  bool Bind() { return bind(fd_, generic(), sizeof(address_)) == 0; }
  bool Connect() { return connect(fd_, generic(), sizeof(address_)) == 0; }
  int port() {
    socklen_t size = sizeof(address_);
    return getsockname(fd_, generic(), &size) == 0 ? ntohs(address_.sin_port) : 0;
  }

 private:
  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&address_); }
  int fd_;
  sockaddr_in address_{};
};

}  // namespace

int FreePort() {
  Socket socket(0);
  return socket.Bind() ? socket.port() : 0;
}

bool Answers(int port) { return Socket(port).Connect(); }

}  // namespace plaza::servers
