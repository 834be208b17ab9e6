// kill -9 while taps flow: the services come back, the gates live on, and the money is that of the
// undisturbed run.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

constexpr int kKills = 20;
constexpr std::uint32_t kKillSeed = 20261123;  // of the moments; printed with the failure

TEST(Crash, KilledTwentyTimesTheMoneyIsTheSame) {
  const TempFolder undisturbed;
  const std::string recording = (undisturbed.path() / "day.rec").string();
  const FinishedRun reference = SimulateDay(undisturbed.path(), /*seed=*/9, recording);
  ASSERT_EQ(Broken(reference.audit), "");

  const TempFolder disturbed;
  SimulationOptions setting;
  setting.paths.data = disturbed.path() / "city";
  setting.seed = 9;
  setting.program = Program();
  auto simulation = Simulation::Start(setting);
  ASSERT_TRUE(simulation.ok()) << simulation.error().ToString();

  // The gates: they know nothing of what happens to the server but that it does not answer at
  // times.
  std::atomic<bool> finished = false;
  Result<citysim::DayOutcome> day = citysim::DayOutcome();
  const citysim::Doors doors = (*simulation)->doors();
  std::thread gates([&] {
    day = citysim::RunDay(SmallDay(disturbed.path(), 9), doors,
                          [](const citysim::ProgressReport&) {});
    finished = true;
  });

  std::mt19937 random(kKillSeed);
  std::uniform_int_distribution<int> pause_ms(20, 400);
  int kills = 0;
  while (kills < kKills && !finished) {
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(pause_ms(random));
    while (std::chrono::steady_clock::now() < until && !finished) std::this_thread::yield();
    (*simulation)->server().Kill();
    ++kills;
    const auto restarted = (*simulation)->server().Restart();
    if (!restarted.ok()) {
      ADD_FAILURE() << "after kill " << kills << " of seed " << kKillSeed << ": "
                    << restarted.error().ToString();
      break;
    }
  }
  gates.join();
  ASSERT_TRUE(day.ok()) << day.error().ToString();
  EXPECT_EQ(kills, kKills) << "the day was over too soon";
  const auto audit = (*simulation)->StopAndAudit();
  ASSERT_TRUE(audit.ok()) << audit.error().ToString();
  EXPECT_EQ(Broken(*audit), "") << "seed " << kKillSeed;
  EXPECT_EQ(audit->money_digest, reference.audit.money_digest) << "seed " << kKillSeed;
  EXPECT_EQ(audit->book_digest, reference.audit.book_digest) << "seed " << kKillSeed;
}

}  // namespace
}  // namespace plaza::testing
