#include "tests/sim/sim_city.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "apps/citysim/recording.h"

namespace plaza::testing {
namespace {

SimulationOptions Setting(const std::filesystem::path& folder, std::uint64_t seed,
                          const std::vector<std::string>& serve_args) {
  SimulationOptions setting;
  setting.paths.data = folder / "city";
  setting.seed = seed;
  setting.serve_args = serve_args;
  setting.program = Program();
  return setting;
}

void Ignore(const citysim::ProgressReport&) {}

// Keeps what /metrics shows beside the run's other files, so that the card-number scan sees it.
void SaveMetrics(const CityPaths& paths) {
  std::ifstream running(paths.running());
  const auto json = nlohmann::json::parse(running);
  const std::string http = json.at("http");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(http.substr(http.rfind(':') + 1))));
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(connect(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
  ASSERT_EQ(write(socket_fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string page;
  char buffer[4096];
  for (ssize_t n; (n = read(socket_fd, buffer, sizeof buffer)) > 0;) {
    page.append(buffer, static_cast<std::size_t>(n));
  }
  close(socket_fd);
  EXPECT_NE(page.find("plaza_"), std::string::npos) << "no metric of ours: " << page.substr(0, 200);
  std::ofstream(paths.data / "metrics.txt") << page;
}

}  // namespace

std::string Program() { return PLAZA_BINARY_DIR "/bin/plaza"; }

citysim::Options SmallDay(const std::filesystem::path& folder, std::uint64_t seed) {
  citysim::Options options;
  options.seed = seed;
  options.taps = kSmallDayTaps;
  options.date = Date::Parse("2026-11-23").value();
  options.feed_dir = PLAZA_SOURCE_DIR "/data/guadalajara";
  options.gates_dir = (folder / "city" / "gates").string();
  return options;
}

FinishedRun SimulateDay(const std::filesystem::path& folder, std::uint64_t seed,
                        const std::string& record_file,
                        const std::vector<std::string>& serve_args) {
  FinishedRun run;
  auto simulation = Simulation::Start(Setting(folder, seed, serve_args));
  EXPECT_TRUE(simulation.ok()) << simulation.error().ToString();
  if (!simulation.ok()) return run;
  citysim::Options options = SmallDay(folder, seed);
  options.record_file = record_file;
  auto day = citysim::RunDay(options, (*simulation)->doors(), Ignore);
  EXPECT_TRUE(day.ok()) << day.error().ToString();
  if (!day.ok()) return run;
  run.day = *day;
  auto report = (*simulation)->Report({});
  EXPECT_TRUE(report.ok()) << report.error().ToString();
  if (report.ok()) run.report = *report;
  SaveMetrics((*simulation)->paths());
  auto audit = (*simulation)->StopAndAudit();
  EXPECT_TRUE(audit.ok()) << audit.error().ToString();
  if (audit.ok()) run.audit = *audit;
  return run;
}

AuditReport ReplayRecording(const std::filesystem::path& folder, const std::string& file,
                            const citysim::ReplayOptions& options,
                            const std::vector<std::string>& serve_args, int copies) {
  auto recording = citysim::RecordingReader::Open(file);
  EXPECT_TRUE(recording.ok()) << recording.error().ToString();
  if (!recording.ok()) return {};
  SimulationOptions setting = Setting(folder, (*recording)->header().seed, serve_args);
  setting.copies = copies;
  auto simulation = Simulation::Start(setting);
  EXPECT_TRUE(simulation.ok()) << simulation.error().ToString();
  if (!simulation.ok()) return {};
  auto outcome = citysim::Replay(file, options, (*simulation)->doors(), Ignore);
  EXPECT_TRUE(outcome.ok()) << outcome.error().ToString();
  if (!outcome.ok()) return {};
  auto audit = (*simulation)->StopAndAudit();
  EXPECT_TRUE(audit.ok()) << audit.error().ToString();
  return audit.ok() ? *audit : AuditReport();
}

void SplitAfterCutOff(const std::string& file, const std::string& first, const std::string& rest) {
  auto reader = citysim::RecordingReader::Open(file);
  ASSERT_TRUE(reader.ok()) << reader.error().ToString();
  auto writer = citysim::RecordingWriter::Create(first, (*reader)->header());
  citysim::RecordingEntry entry;
  bool cut_off = false, split = false;
  while ((*reader)->Next(entry).value()) {
    ASSERT_TRUE((*writer)->Append(entry).ok());
    cut_off = cut_off || std::holds_alternative<citysim::CutOffMark>(entry);
    if (split || !cut_off || !std::holds_alternative<citysim::WindowMark>(entry)) continue;
    split = true;
    ASSERT_TRUE((*writer)->Finish().ok());
    EXPECT_GT((*writer)->taps(), 0U);
    writer = citysim::RecordingWriter::Create(rest, (*reader)->header());
  }
  ASSERT_TRUE(split && (*writer)->Finish().ok());
  EXPECT_GT((*writer)->taps(), 0U);
}

std::string Broken(const AuditReport& audit) {
  std::string broken;
  for (const Invariant& invariant : audit.invariants) {
    if (!invariant.holds) broken += invariant.name + ": " + invariant.figures + "\n";
  }
  if (audit.invariants.empty()) broken = "nothing was audited";
  return broken;
}

}  // namespace plaza::testing
