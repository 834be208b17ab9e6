// A running cluster of an older build is upgraded, process by process, while taps flow: the money
// is that of the undisturbed embedded run of today's build. What may run side by side, and what
// not: docs/operating/upgrade.md.
//
// PLAZA_UPGRADE_FROM: the folder of the older build's programs.
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <mutex>
#include <thread>

#include "apps/plaza/servers/child.h"
#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kDaySeed = 11;
constexpr const char* kMember = "eventlog.member";  // of a program that shares its work

fs::path Today(const std::string& process) {
  return fs::path(Program()).parent_path() / ("plaza-" + process);
}

// What the replay has sent so far, in percent; whoever waits for some of it.
class Flow {
 public:
  void Reached(std::uint64_t percent) {
    const std::lock_guard<std::mutex> lock(mutex_);
    percent_ = std::max(percent_, percent);
    moved_.notify_all();
  }
  // False: the replay ended before.
  bool Await(std::uint64_t percent) {
    std::unique_lock<std::mutex> lock(mutex_);
    moved_.wait(lock, [&] { return percent_ >= percent; });
    return percent_ < kEnded;
  }
  static constexpr std::uint64_t kEnded = 1000;

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  std::uint64_t percent_ = 0;
};

class Upgrade : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder;
    expected_ = new FinishedRun(SimulateDay(folder_->path(), kDaySeed, Recording()));
  }
  static void TearDownTestSuite() {
    delete expected_;
    delete folder_;
  }
  static std::string Recording() { return (folder_->path() / "day.rec").string(); }

  void SetUp() override {
    const char* from = std::getenv("PLAZA_UPGRADE_FROM");
    if (from == nullptr) GTEST_SKIP() << "run it by ./plaza upgrade-check REV";
    from_ = from;
  }

  // An unknown key is refused, so an older program gets none that it does not list.
  std::set<std::string> KeysNotKnown() {
    servers::Child::Options help;
    help.name = "plaza-fare --help";
    help.argv = {(from_ / "plaza-fare").string(), "--help"};
    help.log_file = city_.path() / "help.txt";
    const auto ran = servers::RunToEnd(help, std::chrono::seconds(30));
    EXPECT_TRUE(ran.ok()) << ran.error().ToString();
    std::ifstream in(help.log_file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::set<std::string> unknown;
    for (const char* key : {kMember, "cache.redis", "cache.password"}) {
      if (text.find(key) == std::string::npos) unknown.insert(key);
    }
    return unknown;
  }

  Result<std::unique_ptr<Simulation>> StartOld() {
    SimulationOptions setting;
    setting.paths.data = city_.path() / "city";
    setting.seed = kDaySeed;
    setting.program = (from_ / "plaza").string();
    setting.copies = 1;
    setting.breakable.links = true;  // so that the gates find whoever takes a process's place
    keys_not_known_ = KeysNotKnown();
    setting.keys_left_out = keys_not_known_;
    return Simulation::Start(setting);
  }

  // `beside`: the old process is stopped only when the next one is replaced; else before the new
  // one starts.
  static void ReplaceAll(Cluster& cluster, bool beside, bool old_may_share, Flow& flow) {
    std::unique_ptr<ServerProcess> old;
    std::uint64_t percent = 0;
    for (const std::string& process : Cluster::ProcessNames(/*copies=*/1)) {
      percent += 15;
      ASSERT_TRUE(flow.Await(percent)) << "the taps were over before " << process;
      if (old != nullptr) {
        EXPECT_TRUE(old->Stop().ok());
      }
      // One that counts alone and one of several may not take taps at once
      // (docs/operating/upgrade.md).
      const bool overlap = beside && (old_may_share || process != "tap-ingest");
      if (!overlap) {
        ASSERT_TRUE(cluster.service(process).Stop().ok()) << process;
      }
      std::cout << "  " << percent << " % of the taps: " << process << std::endl;
      auto replaced = cluster.Replace(process, Today(process));
      ASSERT_TRUE(replaced.ok()) << replaced.error().ToString();
      old = overlap ? std::move(*replaced) : nullptr;
    }
    if (old != nullptr) {
      EXPECT_TRUE(old->Stop().ok());
    }
  }

  void Run(bool beside) {
    auto simulation = StartOld();
    ASSERT_TRUE(simulation.ok()) << simulation.error().ToString();
    Flow flow;
    Result<void> sent;
    std::thread gates([&] {
      const auto replayed = citysim::Replay(Recording(), {}, (*simulation)->doors(),
                                            [&](const citysim::ProgressReport& report) {
                                              if (report.total > 0)
                                                flow.Reached(report.done * 100 / report.total);
                                            });
      if (!replayed.ok()) sent = replayed.error();
      flow.Reached(Flow::kEnded);
    });
    ReplaceAll((*simulation)->cluster(), beside, !keys_not_known_.contains(kMember), flow);
    gates.join();
    ASSERT_TRUE(sent.ok()) << sent.error().ToString();
    const auto audit = (*simulation)->StopAndAudit();
    ASSERT_TRUE(audit.ok()) << audit.error().ToString();
    EXPECT_EQ(Broken(*audit), "");
    EXPECT_EQ(audit->money_digest, expected_->audit.money_digest);
    EXPECT_EQ(audit->book_digest, expected_->audit.book_digest);
  }

  static TempFolder* folder_;
  static FinishedRun* expected_;
  TempFolder city_;
  fs::path from_;
  std::set<std::string> keys_not_known_;
};
TempFolder* Upgrade::folder_ = nullptr;
FinishedRun* Upgrade::expected_ = nullptr;

TEST_F(Upgrade, EachOldProcessStopsBeforeItsSuccessorStarts) { Run(/*beside=*/false); }

TEST_F(Upgrade, OldAndNewProcessesRunSideBySide) { Run(/*beside=*/true); }

}  // namespace
}  // namespace plaza::testing
