#include "libs/runtime/http.h"

#include <cerrno>
#include <cstring>
#include <thread>

#include <httplib.h>

#include "libs/runtime/errors.h"
#include "libs/runtime/limits.h"
#include "libs/runtime/log.h"

namespace plaza::runtime {
namespace {

constexpr char kTextPlain[] = "text/plain; charset=utf-8";
constexpr char kPrometheusText[] = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

struct HttpPort::Impl {
  const Metrics* metrics;
  std::function<std::string()> not_ready;
  httplib::Server server;
  std::thread thread;

  void AddPages() {
    server.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(metrics->Expose(), kPrometheusText);
    });
    server.Get("/healthz", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("alive\n", kTextPlain);
    });
    server.Get("/readyz", [this](const httplib::Request&, httplib::Response& response) {
      const std::string why = not_ready();
      response.status = why.empty() ? 200 : 503;
      response.set_content(why.empty() ? "ready\n" : Redact(why) + "\n", kTextPlain);
    });
  }

  void SetLimits() {
    server.new_task_queue = [] { return new httplib::ThreadPool(kHttpWorkers); };
    server.set_payload_max_length(kHttpRequestBytesMax);
    server.set_keep_alive_timeout(kHttpIdleSecondsMax);
    server.set_read_timeout(kHttpIdleSecondsMax);
    server.set_write_timeout(kHttpIdleSecondsMax);
    // httplib's own choice is SO_REUSEPORT, with which two processes share a port without noticing.
    server.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
  }
};

HttpPort::HttpPort(const Metrics& metrics, std::function<std::string()> not_ready)
    : impl_(std::make_unique<Impl>()) {
  impl_->metrics = &metrics;
  impl_->not_ready = std::move(not_ready);
  impl_->SetLimits();
  impl_->AddPages();
}

HttpPort::~HttpPort() { Stop(); }

Result<int> HttpPort::Start(const std::string& host, int port) {
  const std::string where = host + ":" + std::to_string(port);
  errno = 0;
  int bound = port;
  if (port == 0) {
    bound = impl_->server.bind_to_any_port(host);
  } else if (!impl_->server.bind_to_port(host, port)) {
    bound = -1;
  }
  if (bound <= 0) {
    const int cause = errno;
    if (cause == EADDRINUSE) {
      return Error(kPortTaken, "port " + std::to_string(port) + " is in use", where);
    }
    return Error(kBadAddress, std::string("cannot listen: ") + std::strerror(cause), where);
  }
  impl_->thread = std::thread([server = &impl_->server] { server->listen_after_bind(); });
  // stop() before the loop runs would be lost.
  while (!impl_->server.is_running()) std::this_thread::yield();
  return bound;
}

void HttpPort::Stop() {
  if (!impl_->thread.joinable()) return;
  impl_->server.stop();
  impl_->thread.join();
}

}  // namespace plaza::runtime
