// The whole day embedded: recorded taps through the doors until the last operator is settled, card
// cryptography apart. Floor, in the same run: the same octets written to a file and synced, one
// sync a batch: what any durable door must do. usage: bench_day [TAPS]
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "apps/citysim/recording.h"
#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

constexpr std::size_t kBatch = 500;
constexpr std::uint64_t kSeed = 1;

int Complain(const Error& error) {
  std::fprintf(stderr, "bench_day: %s\n", error.ToString().c_str());
  return 1;
}

Result<double> FloorTapsPerSecond(const std::string& recording, const std::string& file) {
  PLAZA_ASSIGN_OR_RETURN(const auto reader, citysim::RecordingReader::Open(recording));
  const int out = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  PLAZA_CHECK(out >= 0);
  std::string batch;
  std::size_t in_batch = 0;
  const auto flush = [&] {
    PLAZA_CHECK(write(out, batch.data(), batch.size()) == static_cast<ssize_t>(batch.size()));
    PLAZA_CHECK(fdatasync(out) == 0);
    batch.clear();
    in_batch = 0;
  };
  const auto began = std::chrono::steady_clock::now();
  citysim::RecordingEntry entry;
  while (true) {
    PLAZA_ASSIGN_OR_RETURN(const bool more, reader->Next(entry));
    if (!more) break;
    if (const auto* tap = std::get_if<citysim::TapEntry>(&entry)) {
      batch += AsText(tap->record);
      if (++in_batch == kBatch) flush();
    }
  }
  flush();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  close(out);
  return static_cast<double>(reader->taps()) / took.count();
}

int Main(std::uint64_t taps) {
  const TempFolder folder;
  const std::string recording = (folder.path() / "day.rec").string();
  SimulationOptions setting;
  setting.paths.data = folder.path() / "city";
  setting.seed = kSeed;
  setting.program = Program();
  {
    auto simulation = Simulation::Start(setting);
    if (!simulation.ok()) return Complain(simulation.error());
    citysim::Options options = SmallDay(folder.path(), kSeed);
    options.taps = taps;
    options.record_file = recording;
    const auto day =
        citysim::RunDay(options, (*simulation)->doors(), [](const citysim::ProgressReport&) {});
    if (!day.ok()) return Complain(day.error());
  }
  const auto floor = FloorTapsPerSecond(recording, (folder.path() / "floor").string());
  if (!floor.ok()) return Complain(floor.error());
  auto simulation = Simulation::Start(setting);
  if (!simulation.ok()) return Complain(simulation.error());
  citysim::ReplayOptions options;
  options.batch = kBatch;
  options.pace = false;
  const auto outcome = citysim::Replay(recording, options, (*simulation)->doors(),
                                       [](const citysim::ProgressReport&) {});
  if (!outcome.ok()) return Complain(outcome.error());
  const double value = static_cast<double>(outcome->records) / outcome->tap_seconds;
  std::printf(
      "{\"name\":\"day.embedded\",\"value\":%.0f,\"unit\":\"taps/"
      "s\",\"floor\":%.0f,\"ratio\":%.3f}\n",
      value, *floor, value / *floor);
  const auto audit = (*simulation)->StopAndAudit();
  if (!audit.ok()) return Complain(audit.error());
  return audit->Clean() ? 0 : 1;
}

}  // namespace
}  // namespace plaza::testing

int main(int argc, char** argv) {
  return plaza::testing::Main(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 30'000);
}
