#include "libs/runtime/process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>

#include <gmock/gmock.h>

namespace plaza::runtime {
namespace {

// The exit status of `body` in a process of its own.
int InChild(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(EndWithParentTest, TakesItsFlagOutAndKnowsAnOrphan) {
  const std::string parent = std::to_string(getpid());
  EXPECT_EQ(InChild([&] {
              std::vector<std::string> args{"--a", "--with-parent", parent, "--b"};
              if (!EndWithParent(args) || args != std::vector<std::string>{"--a", "--b"}) return 1;
              int signal = 0;
              prctl(PR_GET_PDEATHSIG, &signal);
              return signal == SIGTERM ? 0 : 2;
            }),
            0);
  EXPECT_EQ(InChild([] {
              std::vector<std::string> args{"--with-parent", std::to_string(getpid())};
              return EndWithParent(args) ? 1 : 0;
            }),
            0);
  std::vector<std::string> without{"--a", "--with-parent"};
  EXPECT_TRUE(EndWithParent(without));
  EXPECT_EQ(without.size(), 2U);
}

TEST(ShutdownTest, RunsStepsInReverseOrderAndOnce) {
  std::vector<std::string> order;
  Shutdown shutdown;
  for (const char* name : {"store", "log", "server"}) {
    shutdown.Add(name, [&order, name] { order.emplace_back(name); });
  }
  EXPECT_TRUE(shutdown.Run(std::chrono::seconds(10)));
  EXPECT_THAT(order, ::testing::ElementsAre("server", "log", "store"));
  EXPECT_TRUE(shutdown.Run(std::chrono::seconds(10)));
  EXPECT_EQ(order.size(), 3u);
}

TEST(ShutdownTest, EndsTheProcessWhenAStepHangs) {
  EXPECT_EXIT(
      {
        Shutdown shutdown;
        shutdown.Add("stuck consumer", [] { std::promise<void>().get_future().wait(); });
        std::promise<void> never;
        shutdown.Add("hangs", [&never] { never.get_future().wait(); });
        shutdown.Run(std::chrono::milliseconds(50));
      },
      ::testing::ExitedWithCode(1), "over its time.*hangs");
}

TEST(SignalsTest, BlockedSignalsWaitForTheMainThread) {
  EXPECT_EQ(InChild([] {
              BlockSignals();
              kill(getpid(), SIGTERM);
              return WaitForSignal() == SIGTERM ? 0 : 1;
            }),
            0);
}

TEST(CoreDumpsTest, AreOffOnceDisabled) {
  EXPECT_EQ(InChild([] {
              const rlimit some{0, RLIM_INFINITY};
              setrlimit(RLIMIT_CORE, &some);
              if (CoreDumpsDisabled()) return 1;
              if (!DisableCoreDumps().ok()) return 2;
              rlimit limit{1, 1};
              getrlimit(RLIMIT_CORE, &limit);
              if (limit.rlim_cur != 0 || limit.rlim_max != 0) return 3;
              if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) return 4;
              return CoreDumpsDisabled() ? 0 : 5;
            }),
            0);
}

TEST(BuildInfoTest, SaysWhatAndByWhom) {
  EXPECT_THAT(BuildInfo(),
              ::testing::MatchesRegex("plaza [0-9.]+ \\(.+, (g\\+\\+|clang) .+, .*\\)"));
}

TEST(WallClockTest, IsNow) { EXPECT_GT(WallClock().Now(), Instant{1'700'000'000'000}); }

}  // namespace
}  // namespace plaza::runtime
