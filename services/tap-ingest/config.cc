#include "services/tap-ingest/config.h"

#include <algorithm>
#include <fstream>

#include "libs/base/hex.h"
#include "services/tap-ingest/errors.h"
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

Result<emv::Key256> ReadMacBaseKey(const std::string& path) {
  if (path.empty()) return Error(kBadMacKey, "no file is named", "tap_ingest.mac_base_key_file");
  std::ifstream file(path);
  std::string text;
  if (!(file >> text)) return Error(kBadMacKey, "the file is missing or empty", path);
  const auto octets = FromHex(text);
  emv::Key256 key;
  if (!octets.ok() || octets->size() != key.size()) {
    return Error(kBadMacKey, "the file does not hold 64 hexadecimal digits", path);
  }
  std::copy(octets->begin(), octets->end(), key.begin());
  return key;
}

}  // namespace plaza::tap_ingest
