#include "libs/runtime/process.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "libs/base/check.h"
#include "libs/runtime/errors.h"
#include "libs/runtime/log.h"

namespace plaza::runtime {
namespace {

sigset_t EndingSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

std::string CompilerName() {
#if defined(__clang__)
  return "clang " + std::to_string(__clang_major__) + "." + std::to_string(__clang_minor__);
#else
  return "g++ " + std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__);
#endif
}

}  // namespace

Instant WallClock::Now() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

void BlockSignals() {
  const sigset_t set = EndingSignals();
  PLAZA_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  // A peer that goes away is an error of the write, not the end of the process.
  signal(SIGPIPE, SIG_IGN);
}

int WaitForSignal() {
  const sigset_t set = EndingSignals();
  int signal_number = 0;
  while (sigwait(&set, &signal_number) != 0) {
  }
  return signal_number;
}

void Shutdown::Add(std::string name, std::function<void()> step) {
  steps_.push_back({std::move(name), std::move(step)});
}

bool Shutdown::Run(std::chrono::milliseconds grace) {
  std::vector<Step> steps;
  steps.swap(steps_);  // each once
  std::mutex mutex;
  std::condition_variable changed;
  std::string current;
  bool done = false;
  std::thread runner([&] {
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
      {
        const std::lock_guard lock(mutex);
        current = step->name;
      }
      step->action();
    }
    const std::lock_guard lock(mutex);
    done = true;
    changed.notify_all();
  });
  {
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, grace, [&] { return done; })) {
      Log(LogLevel::kError, "runtime", "shutdown is over its time: ending at once",
          {{"step", current}, {"grace_ms", std::int64_t{grace.count()}}});
      _exit(1);
    }
  }
  runner.join();
  return true;
}

Result<void> DisableCoreDumps() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) {
    return Error(kNotProtected, std::string("setrlimit: ") + std::strerror(errno), "RLIMIT_CORE");
  }
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return Error(kNotProtected, std::string("prctl: ") + std::strerror(errno), "PR_SET_DUMPABLE");
  }
  return {};
}

bool CoreDumpsDisabled() {
  rlimit limit{};
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return false;
  return limit.rlim_cur == 0 && limit.rlim_max == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

bool EndWithParent(std::vector<std::string>& args) {
  for (std::size_t i = 0; i + 1 < args.size(); ++i) {
    if (args[i] != "--with-parent") continue;
    const auto parent = static_cast<pid_t>(std::strtol(args[i + 1].c_str(), nullptr, 10));
    const auto at = args.begin() + static_cast<std::ptrdiff_t>(i);
    args.erase(at, at + 2);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    return getppid() == parent;  // else it ended before we could ask
  }
  return true;
}

std::string BuildInfo() {
  return std::string("plaza ") + PLAZA_VERSION + " (" + PLAZA_COMMIT + ", " + CompilerName() +
         ", " + PLAZA_BUILD_TYPE + ")";
}

}  // namespace plaza::runtime
