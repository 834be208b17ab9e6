// Faults in a cluster while taps flow: whatever is killed or halted, the money is that of the
// undisturbed embedded run, and the auditor finds nothing.
//
// One round by default. More: PLAZA_FAULT_SEED=1 ./plaza faults 200
// Each round prints its seed and what it did; the first difference ends the run and keeps the
// folder.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

constexpr std::uint64_t kDaySeed = 11;
constexpr int kFaultsPerRound = 12;

unsigned long FromEnvironment(const char* name, unsigned long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

// What may happen to a process. A halted one is away for longer than a call waits for it.
enum class Fault { kKill, kHalt };

struct Planned {
  std::string victim;
  Fault fault;
  std::chrono::milliseconds after;
  std::chrono::milliseconds halted;
};

std::vector<Planned> Plan(std::uint32_t seed) {
  static const std::vector<std::string> victims{"clock", "tap-ingest", "fare", "clearing",
                                                "vault", "tap-ingest", "fare", "clearing",
                                                "vault", "postgres",   "kafka"};
  std::mt19937 random(seed);
  const auto below = [&](std::uint32_t n) { return random() % n; };
  std::vector<Planned> plan;
  for (int i = 0; i < kFaultsPerRound; ++i) {
    Planned fault;
    fault.victim = victims[below(static_cast<std::uint32_t>(victims.size()))];
    fault.fault = below(4) == 0 ? Fault::kHalt : Fault::kKill;
    fault.after = std::chrono::milliseconds(20 + below(500));
    fault.halted = std::chrono::milliseconds(100 + below(2000));
    plan.push_back(fault);
  }
  return plan;
}

pid_t PidOf(Cluster& cluster, const std::string& name) {
  if (name == "postgres") return cluster.postgres().pid();
  if (name == "kafka") return cluster.kafka().pid();
  return cluster.service(name).pid();
}

Result<void> Strike(Cluster& cluster, const Planned& fault) {
  if (fault.fault == Fault::kHalt) {
    const pid_t pid = PidOf(cluster, fault.victim);
    kill(pid, SIGSTOP);
    std::this_thread::sleep_for(fault.halted);  // the fault itself, not a wait for something
    kill(pid, SIGCONT);
    return {};
  }
  if (fault.victim == "postgres") {
    cluster.postgres().Kill();
    return cluster.postgres().StartAgain();
  }
  if (fault.victim == "kafka") {
    cluster.kafka().Kill();
    return cluster.kafka().StartAgain();
  }
  cluster.service(fault.victim).Kill();
  return cluster.service(fault.victim).Restart();
}

// One day with faults in `folder`; what it did goes to `done`.
Result<AuditReport> Round(const std::filesystem::path& folder, std::uint32_t seed,
                          std::string& done) {
  SimulationOptions setting;
  setting.paths.data = folder / "city";
  setting.seed = kDaySeed;
  setting.program = Program();
  setting.copies = 1;
  PLAZA_ASSIGN_OR_RETURN(const auto simulation, Simulation::Start(setting));
  std::atomic<bool> finished = false;
  Result<citysim::DayOutcome> day = citysim::DayOutcome();
  const citysim::Doors doors = simulation->doors();
  std::thread gates([&] {
    day = citysim::RunDay(SmallDay(folder, kDaySeed), doors, [](const citysim::ProgressReport&) {});
    finished = true;
  });
  Result<void> struck;
  for (const Planned& fault : Plan(seed)) {
    const auto until = std::chrono::steady_clock::now() + fault.after;
    while (std::chrono::steady_clock::now() < until && !finished) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (finished) break;
    done += (fault.fault == Fault::kKill ? " kill " : " halt ") + fault.victim;
    struck = Strike(simulation->cluster(), fault);
    if (!struck.ok()) break;
  }
  gates.join();
  PLAZA_RETURN_IF_ERROR(struck);
  if (!day.ok()) return day.error();
  return simulation->StopAndAudit();
}

TEST(Faults, TheMoneyIsThatOfTheUndisturbedRun) {
  const auto rounds = FromEnvironment("PLAZA_FAULT_ROUNDS", 1);
  const auto first = static_cast<std::uint32_t>(FromEnvironment("PLAZA_FAULT_SEED", 20261125));
  const TempFolder undisturbed;
  const FinishedRun reference = SimulateDay(undisturbed.path(), kDaySeed);
  ASSERT_EQ(Broken(reference.audit), "");
  for (std::uint32_t seed = first; seed < first + rounds; ++seed) {
    auto folder = std::make_unique<TempFolder>();
    std::string done;
    const Result<AuditReport> audit = Round(folder->path(), seed, done);
    std::cout << "seed " << seed << ":" << done << std::endl;
    const bool same = audit.ok() && Broken(*audit).empty() &&
                      audit->money_digest == reference.audit.money_digest &&
                      audit->book_digest == reference.audit.book_digest;
    if (same) continue;
    ADD_FAILURE() << "seed " << seed << ":" << done << "\n"
                  << (audit.ok() ? Broken(*audit) + "money " + audit->money_digest + "\nbook  " +
                                       audit->book_digest
                                 : audit.error().ToString())
                  << "\nexpected money " << reference.audit.money_digest << "\nbook  "
                  << reference.audit.book_digest << "\nkept in " << folder->path().string();
    static_cast<void>(folder.release());  // the evidence
    return;
  }
}

}  // namespace
}  // namespace plaza::testing
