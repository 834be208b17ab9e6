// The conformance suite on a real PostgreSQL: one server for the whole program, a database a test.
#include <unistd.h>

#include <atomic>

#include "apps/plaza/servers/postgres.h"
#include "tests/contract/store/backend.h"
#include "tests/contract/store/postgres_server.h"
#include "tests/support/temp_folder.h"

namespace plaza::store::contract {
namespace {

class PostgresBackend : public Backend {
 public:
  PostgresBackend() {
    static std::atomic<int> count{0};
    name_ = "test" + std::to_string(++count);
    conninfo_ = PostgresServer().MakeDatabase(name_, "secret").value();
  }
  Result<std::unique_ptr<Db>> Open(bool read_only) override {
    Options options;
    options.postgres = conninfo_;
    options.read_only = read_only;
    return Db::Open(options);
  }

 private:
  std::string name_;
  std::string conninfo_;
};

}  // namespace

servers::Postgres& PostgresServer() {
  static const testing::TempFolder folder;
  static const auto server = [] {
    servers::PostgresOptions options;
    options.folder = folder.path();
    options.temporary = true;
    auto started = servers::Postgres::Start(options);
    PLAZA_CHECK(started.ok());
    return std::move(*started);
  }();
  return *server;
}

std::vector<BackendFactory> Backends() {
  return {{"postgres", [] { return std::make_unique<PostgresBackend>(); }}};
}

}  // namespace plaza::store::contract
