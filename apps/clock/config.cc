#include "apps/clock/config.h"

#include "apps/clock/limits.h"

namespace plaza::clock {

void Config::AddTo(runtime::Config& config) {
  config.AddText("clock.db_path", &db_path, "SQLite file of the clock");
  config.AddSecret("clock.postgres", &postgres,
                   "libpq conninfo of its PostgreSQL database; empty: SQLite at db_path");
  config.AddText("clock.mode", &mode, "sim: moved by calls; wall: follows real time");
  config.AddText("clock.cut_off", &cut_off, "Local time at which a business day ends, HH:MM:SS");
  config.AddText("clock.zone", &zone, "IANA name of the city's time zone");
  config.AddInt("clock.tick_s", &tick_s, kTickSecondsMin, kTickSecondsMax,
                "Seconds between ticks in wall mode");
}

}  // namespace plaza::clock
