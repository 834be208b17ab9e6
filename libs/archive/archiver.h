// From the log to the archive: once a day, what has come since the last time.
#pragma once
#include <span>

#include "libs/archive/archive.h"

namespace plaza::archive {

struct ArchivedDay {
  Date day;
  bool already = false;  // this day, or a later one, is in the archive: nothing was done
  std::int64_t files = 0;
  std::int64_t records = 0;
  std::int64_t bytes = 0;
};

// Puts everything that is in `topics` now and not yet in the archive into files of `day`, then the
// manifest, with which all of it begins to count. Killed or failed at any point, the same again
// goes on; what was put without a manifest is put again. One archiver at a time.
// ARCHIVE_OF_ANOTHER_LOG if the log ends before the archive does; OFFSET_OUT_OF_RANGE if the log
// no longer has what the archive lacks; the errors of log and store.
Result<ArchivedDay> ArchiveDay(eventlog::Log& log, ArchiveStore& store, Date day,
                               std::span<const eventlog::TopicSpec> topics);

}  // namespace plaza::archive
