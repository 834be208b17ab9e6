// What tap-ingest does at several times the load that it can carry: real process, open-loop senders
// over many connections. One JSON line.
//
//   bench_overload [times] [seconds] [connections] [records a call]
#include <algorithm>
#include <cstdio>

#include "tests/support/overload/ingest_process.h"

namespace plaza::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kValidators = 200;
constexpr int kCallers = 8;

struct Size {
  double times = 10;
  double seconds = 3;
  int connections = 100;
  int records = 100;
};

double Milliseconds(std::vector<std::chrono::nanoseconds> took, double quantile) {
  if (took.empty()) return 0;
  std::sort(took.begin(), took.end());
  const auto at = static_cast<std::size_t>(quantile * static_cast<double>(took.size() - 1));
  return std::chrono::duration<double, std::milli>(took[at]).count();
}

int Run(const Size& size) {
  IngestProcess ingest(kValidators);
  const auto warm = TapCalls(3000, size.records, kValidators);
  const double capacity = ingest.Capacity(kCallers, warm);
  const auto idle = ingest.MemoryBytes("VmHWM");
  const auto count = static_cast<std::size_t>(capacity * size.times * size.seconds);
  const auto calls = TapCalls(count, size.records, kValidators, warm.size());
  const auto begin = Clock::now();
  const auto answers = SendOpenLoop(ingest.Crowd(size.connections, capacity * size.times), calls);
  const double took = std::chrono::duration<double>(Clock::now() - begin).count();
  std::vector<std::chrono::nanoseconds> accepted;
  std::vector<std::chrono::nanoseconds> refused;
  std::map<int, std::string> others;
  for (const OpenLoopAnswer& answer : answers) {
    if (answer.code == 0) {
      accepted.push_back(answer.took);
    } else if (answer.code == static_cast<int>(StatusCode::kResourceExhausted)) {
      refused.push_back(answer.took);
    } else {
      others[answer.code] = answer.message;
    }
  }
  for (const auto& [code, message] : others) {
    std::fprintf(stderr, "code %d: %s\n", code, message.c_str());
  }
  std::printf(
      "{\"name\":\"tap_ingest.overload\",\"capacity_calls_per_s\":%.0f,\"times\":%.0f,"
      "\"calls\":%zu,\"seconds\":%.2f,\"accepted\":%zu,\"refused\":%zu,\"other\":%zu,"
      "\"refused_ms_p50\":%.1f,\"refused_ms_p99\":%.1f,\"accepted_ms_p50\":%.1f,"
      "\"accepted_ms_p99\":%.1f,\"memory_mib_before\":%lld,\"memory_mib_peak\":%lld}\n",
      capacity, size.times, answers.size(), took, accepted.size(), refused.size(),
      answers.size() - accepted.size() - refused.size(), Milliseconds(refused, 0.5),
      Milliseconds(refused, 0.99), Milliseconds(accepted, 0.5), Milliseconds(accepted, 0.99),
      static_cast<long long>(idle >> 20),
      static_cast<long long>(ingest.MemoryBytes("VmHWM") >> 20));
  return 0;
}

}  // namespace
}  // namespace plaza::testing

int main(int argc, char** argv) {
  plaza::testing::Size size;
  if (argc > 1) size.times = std::stod(argv[1]);
  if (argc > 2) size.seconds = std::stod(argv[2]);
  if (argc > 3) size.connections = std::stoi(argv[3]);
  if (argc > 4) size.records = std::stoi(argv[4]);
  return plaza::testing::Run(size);
}
