// Configuration of the clock (apps/clock/README.md, "Configuration").
#pragma once
#include <cstdint>
#include <string>

#include "libs/runtime/config.h"

namespace plaza::clock {

struct Config {
  std::string db_path = "clock.db";
  std::string postgres;      // libpq conninfo; empty: SQLite at db_path
  std::string mode = "sim";  // sim: moved by calls; wall: follows real time
  std::string cut_off = "03:00:00";
  std::string zone = "America/Mexico_City";
  std::int64_t tick_s = 10;

  // Declares the keys "clock.…" with these defaults.
  void AddTo(runtime::Config& config);
};

}  // namespace plaza::clock
