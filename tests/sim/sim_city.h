// A small city for tests of whole runs: 2,000 taps take a few seconds.
#pragma once
#include <memory>
#include <string>

#include "apps/plaza/simulation.h"
#include "tests/support/temp_folder.h"

namespace plaza::testing {

inline constexpr std::uint64_t kSmallDayTaps = 2'000;

std::string Program();  // the built plaza

// Options of a small day whose gates live in `folder`.
citysim::Options SmallDay(const std::filesystem::path& folder, std::uint64_t seed);

// One finished run.
struct FinishedRun {
  citysim::DayOutcome day;
  CityReport report;
  AuditReport audit;
};

// Simulates a small day in `folder`/city and stops its services. Fails the test on an error.
FinishedRun SimulateDay(const std::filesystem::path& folder, std::uint64_t seed,
                        const std::string& record_file = "",
                        const std::vector<std::string>& serve_args = {});

// Replays a recording in `folder`/city; `copies` of each service on a cluster, 0: embedded.
AuditReport ReplayRecording(const std::filesystem::path& folder, const std::string& file,
                            const citysim::ReplayOptions& options,
                            const std::vector<std::string>& serve_args = {}, int copies = 0);

// Cuts a recording after its first cut-off, when all consumers are idle: `first` and what comes
// after it. Fails the test on an error.
void SplitAfterCutOff(const std::string& file, const std::string& first, const std::string& rest);

// What the auditor found broken, a line each; empty if all holds.
std::string Broken(const AuditReport& audit);

}  // namespace plaza::testing
