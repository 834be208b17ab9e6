// The archive of a city's log, read: manifests chained from the first day on, files by partition.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/archive/archive_store.h"
#include "libs/archive/manifest.h"

namespace plaza::archive {

struct VerifyReport {
  std::int64_t days = 0;
  std::int64_t files = 0;
  std::int64_t records = 0;
  std::int64_t bytes = 0;
};

// A snapshot: what is put into the store later is not seen. Not thread-safe. The store outlives it.
class Archive {
 public:
  // Reads all manifests, none of the files: each names its day and carries the hash of the one
  // before it; offsets of a partition go on without a gap from 0. ARCHIVE_DAMAGED, ARCHIVE_GAP. An
  // empty store is an empty archive.
  static Result<Archive> Open(ArchiveStore& store);

  const std::vector<Manifest>& days() const { return days_; }
  std::optional<Date> last_day() const;
  const Sha256Digest& head() const { return head_; }  // of the last manifest; zeros: none
  std::int64_t EndOf(const eventlog::TopicPartition& of) const;  // offset of the next record
  // Files up to this day were removed by policy; their manifests stay.
  std::optional<Date> purged_until() const { return purged_until_; }

  // Checks hash and header against the manifest. ARCHIVE_FILE_MISSING, ARCHIVE_DAMAGED, with the
  // path.
  Result<std::vector<eventlog::StoredRecord>> Read(const FileEntry& file) const;
  // Reads every file that should be there.
  Result<VerifyReport> Verify() const;

 private:
  explicit Archive(ArchiveStore& store) : store_(&store) {}
  Result<void> Take(const std::string& name);
  ArchiveStore* store_;
  std::vector<Manifest> days_;
  Sha256Digest head_{};
  std::map<eventlog::TopicPartition, std::int64_t> ends_;
  std::optional<Date> purged_until_;
};

// Removes the files of all days before `day`; their manifests stay, so that the chain does. Killed
// half-way, the same again goes on. Returns the number of files; `dry_run` removes none.
Result<std::int64_t> PurgeArchive(ArchiveStore& store, Date day, bool dry_run);

}  // namespace plaza::archive
