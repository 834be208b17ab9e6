#include "apps/plaza/servers/postgres.h"

#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "apps/plaza/servers/errors.h"
#include "libs/base/digest.h"
#include "libs/base/hex.h"

namespace plaza::servers {
namespace {

namespace fs = std::filesystem;

const fs::path kPrograms = "/usr/lib/postgresql/15/bin";
constexpr const char* kUser = "postgres";
constexpr int kPort = 5432;
constexpr std::chrono::seconds kInitTimeout{60};
constexpr std::chrono::seconds kStartTimeout{60};
constexpr std::chrono::seconds kStopTimeout{30};
constexpr std::chrono::milliseconds kPoll{20};

// Before a command line: another user if this one is root, and an end with this process unless it
// is to be outlived. setpriv becomes the program, so the child's pid is the server's own.
std::vector<std::string> AsServerUser(bool detached) {
  std::vector<std::string> argv{"setpriv"};
  if (geteuid() == 0)
    argv.insert(argv.end(), {"--reuid", kUser, "--regid", kUser, "--init-groups"});
  if (!detached) argv.insert(argv.end(), {"--pdeathsig", "INT"});
  argv.emplace_back("--");
  return argv;
}

Result<void> Own(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return Error(kServerFolder, failed.message(), folder.string());
  fs::permissions(folder, fs::perms::owner_all, failed);
  if (failed) return Error(kServerFolder, failed.message(), folder.string());
  if (geteuid() != 0) return {};
  const passwd* user = getpwnam(kUser);
  if (user == nullptr) return Error(kServerMissing, "there is no user postgres", kUser);
  if (chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) {
    return Error(kServerFolder, "it cannot be given to the user postgres", folder.string());
  }
  return {};
}

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};

std::string Quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

}  // namespace

fs::path Postgres::Home(const fs::path& folder) {
  const std::string name = fs::absolute(folder).string();
  return "/var/tmp/plaza-postgres-" + ToHex(Sha256(AsBytes(name))).substr(0, 12);
}

Result<std::unique_ptr<Postgres>> Postgres::Start(const PostgresOptions& options) {
  if (!fs::exists(kPrograms / "postgres")) {
    return Error(kServerMissing, "PostgreSQL 15 (Debian package postgresql-15)",
                 (kPrograms / "postgres").string());
  }
  std::unique_ptr<Postgres> server(new Postgres(options));
  server->options_.folder = fs::absolute(options.folder);
  const std::string name = server->options_.folder.string();
  server->home_ = Home(options.folder);
  server->data_ = server->home_ / "data";
  std::error_code failed;
  fs::create_directories(server->options_.folder, failed);
  if (failed) return Error(kServerFolder, failed.message(), name);
  // The data of a folder that was removed, and made anew since, are nobody's.
  const fs::path mark = server->options_.folder / "made";
  if (options.temporary || !fs::exists(mark)) fs::remove_all(server->home_, failed);
  std::ofstream(mark) << server->home_.string() << "\n";
  PLAZA_RETURN_IF_ERROR(Own(server->home_));
  if (!fs::exists(server->data_ / "PG_VERSION")) {
    std::vector<std::string> argv = AsServerUser(/*detached=*/false);
    argv.insert(argv.end(),
                {kPrograms / "initdb", "-D", server->data_, "-U", kUser, "-E", "UTF8", "--locale=C",
                 "-A", "scram-sha-256", "--auth-local=trust", "--no-sync", "--no-instructions"});
    PLAZA_RETURN_IF_ERROR(
        RunToEnd({.name = "initdb", .argv = argv, .log_file = server->log_file()}, kInitTimeout));
    // The folder keeps strangers away; the services of the same machine need their passwords.
    std::ofstream hba(server->data_ / "pg_hba.conf", std::ios::trunc);
    hba << "local all " << kUser << " trust\nlocal all all scram-sha-256\n";
    if (options.tcp_port != 0) hba << "host all all 127.0.0.1/32 scram-sha-256\n";
    hba.close();
    if (!hba) return Error(kServerFolder, "pg_hba.conf cannot be written", server->data_.string());
  }
  PLAZA_RETURN_IF_ERROR(server->Spawn());
  return server;
}

Result<void> Postgres::Spawn() {
  std::vector<std::string> argv = AsServerUser(options_.detached);
  // The port is in the socket's name too.
  const std::string port = std::to_string(options_.tcp_port == 0 ? kPort : options_.tcp_port);
  argv.insert(argv.end(),
              {kPrograms / "postgres", "-D", data_, "-k", home_, "-p", port, "-c",
               options_.tcp_port == 0 ? "listen_addresses=" : "listen_addresses=127.0.0.1", "-c",
               "max_connections=100", "-c",
               // Else its log tells the rows that broke a constraint.
               "log_error_verbosity=terse", "-c",
               std::string("fsync=") + (options_.sync_to_disk ? "on" : "off")});
  PLAZA_ASSIGN_OR_RETURN(child_, Child::Spawn({.name = "postgres",
                                               .argv = argv,
                                               .log_file = log_file(),
                                               .environment = {},
                                               .detached = options_.detached}));
  return AwaitReady(
      *child_, [&] { return PQping(conninfo("postgres").c_str()) == PQPING_OK; }, kStartTimeout);
}

Postgres::~Postgres() {
  if (options_.detached) return;
  Kill();
  std::error_code ignored;
  if (options_.temporary) fs::remove_all(home_, ignored);
}

std::string Postgres::address() const {
  return "host=" + home_.string() +
         " port=" + std::to_string(options_.tcp_port == 0 ? kPort : options_.tcp_port);
}

std::string Postgres::conninfo(const std::string& database) const {
  return address() + " user=" + kUser + " dbname=" + database;
}

Result<void> Postgres::Execute(const std::string& database, const std::string& sql) const {
  const std::unique_ptr<PGconn, Finish> connection(PQconnectdb(conninfo(database).c_str()));
  PGresult* result = PQexec(connection.get(), sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  PQclear(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return {};
  return Error(kChildFailed, "PostgreSQL: " + std::string(PQerrorMessage(connection.get())),
               log_file().string());
}

Result<std::string> Postgres::MakeDatabase(const std::string& name,
                                           const std::string& password) const {
  const std::string quoted = "\"" + name + "\"";
  PLAZA_RETURN_IF_ERROR(Execute(
      "postgres", "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = " +
                      Quoted(name) + ") THEN CREATE ROLE " + quoted + " LOGIN; END IF; END $$"));
  PLAZA_RETURN_IF_ERROR(
      Execute("postgres", "ALTER ROLE " + quoted + " PASSWORD " + Quoted(password)));
  const Result<void> made = Execute("postgres", "CREATE DATABASE " + quoted + " OWNER " + quoted);
  if (!made.ok() && made.error().ToString().find("already exists") == std::string::npos) {
    return made.error();
  }
  PLAZA_RETURN_IF_ERROR(
      Execute("postgres", "REVOKE CONNECT, TEMPORARY ON DATABASE " + quoted + " FROM PUBLIC"));
  std::string escaped;  // as a conninfo wants it
  for (const char c : password) {
    if (c == '\'' || c == '\\') escaped.push_back('\\');
    escaped.push_back(c);
  }
  return address() + " user=" + name + " password='" + escaped + "' dbname=" + name;
}

// SIGINT is PostgreSQL's "fast" shutdown; SIGTERM would wait for its sessions.
Result<void> Postgres::Stop() { return child_->End(SIGINT, kStopTimeout); }

// As a crash of the machine would: the sessions outlive a postmaster for a moment, and a new one
// refuses to start beside them. All of them work in the data folder.
void Postgres::Kill() {
  if (child_ == nullptr) return;
  child_->Kill();
  bool some = true;
  while (some) {
    some = false;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      std::error_code not_a_process;  // or one that has just ended
      if (fs::read_symlink(entry.path() / "cwd", not_a_process) != data_) continue;
      some = true;
      kill(static_cast<pid_t>(std::strtol(entry.path().filename().c_str(), nullptr, 10)), SIGKILL);
    }
    if (some) std::this_thread::sleep_for(kPoll);
  }
}

Result<void> Postgres::StartAgain() { return Spawn(); }

}  // namespace plaza::servers
