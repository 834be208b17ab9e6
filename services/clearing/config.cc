#include "services/clearing/config.h"

namespace plaza::clearing {

void Config::AddTo(runtime::Config& config) {
  config.AddText("clearing.db_path", &db_path, "SQLite file of clearing");
  config.AddText("clearing.policy_dir", &policy_dir, "Folder of the city's policy: clearing.json");
}

}  // namespace plaza::clearing
