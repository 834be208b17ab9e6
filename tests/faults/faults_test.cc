// Faults in a cluster while taps flow: whatever is killed, halted, cut, filled or set wrong, the
// money is that of the undisturbed embedded run, and the auditor finds nothing.
//
// One short round by default. More: PLAZA_FAULT_SEED=1 ./plaza faults 200
// Each round prints its seed and what it did; the first difference ends the run and keeps the
// folder, with the databases and the lines under the digests.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "tests/faults/plan.h"
#include "tests/faults/striker.h"
#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kDaySeed = 11;
constexpr std::uint32_t kShortSeed = 20261125;
constexpr std::chrono::milliseconds kLook{20};

unsigned long FromEnvironment(const char* name, unsigned long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

// The undisturbed day, and its recording.
struct Reference {
  fs::path recording;
  AuditReport audit;
};

struct Outcome {
  int strikes = 0;
  Result<AuditReport> audit = AuditReport();
};

Result<std::unique_ptr<Simulation>> StartCity(const fs::path& folder, const RoundPlan& plan) {
  SimulationOptions setting;
  setting.paths.data = folder / "city";
  setting.seed = kDaySeed;
  setting.program = Program();
  setting.copies = plan.copies;
  // High enough to refuse nobody: so that the copies share counts through Redis.
  setting.serve_args = {"--rpc.limits", "validator=100000/100000,admin=100000/100000"};
  setting.kafka_nodes = plan.kafka_nodes;
  setting.breakable = plan.breakable;
  return Simulation::Start(setting);
}

Result<void> Load(const RoundPlan& plan, const fs::path& folder, const Reference& reference,
                  const citysim::Doors& doors) {
  const auto ignore = [](const citysim::ProgressReport&) {};
  if (plan.replay) {
    PLAZA_RETURN_IF_ERROR(citysim::Replay(reference.recording, *plan.replay, doors, ignore));
    return {};
  }
  PLAZA_RETURN_IF_ERROR(citysim::RunDay(SmallDay(folder, kDaySeed), doors, ignore));
  return {};
}

// What the plan says, until the load is through.
Result<void> StrikeAll(Cluster& cluster, const RoundPlan& plan, const std::atomic<bool>& finished,
                       int& done) {
  Striker striker(cluster, plan.kind);
  for (const Strike& strike : plan.strikes) {
    const auto until = std::chrono::steady_clock::now() + strike.after;
    while (std::chrono::steady_clock::now() < until && !finished) {
      PLAZA_RETURN_IF_ERROR(striker.Supervise());
      std::this_thread::sleep_for(kLook);
    }
    if (finished) return {};
    std::cout << "  " << Describe(strike) << std::endl;
    PLAZA_RETURN_IF_ERROR(striker.Do(strike));
    ++done;
  }
  while (!finished) {
    PLAZA_RETURN_IF_ERROR(striker.Supervise());
    std::this_thread::sleep_for(kLook);
  }
  return {};
}

bool Same(const AuditReport& audit, const RoundPlan& plan, const AuditReport& expected) {
  return Broken(audit).empty() && audit.money_digest == expected.money_digest &&
         (!plan.same_book || audit.book_digest == expected.book_digest);
}

// For whoever looks at it later: a cluster's databases are gone when its servers are.
void KeepEvidence(Simulation& simulation, const fs::path& folder) {
  if (const auto lines = ReadDigestLines(simulation.paths()); lines.ok()) {
    std::ofstream money(folder / "money.txt");
    for (const std::string& line : lines->money) money << line << "\n";
    std::ofstream book(folder / "book.txt");
    for (const std::string& line : lines->book) book << line << "\n";
  }
  std::error_code failed;
  fs::copy(simulation.cluster().postgres().data(), folder / "postgres-data",
           fs::copy_options::recursive, failed);
  if (failed) std::cout << "  the databases were not kept: " << failed.message() << std::endl;
}

Outcome Round(const fs::path& folder, const RoundPlan& plan, const Reference& reference) {
  Outcome outcome;
  auto simulation = StartCity(folder, plan);
  if (!simulation.ok()) {
    outcome.audit = simulation.error();
    return outcome;
  }
  std::atomic<bool> finished = false;
  Result<void> loaded;
  std::thread gates([&] {
    loaded = Load(plan, folder, reference, (*simulation)->doors());
    finished = true;
  });
  const Result<void> struck = StrikeAll((*simulation)->cluster(), plan, finished, outcome.strikes);
  gates.join();
  if (!struck.ok() || !loaded.ok()) {
    outcome.audit = struck.ok() ? loaded.error() : struck.error();
  } else if (const auto stopped = (*simulation)->cluster().StopServices(); !stopped.ok()) {
    outcome.audit = stopped.error();
  } else {
    outcome.audit = Audit((*simulation)->paths());
  }
  if (!outcome.audit.ok() || !Same(*outcome.audit, plan, reference.audit)) {
    KeepEvidence(**simulation, folder);
  } else if (const auto stopped = (*simulation)->cluster().Stop(); !stopped.ok()) {
    outcome.audit = stopped.error();
  }
  return outcome;
}

Kind ChosenKind(std::uint32_t seed) {
  const char* name = std::getenv("PLAZA_FAULT_KIND");
  if (name == nullptr) return seed == kShortSeed ? Kind::kShort : KindOf(seed);
  const auto kind = KindNamed(name);
  EXPECT_TRUE(kind.has_value()) << name << " is no kind of fault";
  return kind.value_or(Kind::kShort);
}

TEST(Faults, TheMoneyIsThatOfTheUndisturbedRun) {
  const auto rounds = FromEnvironment("PLAZA_FAULT_ROUNDS", 1);
  const auto first = static_cast<std::uint32_t>(FromEnvironment("PLAZA_FAULT_SEED", kShortSeed));
  const TempFolder undisturbed;
  const Reference reference{
      undisturbed.path() / "day.rec",
      SimulateDay(undisturbed.path(), kDaySeed, (undisturbed.path() / "day.rec").string()).audit};
  ASSERT_EQ(Broken(reference.audit), "");
  for (std::uint32_t seed = first; seed < first + rounds; ++seed) {
    auto folder = std::make_unique<TempFolder>();
    const RoundPlan plan = MakePlan(seed, ChosenKind(seed));
    std::cout << "seed " << seed << ", " << NameOf(plan.kind) << std::endl;
    const auto began = std::chrono::steady_clock::now();
    const Outcome outcome = Round(folder->path(), plan, reference);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const bool same = outcome.audit.ok() && Same(*outcome.audit, plan, reference.audit);
    std::cout << "seed " << seed << ", " << NameOf(plan.kind) << ": " << outcome.strikes
              << " faults in " << static_cast<int>(took.count()) << " s, "
              << (same ? "all equal" : "DIFFERENT") << std::endl;
    if (same) continue;
    ADD_FAILURE() << "seed " << seed << "\n"
                  << (outcome.audit.ok()
                          ? Broken(*outcome.audit) + "money " + outcome.audit->money_digest +
                                "\nbook  " + outcome.audit->book_digest
                          : outcome.audit.error().ToString())
                  << "\nexpected money " << reference.audit.money_digest << "\nbook  "
                  << reference.audit.book_digest << "\nkept in " << folder->path().string();
    static_cast<void>(folder.release());  // the evidence
    return;
  }
}

}  // namespace
}  // namespace plaza::testing
