#include "apps/plaza/servers/redis.h"

#include <signal.h>

#include <fstream>

#include "apps/plaza/servers/errors.h"
#include "apps/plaza/servers/port.h"

namespace plaza::servers {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "/usr/bin/redis-server";
constexpr std::chrono::seconds kStartTimeout{30};
constexpr std::chrono::seconds kStopTimeout{30};

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
  return AwaitReady(
      *child_, [&] { return Answers(port_); }, kStartTimeout);
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
