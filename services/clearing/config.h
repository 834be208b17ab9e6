// Configuration of clearing (services/clearing/README.md, "Configuration").
#pragma once
#include <string>

#include "libs/runtime/config.h"

namespace plaza::clearing {

struct Config {
  std::string db_path = "clearing.db";
  std::string postgres;  // libpq conninfo; empty: SQLite at db_path
  // clearing.json; collection suppliers by operator are beside it or in the folder above.
  std::string policy_dir = "data/guadalajara/policy";

  // Declares the keys "clearing.…" with these defaults.
  void AddTo(runtime::Config& config);
};

}  // namespace plaza::clearing
