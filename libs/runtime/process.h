// The life of a process: signals, ordered shutdown, no core dumps where card data is, and who built
// it.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/result.h"

namespace plaza::runtime {

class WallClock : public Clock {
 public:
  Instant Now() const override;
};

// Blocks SIGINT and SIGTERM in the calling thread and all that it starts; call it first thing in
// main.
void BlockSignals();
// Waits for SIGINT or SIGTERM. Returns the signal.
int WaitForSignal();

// Steps run in reverse order of adding, each once, within `grace` in total: what is over time is
// logged and the process ends with _exit(1), since a hanging step must not keep a container alive.
class Shutdown {
 public:
  void Add(std::string name, std::function<void()> step);
  bool Run(std::chrono::milliseconds grace);

 private:
  struct Step {
    std::string name;
    std::function<void()> action;
  };
  std::vector<Step> steps_;
};

// RLIMIT_CORE 0 and PR_SET_DUMPABLE 0: neither a core file nor a debugger of another user sees this
// memory.
Result<void> DisableCoreDumps();
bool CoreDumpsDisabled();

// Takes "--with-parent PID" out of `args`, if it is there: SIGTERM comes then when that process,
// which started this one, ends. False if it has ended already.
bool EndWithParent(std::vector<std::string>& args);

std::string BuildInfo();  // "plaza 0.1.0 (commit, compiler, Release)"

}  // namespace plaza::runtime
