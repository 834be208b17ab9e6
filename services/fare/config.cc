#include "services/fare/config.h"

#include "services/fare/limits.h"

namespace plaza::fare {

void Config::AddTo(runtime::Config& config) {
  config.AddText("fare.db_path", &db_path, "SQLite file of the fare service");
  config.AddSecret("fare.postgres", &postgres,
                   "libpq conninfo of its PostgreSQL database; empty: SQLite at db_path");
  config.AddText("fare.tariff_dir", &tariff_dir, "Folder of the tariff: GTFS with Fares v2");
  config.AddInt("fare.window_days", &window_days, kWindowDaysMin, kWindowDaysMax,
                "Days before the latest cut-off; an older tap is held for a person");
  config.AddInt("fare.cached_accounts_max", &cached_accounts_max, kCachedAccountsMin,
                kCachedAccountsMax, "Accounts kept in memory");
}

}  // namespace plaza::fare
