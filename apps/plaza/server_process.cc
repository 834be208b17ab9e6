#include "apps/plaza/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "apps/plaza/errors.h"
#include "libs/host/host.h"

namespace plaza {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{10};
constexpr std::chrono::seconds kStopTimeout{30};

// posix_spawn, not fork: gRPC's fork handlers leave a client of this process deaf.
Result<pid_t> SpawnWithLog(const std::string& program, std::vector<char*>& argv,
                           const std::string& log_file, bool new_session) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (new_session) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log_file.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int failed =
      posix_spawn(&child, program.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return Error(kServerDied, std::strerror(failed), program);
  return child;
}

}  // namespace

Result<std::unique_ptr<ServerProcess>> ServerProcess::Start(Options options) {
  if (const auto running = host::ReadRunning(options.running_file); running.ok()) {
    return Error(kAlreadyRunning, "process " + std::to_string(running->pid) + " is " + options.name,
                 options.running_file.string());
  }
  std::unique_ptr<ServerProcess> process(new ServerProcess(std::move(options)));
  PLAZA_RETURN_IF_ERROR(process->Spawn("127.0.0.1:0"));
  PLAZA_RETURN_IF_ERROR(process->AwaitReady());
  return process;
}

Result<void> ServerProcess::Spawn(const std::string& address) {
  std::vector<std::string> args = options_.args;
  args.insert(args.begin(), options_.program);
  args.insert(args.end(), {"--rpc.address", address});
  if (!options_.detached) args.insert(args.end(), {"--with-parent", std::to_string(getpid())});
  std::vector<char*> argv;
  for (std::string& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);
  PLAZA_ASSIGN_OR_RETURN(
      pid_, SpawnWithLog(options_.program, argv, options_.log_file.string(), options_.detached));
  return {};
}

Result<void> ServerProcess::AwaitReady() {
  const auto give_up = steady_clock::now() + options_.start_timeout;
  while (steady_clock::now() < give_up) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
      return Error(kServerDied, options_.name + " ended while starting",
                   options_.log_file.string());
    }
    const auto running = host::ReadRunning(options_.running_file);
    if (running.ok() && running->pid == pid_) {
      address_ = running->rpc_address;
      http_address_ = running->http_address;
      return {};
    }
    std::this_thread::sleep_for(kPoll);
  }
  Kill();
  return Error(kServerDied, options_.name + " did not open its doors in time",
               options_.log_file.string());
}

Result<void> ServerProcess::Stop() {
  if (pid_ == 0) return {};
  kill(pid_, SIGTERM);
  const auto give_up = steady_clock::now() + kStopTimeout;
  while (steady_clock::now() < give_up) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
      const bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
      if (!clean)
        return Error(kServerDied, options_.name + " did not end cleanly",
                     options_.log_file.string());
      return {};
    }
    std::this_thread::sleep_for(kPoll);
  }
  Kill();
  return Error(kServerDied, options_.name + " did not end in time and was killed",
               options_.log_file.string());
}

void ServerProcess::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

Result<void> ServerProcess::Restart() {
  PLAZA_RETURN_IF_ERROR(Spawn(address_));
  return AwaitReady();
}

ServerProcess::~ServerProcess() {
  if (pid_ != 0 && !options_.detached) Kill();
}

}  // namespace plaza
