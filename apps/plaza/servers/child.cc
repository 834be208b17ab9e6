#include "apps/plaza/servers/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "apps/plaza/servers/errors.h"

namespace plaza::servers {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPoll{10};

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Result<std::unique_ptr<Child>> Child::Spawn(Options options) {
  std::unique_ptr<Child> child(new Child(std::move(options)));
  Options& mine = child->options_;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, mine.log_file.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // The caller may have blocked signals for itself; a server wants them.
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  short flags = POSIX_SPAWN_SETSIGMASK;
  if (mine.detached) flags |= POSIX_SPAWN_SETSID;
  posix_spawnattr_setflags(&attributes, flags);
  std::vector<std::string> environment = mine.environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  const std::vector<char*> argv = Pointers(mine.argv);
  const std::vector<char*> envp = Pointers(environment);
  const int failed =
      posix_spawnp(&child->pid_, argv[0], &actions, &attributes, argv.data(), envp.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    child->pid_ = 0;
    return Error(kChildFailed, mine.name + ": " + std::strerror(failed), mine.argv[0]);
  }
  return child;
}

Child::~Child() {
  if (!options_.detached) Kill();
}

bool Child::Ended() {
  if (pid_ == 0) return true;
  if (waitpid(pid_, &status_, WNOHANG) != pid_) return false;
  pid_ = 0;
  return true;
}

Result<void> Child::End(int signal, std::chrono::seconds timeout) {
  if (!Ended()) kill(pid_, signal);
  const auto give_up = steady_clock::now() + timeout;
  while (!Ended()) {
    if (steady_clock::now() >= give_up) {
      Kill();
      return Error(kChildFailed, options_.name + " did not end in time and was killed",
                   options_.log_file.string());
    }
    std::this_thread::sleep_for(kPoll);
  }
  if (WIFEXITED(status_) && WEXITSTATUS(status_) == 0) return {};
  return Error(kChildFailed, options_.name + " did not end cleanly", options_.log_file.string());
}

int Child::exit_code() const {
  return WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
}

void Child::Kill() {
  if (Ended()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, &status_, 0);
  pid_ = 0;
}

void Child::Signal(int signal) const {
  if (pid_ != 0) kill(pid_, signal);
}

Result<void> AwaitReady(Child& child, const std::function<bool()>& ready,
                        std::chrono::seconds timeout) {
  const auto give_up = std::chrono::steady_clock::now() + timeout;
  while (!ready()) {
    if (child.Ended()) {
      return Error(kServerNotReady, child.name() + " ended while starting",
                   child.log_file().string());
    }
    if (std::chrono::steady_clock::now() >= give_up) {
      child.Kill();
      return Error(kServerNotReady, child.name() + " did not answer in time",
                   child.log_file().string());
    }
    std::this_thread::sleep_for(kPoll);
  }
  return {};
}

Result<void> RunToEnd(Child::Options options, std::chrono::seconds timeout) {
  PLAZA_ASSIGN_OR_RETURN(const auto child, Child::Spawn(std::move(options)));
  const auto give_up = steady_clock::now() + timeout;
  while (steady_clock::now() < give_up) {
    if (child->Ended()) return child->End(0, timeout);
    std::this_thread::sleep_for(kPoll);
  }
  return child->End(SIGTERM, std::chrono::seconds(1));
}

}  // namespace plaza::servers
