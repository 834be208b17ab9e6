// A real PostgreSQL of its own on this machine: a Unix socket, TCP only if asked for, in a folder
// that only its user can enter. For plaza up, the demo on a cluster, and tests.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "apps/plaza/servers/child.h"
#include "libs/base/result.h"

namespace plaza::servers {

struct PostgresOptions {
  // Names the server: its data lie in a folder that follows from it, under /var/tmp, since
  // PostgreSQL refuses to run as root, its user may not enter root's folders, and the path of a
  // socket is short.
  std::filesystem::path folder;
  bool sync_to_disk = true;  // false: a power cut may damage it; for tests
  bool temporary = false;    // the data are removed at the end
  bool detached = false;     // it outlives this object
  int tcp_port = 0;          // on loopback, beside the socket; 0: none
};

// Not thread-safe.
class Postgres {
 public:
  // Makes the data folder if it is not there, starts the server, waits until it answers.
  // SERVER_MISSING, SERVER_NOT_READY.
  static Result<std::unique_ptr<Postgres>> Start(const PostgresOptions& options);
  // Where the server of a folder keeps its data and its socket.
  static std::filesystem::path Home(const std::filesystem::path& folder);
  ~Postgres();

  // As the superuser.
  std::string conninfo(const std::string& database) const;
  // Host and port of a conninfo: "host=… port=…".
  std::string address() const;
  // One statement outside any transaction, as the superuser: CREATE DATABASE and its like.
  Result<void> Execute(const std::string& database, const std::string& sql) const;
  // Makes a database that `user` owns and nobody else may connect to, with this password; the
  // same again is fine.
  Result<std::string> MakeDatabase(const std::string& name, const std::string& password) const;

  const std::filesystem::path& data() const { return data_; }
  std::filesystem::path log_file() const { return options_.folder / "postgres.log"; }
  pid_t pid() const { return child_ ? child_->pid() : 0; }
  Result<void> Stop();  // ends sessions and itself
  bool Ended() { return child_->Ended(); }
  void Kill();  // the postmaster and all its sessions at once: a crash
  Result<void> StartAgain();

 private:
  explicit Postgres(PostgresOptions options) : options_(std::move(options)) {}
  Result<void> Spawn();
  PostgresOptions options_;
  std::filesystem::path home_;
  std::filesystem::path data_;
  std::unique_ptr<Child> child_;
};

}  // namespace plaza::servers
