// Removes what a city need keep no longer: from the log what is archived, whole, and read by all
// who consume it; from the archive files past their days.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/plaza/city.h"
#include "libs/archive/archive.h"
#include "libs/base/civil.h"
#include "libs/eventlog/purge.h"

namespace plaza {

// Facts of archived days before these days go.
struct PurgeDays {
  std::function<Date(const std::string& topic)> log_before;
  std::optional<Date> archive_before;  // none: the archive stays as it is
};

struct PurgeReport {
  std::vector<eventlog::PurgePoint> log;  // partitions with something to remove
  // Of them that may go; the embedded log keeps the last batch of a partition for a while.
  std::int64_t facts = 0;
  std::int64_t files = 0;  // of the archive
};

// Every file of the archive whose records would leave the log is read first, and every consumer's
// offset. All is checked before anything is removed. ARCHIVE_…, NOT_CONSUMED (who, where, how far),
// STORE_… if a consumer's store cannot be read. `dry_run` removes nothing.
Result<PurgeReport> Purge(const CityPaths& paths, const std::filesystem::path& archive,
                          const PurgeDays& days, bool dry_run);

}  // namespace plaza
