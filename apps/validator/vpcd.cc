#include "apps/validator/vpcd.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "apps/validator/limits.h"
#include "libs/emv/errors.h"

namespace plaza::validator::vpcd {
namespace {

using emv::errors::kCardError;
using emv::errors::kCardRemoved;
using std::chrono::milliseconds;

Result<void> Await(int socket, short event, Deadline deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return Error(kCardRemoved, "no answer in time");
    pollfd waiting{socket, event, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::min<long>(left, kPollMsMax)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Error(kCardRemoved, std::strerror(errno));
  }
}

// Whether a call that failed is to be made again.
bool MayPass(int error) { return error == EINTR || error == EAGAIN || error == EWOULDBLOCK; }

Result<Bytes> ReceiveOctets(int socket, std::size_t size, Deadline deadline) {
  Bytes octets(size);
  for (std::size_t have = 0; have < size;) {
    PLAZA_RETURN_IF_ERROR(Await(socket, POLLIN, deadline));
    const ssize_t n = recv(socket, octets.data() + have, size - have, MSG_DONTWAIT);
    if (n == 0) return Error(kCardRemoved, "the connection was closed");
    if (n < 0 && !MayPass(errno)) return Error(kCardRemoved, std::strerror(errno));
    if (n > 0) have += static_cast<std::size_t>(n);
  }
  return octets;
}

}  // namespace

Result<void> Send(int socket, ByteView octets, Deadline deadline) {
  if (octets.empty() || octets.size() > kFrameBytesMax) {
    return Error(kCardError, "a frame of " + std::to_string(octets.size()) + " octets");
  }
  // One write for both parts: two would wait for the other side's delayed acknowledgement.
  Bytes frame{static_cast<std::uint8_t>(octets.size() >> 8),
              static_cast<std::uint8_t>(octets.size())};
  frame.insert(frame.end(), octets.begin(), octets.end());
  for (std::size_t sent = 0; sent < frame.size();) {
    PLAZA_RETURN_IF_ERROR(Await(socket, POLLOUT, deadline));
    const ssize_t n =
        send(socket, frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && !MayPass(errno)) return Error(kCardRemoved, std::strerror(errno));
    if (n > 0) sent += static_cast<std::size_t>(n);
  }
  return {};
}

Result<Bytes> Receive(int socket, Deadline deadline) {
  PLAZA_ASSIGN_OR_RETURN(const Bytes length, ReceiveOctets(socket, 2, deadline));
  const std::size_t size = std::size_t{length[0]} << 8 | length[1];
  if (size == 0 || size > kFrameBytesMax) {
    return Error(kCardError, "a frame of " + std::to_string(size) + " octets");
  }
  return ReceiveOctets(socket, size, deadline);
}

}  // namespace plaza::validator::vpcd
