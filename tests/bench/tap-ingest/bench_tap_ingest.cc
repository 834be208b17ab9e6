// Taps a second through SubmitTaps: gRPC over loopback TLS, durable, batches of 100, the relay to
// the log running, client and server in one process. The floor is an echo of the same bytes: the
// same kind of server, client and answer, without looking at the records. Prints one JSON line.
//
//   bench_tap_ingest [taps] [clients] [workers]
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/tap-ingest/harness.h"

namespace plaza::tap_ingest {
namespace {

using namespace harness;

constexpr int kBatchRecords = 100;
constexpr std::size_t kCards = 50'000;

struct Size {
  int taps = 400'000;
  int clients = 8;
  int workers = 8;
};

emv::TapRecord RealisticTap(const std::string& validator, std::uint64_t sequence,
                            std::uint64_t card) {
  emv::TapRecord record = TapOf(validator, sequence, 0);
  const Sha256Digest token = Sha256(AsBytes(std::to_string(card)));
  std::copy(token.begin(), token.end(), record.token->begin());
  record.chip_data.assign(110, 0x5A);
  record.sealed_card.assign(76, 0xC3);
  record.seal_scheme = emv::kSealSchemeAesGcm;
  return record;
}

using Requests = std::vector<v1::SubmitTapsRequest>;

// Each client's requests: one validator, sequences in order.
std::vector<Requests> MakeRequests(const Size& size) {
  std::vector<Requests> all(static_cast<std::size_t>(size.clients));
  const int batches = size.taps / size.clients / kBatchRecords;
  std::uint64_t card = 0;
  for (int client = 0; client < size.clients; ++client) {
    const std::string validator = "GDL-" + std::to_string(client);
    std::uint64_t sequence = 0;
    for (int batch = 0; batch < batches; ++batch) {
      v1::SubmitTapsRequest& request = all[static_cast<std::size_t>(client)].emplace_back();
      for (int i = 0; i < kBatchRecords; ++i) {
        card = (card * 6364136223846793005ULL + 1442695040888963407ULL);
        request.add_records(Sign(RealisticTap(validator, ++sequence, (card >> 33) % kCards)));
      }
    }
  }
  return all;
}

// Seconds for all clients at once, each sending its requests one after the other.
double Send(const std::string& folder, int port, const std::vector<Requests>& all) {
  std::atomic<std::int64_t> refused{0};
  std::vector<std::unique_ptr<rpc::Client>> clients;
  while (clients.size() < all.size()) {
    clients.push_back(ClientOf(folder, port, "bench", {"validator"}, {"GDL-*"}));
  }
  const auto run = [&](std::size_t index) {
    for (const v1::SubmitTapsRequest& request : all[index]) {
      for (;;) {
        const auto response =
            clients[index]->Call<v1::SubmitTapsResponse>(kService, "SubmitTaps", request, kTimeout);
        if (!response.ok() && response.error().code() == StatusCode::kResourceExhausted) {
          ++refused;
          std::this_thread::yield();
          continue;
        }
        PLAZA_CHECK(response.ok() && response->answers_size() == request.records_size());
        PLAZA_CHECK(response->answers(0).outcome() == v1::TAP_OUTCOME_ACCEPTED);
        break;
      }
    }
  };
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < all.size(); ++i) threads.emplace_back(run, i);
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  if (refused > 0)
    std::fprintf(stderr, "refused for load: %lld calls\n", static_cast<long long>(refused));
  return seconds.count();
}

double Echo(const std::string& folder, const Size& size, const std::vector<Requests>& all) {
  rpc::ServerOptions options;
  options.tls = rpc::EnsureDevCertificate(folder, "server", {}, {}).value();
  options.workers = size.workers;
  rpc::Server server(options);
  server.Handle<v1::SubmitTapsRequest, v1::SubmitTapsResponse>(
      kService, "SubmitTaps", {{"validator"}},
      [](rpc::Ctx&, const v1::SubmitTapsRequest& request) -> Result<v1::SubmitTapsResponse> {
        v1::SubmitTapsResponse response;
        for (int i = 0; i < request.records_size(); ++i) {
          response.add_answers()->set_outcome(v1::TAP_OUTCOME_ACCEPTED);
        }
        return response;
      });
  const int port = server.Start().value();
  const double seconds = Send(folder, port, all);
  server.Stop(std::chrono::milliseconds(5000));
  return seconds;
}

double Ingest(const std::string& folder, const Size& size, const std::vector<Requests>& all) {
  Node node(folder, size.workers);
  node.service().Start();
  const auto admin = ClientOf(folder, node.port(), "admin", {"admin"}, {});
  std::vector<std::string> validators;
  for (int i = 0; i < size.clients; ++i) validators.push_back("GDL-" + std::to_string(i));
  PLAZA_CHECK(admin
                  ->Call<v1::RegisterValidatorResponse>(kService, "RegisterValidator",
                                                        Registration("bench", validators), kTimeout)
                  .ok());
  const std::clock_t cpu = std::clock();
  const double seconds = Send(folder, node.port(), all);
  const double cpu_us = static_cast<double>(std::clock() - cpu) * 1e6 / CLOCKS_PER_SEC;
  std::fprintf(stderr,
               "processor time a tap, client, TLS, server, relay and log together: %.1f us; "
               "outbox rows left: %lld\n",
               cpu_us / size.taps,
               static_cast<long long>(node.service().participant().OutboxPending()));
  return seconds;
}

int Run(const Size& size) {
  const TempFolder folder;
  PLAZA_CHECK(rpc::EnsureDevCa(folder.path()).ok());
  const auto all = MakeRequests(size);
  const double taps = static_cast<double>(all.size() * all[0].size() * kBatchRecords);
  const double floor = taps / Echo(folder.path(), size, all);
  const double value = taps / Ingest(folder.path(), size, all);
  std::printf(
      "{\"name\":\"tap_ingest.submit\",\"value\":%.0f,\"unit\":\"taps/"
      "s\",\"floor\":%.0f,\"ratio\":%.3f}\n",
      value, floor, value / floor);
  return 0;
}

}  // namespace
}  // namespace plaza::tap_ingest

int main(int argc, char** argv) {
  plaza::tap_ingest::Size size;
  if (argc > 1) size.taps = std::stoi(argv[1]);
  if (argc > 2) size.clients = std::stoi(argv[2]);
  if (argc > 3) size.workers = std::stoi(argv[3]);
  return plaza::tap_ingest::Run(size);
}
