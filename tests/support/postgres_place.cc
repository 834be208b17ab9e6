// One server for the whole program, a database for each path.
#include <fstream>

#include "apps/plaza/servers/postgres.h"
#include "libs/base/digest.h"
#include "libs/base/hex.h"
#include "tests/support/store_place.h"
#include "tests/support/temp_folder.h"

namespace plaza::store_place {
namespace {

servers::Postgres& Server() {
  static const testing::TempFolder folder;
  static const auto server = [] {
    servers::PostgresOptions options;
    options.folder = folder.path();
    options.temporary = true;
    return servers::Postgres::Start(options).value();
  }();
  return *server;
}

}  // namespace

// The conninfo lies beside the path: a service that is opened again finds its data, and a child
// process its parent's server. Who forks asks once before, so that the server is not a child's.
std::string ConninfoFor(const std::string& path) {
  const std::string file = path + ".conninfo";
  std::string conninfo;
  if (std::ifstream known(file); std::getline(known, conninfo)) return conninfo;
  // Not a count: a forked child would count on by itself, and two tests share a database.
  const std::string name = "test" + ToHex(Sha256(AsBytes(path))).substr(0, 16);
  conninfo = Server().MakeDatabase(name, "secret").value();
  std::ofstream(file) << conninfo << "\n";
  return conninfo;
}

}  // namespace plaza::store_place
