// The configuration of tap-ingest: keys "tap_ingest.…".
#pragma once
#include <cstdint>
#include <string>

#include "libs/runtime/config.h"

namespace plaza::tap_ingest {

struct Config {
  std::string db_path = "tap-ingest.db";
  std::string postgres;                    // libpq conninfo; empty: SQLite at db_path
  std::string mac_base_key_file;           // 64 hexadecimal digits; no default
  std::int64_t future_tolerance_s = 600;   // a tap may be so much ahead of the city's clock
  std::int64_t outbox_backlog_max = 8192;  // batches that wait for the log before taps are refused
  std::int64_t group_max = 32;             // calls that share one commit
  void AddTo(runtime::Config& config);
};

}  // namespace plaza::tap_ingest
