#include "apps/plaza/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "apps/plaza/errors.h"

namespace plaza {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{10};
constexpr std::chrono::seconds kStopTimeout{30};

// posix_spawn, not fork: gRPC's fork handlers leave a client of this process deaf.
Result<pid_t> SpawnWithLog(const std::string& program, std::vector<char*>& argv,
                           const std::string& log_file) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log_file.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return Error(kServerDied, std::strerror(failed), program);
  return child;
}

}  // namespace

std::string ServerProcess::log_file() const { return (options_.paths.data / "serve.log").string(); }

Result<std::unique_ptr<ServerProcess>> ServerProcess::Start(Options options) {
  if (options.program.empty()) options.program = "/proc/self/exe";
  if (RunningAddress(options.paths).ok()) {
    return Error(kAlreadyRunning, "another process serves this folder",
                 options.paths.data.string());
  }
  std::unique_ptr<ServerProcess> process(new ServerProcess(std::move(options)));
  PLAZA_RETURN_IF_ERROR(process->Spawn("127.0.0.1:0"));
  PLAZA_RETURN_IF_ERROR(process->AwaitReady());
  return process;
}

Result<void> ServerProcess::Spawn(const std::string& address) {
  std::vector<std::string> args{"plaza",         "serve",
                                "--data",        options_.paths.data.string(),
                                "--with-parent", std::to_string(getpid()),
                                "--rpc.address", address};
  args.insert(args.end(), options_.args.begin(), options_.args.end());
  std::vector<char*> argv;
  for (std::string& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);
  PLAZA_ASSIGN_OR_RETURN(pid_, SpawnWithLog(options_.program, argv, log_file()));
  return {};
}

Result<void> ServerProcess::AwaitReady() {
  const auto give_up = steady_clock::now() + options_.start_timeout;
  while (steady_clock::now() < give_up) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
      return Error(kServerDied, "plaza serve ended while starting", log_file());
    }
    const auto address = RunningAddress(options_.paths);
    if (address.ok()) {
      address_ = *address;
      return {};
    }
    std::this_thread::sleep_for(kPoll);
  }
  Kill();
  return Error(kServerDied, "plaza serve did not open its doors in time", log_file());
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
      if (!clean) return Error(kServerDied, "plaza serve did not end cleanly", log_file());
      return {};
    }
    std::this_thread::sleep_for(kPoll);
  }
  Kill();
  return Error(kServerDied, "plaza serve did not end in time and was killed", log_file());
}

void ServerProcess::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

Result<void> ServerProcess::Restart() {
  std::error_code ignored;  // a stale file names a dead pid anyway
  std::filesystem::remove(options_.paths.running(), ignored);
  PLAZA_RETURN_IF_ERROR(Spawn(address_));
  return AwaitReady();
}

ServerProcess::~ServerProcess() {
  if (pid_ != 0) Kill();
}

}  // namespace plaza
