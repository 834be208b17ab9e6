#include "apps/citysim/held_card.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "apps/citysim/errors.h"
#include "apps/validator/vpcd.h"

namespace plaza::citysim {
namespace {

namespace vpcd = validator::vpcd;

// Of ISO/IEC 7816-3: direct convention, no interface bytes, no historical bytes.
const Bytes kAtr{0x3B, 0x00};

class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  ~Connection() {
    if (fd_ >= 0) close(fd_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

bool ConnectTcp(int fd, const std::string& address) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  const std::size_t colon = std::min(address.rfind(':'), address.size());
  at.sin_port = htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1)));
  const int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return inet_pton(AF_INET, address.substr(0, colon).c_str(), &at.sin_addr) == 1 &&
         connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
}

bool ConnectUnix(int fd, const std::string& path) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  if (path.size() >= sizeof at.sun_path) return false;
  std::ranges::copy(path, at.sun_path);
  return connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
}

}  // namespace

Result<int> HoldToReader(const HoldOptions& options, emv::CardChannel& card) {
  const bool is_path = options.reader.starts_with('/');
  const Connection connection(socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int fd = connection.fd();
  if (!(is_path ? ConnectUnix(fd, options.reader) : ConnectTcp(fd, options.reader))) {
    return Error(kBadReaderAddress, std::strerror(errno), options.reader);
  }
  const auto deadline = [&] { return std::chrono::steady_clock::now() + options.patience; };
  for (int answers = 0;;) {
    PLAZA_ASSIGN_OR_RETURN(const Bytes frame, vpcd::Receive(fd, deadline()));
    if (frame.size() == 1) {
      const auto control = static_cast<vpcd::Control>(frame[0]);
      if (control == vpcd::Control::kOff) return answers;
      if (control == vpcd::Control::kAskAtr) {
        PLAZA_RETURN_IF_ERROR(vpcd::Send(fd, kAtr, deadline()));
      }
      continue;
    }
    if (answers == options.answers_max) return answers;
    PLAZA_ASSIGN_OR_RETURN(const Bytes answer, card.Transmit(frame));
    PLAZA_RETURN_IF_ERROR(vpcd::Send(fd, answer, deadline()));
    ++answers;
  }
}

}  // namespace plaza::citysim
