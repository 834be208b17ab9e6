#include "services/clearing/config.h"

namespace plaza::clearing {

void Config::AddTo(runtime::Config& config) {
  config.AddText("clearing.db_path", &db_path, "SQLite file of clearing");
  config.AddSecret("clearing.postgres", &postgres,
                   "libpq conninfo of its PostgreSQL database; empty: SQLite at db_path");
  config.AddText("clearing.policy_dir", &policy_dir, "Folder of the city's policy: clearing.json");
}

}  // namespace plaza::clearing
