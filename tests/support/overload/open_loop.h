// Calls over many connections, started at a fixed rate whether or not earlier ones were answered:
// what a crowd does, and a loop that waits for its answers does not.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "libs/rpc/server.h"

namespace plaza::testing {

struct OpenLoop {
  std::string address;
  rpc::TlsFiles tls;
  std::string path;  // "/plaza.tap_ingest.v1.TapIngest/SubmitTaps"
  int connections = 1;
  double calls_per_second = 0;  // 0: as fast as they can be started
  std::size_t calls = 0;        // more than requests: they are sent again; 0: each once
  std::chrono::milliseconds timeout{60'000};
  std::function<void(int code)> on_answer{};  // from several threads at once
};

struct OpenLoopAnswer {
  int code = 0;  // of gRPC
  std::string message;
  std::string response;              // serialised; empty unless code is 0
  std::chrono::nanoseconds took{0};  // from the start of the call
};

// One answer per call, in order; `requests` are serialised. Returns when all have come or timed
// out.
std::vector<OpenLoopAnswer> SendOpenLoop(const OpenLoop& options,
                                         const std::vector<std::string>& requests);

}  // namespace plaza::testing
