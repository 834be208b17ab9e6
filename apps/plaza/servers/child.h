// A child process with its output in a file. posix_spawn, never fork: gRPC's fork handlers leave a
// client of this process deaf.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/result.h"

namespace plaza::servers {

// Not thread-safe. Killed by the destructor unless it is detached.
class Child {
 public:
  struct Options {
    std::string name;               // in messages
    std::vector<std::string> argv;  // argv[0] is a path, or looked up in PATH
    std::filesystem::path log_file;
    std::vector<std::string> environment{};  // "NAME=value", beside this process's own
    bool detached = false;                   // in a session of its own, and outlives this object
  };
  static Result<std::unique_ptr<Child>> Spawn(Options options);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  const std::string& name() const { return options_.name; }
  const std::filesystem::path& log_file() const { return options_.log_file; }
  pid_t pid() const { return pid_; }  // 0: ended
  bool Ended();                       // reaps it
  // Sends `signal`, waits for the end; CHILD_FAILED if it took too long (then it is killed) or did
  // not end cleanly.
  Result<void> End(int signal, std::chrono::seconds timeout);
  int exit_code() const;          // 128 + the signal that ended it; of one that has ended
  void Kill();                    // SIGKILL, and waits
  void Signal(int signal) const;  // SIGSTOP, SIGCONT

 private:
  explicit Child(Options options) : options_(std::move(options)) {}
  Options options_;
  pid_t pid_ = 0;
  int status_ = 0;
};

// Waits until a server that was just spawned is ready, looking again every few milliseconds;
// SERVER_NOT_READY, with the log file, if it ends before that or takes too long (then it is
// killed).
Result<void> AwaitReady(Child& child, const std::function<bool()>& ready,
                        std::chrono::seconds timeout);

// Runs a command to its end; CHILD_FAILED names the log file.
Result<void> RunToEnd(Child::Options options, std::chrono::seconds timeout);

}  // namespace plaza::servers
