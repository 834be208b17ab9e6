#include "apps/plaza/server_process.h"

#include <signal.h>
#include <unistd.h>

#include <thread>

#include "apps/plaza/errors.h"
#include "libs/host/host.h"

namespace plaza {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{10};
constexpr std::chrono::seconds kStopTimeout{30};

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
  servers::Child::Options child;
  child.name = options_.name;
  child.argv = options_.args;
  child.argv.insert(child.argv.begin(), options_.program);
  child.argv.insert(child.argv.end(), {options_.address_flag, address});
  if (!options_.detached) {
    child.argv.insert(child.argv.end(), {"--with-parent", std::to_string(getpid())});
  }
  child.log_file = options_.log_file;
  child.environment = options_.environment;
  child.detached = options_.detached;
  PLAZA_ASSIGN_OR_RETURN(child_, servers::Child::Spawn(std::move(child)));
  return {};
}

Result<void> ServerProcess::AwaitReady() {
  const auto give_up = steady_clock::now() + options_.start_timeout;
  while (steady_clock::now() < give_up) {
    if (child_->Ended()) {
      return Error(kServerDied, options_.name + " ended while starting",
                   options_.log_file.string());
    }
    const auto running = host::ReadRunning(options_.running_file);
    if (running.ok() && running->pid == child_->pid()) {
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
  if (child_->Ended()) return {};
  return child_->End(SIGTERM, kStopTimeout);
}

void ServerProcess::Kill() { child_->Kill(); }

Result<void> ServerProcess::Restart() {
  PLAZA_RETURN_IF_ERROR(Spawn(address_));
  return AwaitReady();
}

ServerProcess::~ServerProcess() = default;

}  // namespace plaza
