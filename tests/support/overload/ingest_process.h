// The real plaza-tap-ingest as a process of its own on SQLite and the embedded log, and records for
// it.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "apps/plaza/server_process.h"
#include "tests/integration/tap-ingest/harness.h"
#include "tests/support/overload/open_loop.h"

namespace plaza::testing {

namespace taps = tap_ingest::harness;

class IngestProcess {
 public:
  // Registers `validators` validators, "GDL-0" and on.
  explicit IngestProcess(int validators, const std::vector<std::string>& more_args = {}) {
    std::ofstream(path("mac.key")) << ToHex(taps::kMacBase) << "\n";
    PLAZA_CHECK(rpc::EnsureDevCa(folder_.path()).ok());
    const auto tls = rpc::EnsureDevCertificate(folder_.path(), "server", {}, {}).value();
    ServerProcess::Options options;
    options.name = "plaza-tap-ingest";
    options.program = PLAZA_BINARY_DIR "/bin/plaza-tap-ingest";
    options.running_file = path("running.json");
    options.log_file = path("log.txt");
    options.args = {"--host.running_file",
                    path("running.json"),  //
                    "--tls.ca",
                    tls.ca_pem,
                    "--tls.certificate",
                    tls.cert_pem,
                    "--tls.key",
                    tls.key_pem,
                    "--eventlog.path",
                    path("log.db"),
                    "--tap_ingest.db_path",
                    path("tap-ingest.db"),
                    "--tap_ingest.mac_base_key_file",
                    path("mac.key")};
    options.args.insert(options.args.end(), more_args.begin(), more_args.end());
    process_ = std::move(ServerProcess::Start(options).value());
    admin_ = Client("admin", {"admin", "support"});
    std::vector<std::string> names;
    for (int i = 0; i < validators; ++i) names.push_back("GDL-" + std::to_string(i));
    PLAZA_CHECK(admin_
                    ->Call<tap_ingest::v1::RegisterValidatorResponse>(
                        taps::kService, "RegisterValidator", taps::Registration("setup", names),
                        taps::kTimeout)
                    .ok());
  }

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  void KillAndRestart() {
    process_->Kill();
    PLAZA_CHECK(process_->Restart().ok());
    taps::WaitUntilReached(*admin_);
  }
  std::unique_ptr<rpc::Client> Client(const std::string& name,
                                      const std::set<std::string>& roles) const {
    const std::string& address = process_->address();
    const int port = std::stoi(address.substr(address.rfind(':') + 1));
    return taps::ClientOf(folder_.path(), port, name, roles, {"GDL-*"});
  }
  OpenLoop Crowd(int connections, double calls_per_second) const {
    OpenLoop options;
    options.address = process_->address();
    options.tls =
        rpc::EnsureDevCertificate(folder_.path(), "gate", {"validator"}, {"GDL-*"}).value();
    options.path = "/" + std::string(taps::kService) + "/SubmitTaps";
    options.connections = connections;
    options.calls_per_second = calls_per_second;
    return options;
  }
  // Calls a second by `callers` that wait for each answer, until all of `calls` are taken.
  double Capacity(int callers, const std::vector<std::string>& calls) const {
    std::atomic<std::size_t> next{0};
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < callers; ++i) {
      threads.emplace_back([&] {
        const auto gate = Client("gate", {"validator"});
        for (std::size_t n; (n = next++) < calls.size();) {
          tap_ingest::v1::SubmitTapsRequest request;
          PLAZA_CHECK(request.ParseFromString(calls[n]));
          PLAZA_CHECK(gate->Call<tap_ingest::v1::SubmitTapsResponse>(taps::kService, "SubmitTaps",
                                                                     request, taps::kTimeout)
                          .ok());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    return static_cast<double>(calls.size()) /
           std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  // Records of tap_counts whose outcome is "accepted".
  std::int64_t AcceptedTaps() {
    const auto counts = admin_->Call<tap_ingest::v1::GetTapCountsResponse>(
        taps::kService, "GetTapCounts", tap_ingest::v1::GetTapCountsRequest(), taps::kTimeout);
    EXPECT_TRUE(counts.ok()) << counts.error().ToString();
    if (!counts.ok()) return -1;
    std::int64_t sum = 0;
    for (const auto& row : counts->counts()) sum += row.count();
    return sum;
  }
  // Of /proc: "VmRSS" now, "VmHWM" the most there ever was.
  std::int64_t MemoryBytes(const std::string& field) const {
    std::ifstream status("/proc/" + std::to_string(process_->pid()) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(field + ":")) return std::stoll(line.substr(field.size() + 1)) * 1024;
    }
    return 0;
  }

 private:
  taps::TempFolder folder_;
  std::unique_ptr<ServerProcess> process_;
  std::unique_ptr<rpc::Client> admin_;
};

// Serialised SubmitTaps of `records` taps each, no tap twice: call n is of validator GDL-(n mod
// validators), in order of its sequences. `from`: how many calls were made before.
inline std::vector<std::string> TapCalls(std::size_t calls, int records, int validators,
                                         std::size_t from = 0) {
  std::vector<std::string> made;
  for (std::size_t n = from; n < from + calls; ++n) {
    const auto turn = static_cast<std::uint64_t>(n) / static_cast<std::uint64_t>(validators);
    tap_ingest::v1::SubmitTapsRequest request;
    for (int i = 0; i < records; ++i) {
      emv::TapRecord tap = taps::TapOf(
          "GDL-" + std::to_string(n % static_cast<std::size_t>(validators)),
          turn * static_cast<std::uint64_t>(records) + static_cast<std::uint64_t>(i) + 1,
          static_cast<std::uint8_t>(n * 7 + static_cast<std::size_t>(i)));
      tap.chip_data.assign(110, 0x5A);
      tap.sealed_card.assign(76, 0xC3);
      tap.seal_scheme = emv::kSealSchemeAesGcm;
      request.add_records(taps::Sign(tap));
    }
    made.push_back(request.SerializeAsString());
  }
  return made;
}

}  // namespace plaza::testing
