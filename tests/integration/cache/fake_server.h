// Something that takes connections where Redis should be. It greets as Redis does, and answers
// whatever is asked then by a script.
#pragma once
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/check.h"

namespace plaza::cache {

struct Script {
  std::string answer;
  // kPieces: the answer comes 1000 octets at a time.
  enum class Then { kServe, kClose, kRepeat, kPieces } then = Then::kServe;
  std::string greeting = "+OK\r\n+PONG\r\n";
};

class FakeServer {
 public:
  explicit FakeServer(Script script) : script_(std::move(script)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    PLAZA_CHECK(bind(listener_, generic, size) == 0 && listen(listener_, 16) == 0);
    PLAZA_CHECK(getsockname(listener_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~FakeServer() {
    stopping_ = true;
    thread_.join();
    for (const auto& connection : connections_) close(connection.first);
    close(listener_);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int questions() const { return questions_; }  // beside greetings

 private:
  enum class State { kNew, kGreeted, kRepeats, kInPieces };

  void Serve() {
    while (!stopping_) {
      std::vector<pollfd> all{{listener_, POLLIN, 0}};
      for (const auto& connection : connections_) all.push_back({connection.first, POLLIN, 0});
      poll(all.data(), all.size(), /*ms=*/1);
      if (all[0].revents != 0) connections_[accept(listener_, nullptr, nullptr)] = State::kNew;
      for (std::size_t i = 1; i < all.size(); ++i) {
        const int fd = all[i].fd;
        if (connections_[fd] == State::kRepeats) Send(fd, script_.answer);
        if (connections_[fd] == State::kInPieces) SendPiece(fd);
        if (all[i].revents == 0 || Answer(fd)) continue;
        close(fd);
        connections_.erase(fd);
      }
    }
  }

  // False: it is to be closed.
  bool Answer(int fd) {
    char octets[65536];
    if (recv(fd, octets, sizeof octets, 0) <= 0) return false;
    State& state = connections_[fd];
    if (state == State::kNew) {
      state = State::kGreeted;
      Send(fd, script_.greeting);
      return true;
    }
    ++questions_;
    if (script_.then == Script::Then::kPieces) {
      sent_ = 0;
      state = State::kInPieces;
      return true;
    }
    Send(fd, script_.answer);
    if (script_.then == Script::Then::kRepeat) state = State::kRepeats;
    return script_.then != Script::Then::kClose;
  }
  void SendPiece(int fd) {
    Send(fd, script_.answer.substr(sent_, 1000));
    sent_ = std::min(sent_ + 1000, script_.answer.size());
    if (sent_ == script_.answer.size()) connections_[fd] = State::kGreeted;
  }
  static void Send(int fd, const std::string& octets) {
    send(fd, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  const Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::map<int, State> connections_;
  std::size_t sent_ = 0;  // of an answer in pieces
  std::atomic<int> questions_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace plaza::cache
