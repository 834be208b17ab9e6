// Configuration of the fare service (services/fare/README.md, "Configuration").
#pragma once
#include <cstdint>
#include <string>

#include "libs/runtime/config.h"

namespace plaza::fare {

struct Config {
  std::string db_path = "fare.db";
  std::string postgres;  // libpq conninfo; empty: SQLite at db_path
  std::string tariff_dir = "data/guadalajara";
  std::int64_t window_days = 3;
  std::int64_t cached_accounts_max = 200'000;

  // Declares the keys "fare.…" with these defaults.
  void AddTo(runtime::Config& config);
};

}  // namespace plaza::fare
