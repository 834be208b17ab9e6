#include "apps/plaza/servers/redis.h"

#include <signal.h>

#include <fstream>
#include <thread>

#include "apps/plaza/servers/errors.h"
#include "apps/plaza/servers/port.h"

namespace plaza::servers {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "/usr/bin/redis-server";
constexpr std::chrono::seconds kStartTimeout{30};
constexpr std::chrono::seconds kStopTimeout{30};
constexpr std::chrono::milliseconds kPoll{10};

}  // namespace

Result<std::unique_ptr<Redis>> Redis::Start(const RedisOptions& options) {
  if (!fs::exists(kProgram)) {
    return Error(kServerMissing, "Redis (Debian package redis-server)", kProgram);
  }
  std::unique_ptr<Redis> server(new Redis(options));
  server->options_.folder = fs::absolute(options.folder);
  std::error_code failed;
  fs::create_directories(server->options_.folder, failed);
  if (failed) return Error(kServerFolder, failed.message(), server->options_.folder.string());
  PLAZA_RETURN_IF_ERROR(server->WriteConfig());
  PLAZA_RETURN_IF_ERROR(server->Spawn());
  return server;
}

// In a file of its owner's, since everybody may read a process's arguments.
Result<void> Redis::WriteConfig() {
  const fs::path port = options_.folder / "port";
  if (std::ifstream in(port); !(in >> port_)) {
    port_ = FreePort();
    std::ofstream(port) << port_ << "\n";
  }
  const fs::path file = options_.folder / "redis.conf";
  std::ofstream out(file);
  std::error_code failed;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, failed);
  out << "bind 127.0.0.1\n"
      << "port " << port_ << "\n"
      << "dir \"" << options_.folder.string() << "\"\n"
      << "save \"\"\n"
      << "appendonly no\n"
      << "maxmemory " << options_.memory_bytes_max << "\n"
      << "maxmemory-policy noeviction\n";
  if (!options_.password.empty()) out << "requirepass " << options_.password << "\n";
  out.close();
  if (!out || failed) return Error(kServerFolder, "it cannot be written", file.string());
  return {};
}

Result<void> Redis::Spawn() {
  std::vector<std::string> argv{"setpriv"};
  if (!options_.detached) argv.insert(argv.end(), {"--pdeathsig", "KILL"});
  argv.insert(argv.end(), {"--", kProgram, (options_.folder / "redis.conf").string()});
  PLAZA_ASSIGN_OR_RETURN(child_, Child::Spawn({.name = "redis",
                                               .argv = argv,
                                               .log_file = log_file(),
                                               .environment = {},
                                               .detached = options_.detached}));
  const auto give_up = std::chrono::steady_clock::now() + kStartTimeout;
  while (!Answers(port_)) {
    if (child_->Ended()) {
      return Error(kServerNotReady, "Redis ended while starting", log_file().string());
    }
    if (std::chrono::steady_clock::now() >= give_up) {
      child_->Kill();
      return Error(kServerNotReady, "Redis did not answer in time", log_file().string());
    }
    std::this_thread::sleep_for(kPoll);
  }
  return {};
}

Result<void> Redis::Stop() { return child_->End(SIGTERM, kStopTimeout); }

void Redis::Kill() { child_->Kill(); }

Result<void> Redis::StartAgain() { return Spawn(); }

Result<void> Redis::Command(const std::vector<std::string>& words) const {
  Child::Options cli{.name = "redis-cli",
                     .argv = {"/usr/bin/redis-cli", "-p", std::to_string(port_)},
                     .log_file = options_.folder / "redis-cli.log",
                     .environment = {"REDISCLI_AUTH=" + options_.password}};
  cli.argv.insert(cli.argv.end(), words.begin(), words.end());
  return RunToEnd(std::move(cli), kStopTimeout);
}

}  // namespace plaza::servers
