#include "services/tap-ingest/config.h"

#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {

void Config::AddTo(runtime::Config& config) {
  config.AddText("tap_ingest.db_path", &db_path, "SQLite file of tap-ingest");
  config.AddSecret("tap_ingest.postgres", &postgres,
                   "libpq conninfo of its PostgreSQL database; empty: SQLite at db_path");
  config.AddText("tap_ingest.mac_base_key_file", &mac_base_key_file,
                 "file with the base key of the validators' MAC keys, 64 hexadecimal digits");
  config.AddInt("tap_ingest.future_tolerance_s", &future_tolerance_s, 0, 86'400,
                "seconds that a tap may be ahead of the city's clock");
  config.AddInt("tap_ingest.outbox_backlog_max", &outbox_backlog_max, 1, 1'000'000,
                "batches that may wait for the log before SubmitTaps refuses");
  config.AddInt("tap_ingest.group_max", &group_max, 1, kGroupMax,
                "SubmitTaps calls that share one commit");
}

}  // namespace plaza::tap_ingest
