// A log for rebuilding: reads the archive, then what the live log has beyond it, and takes what is
// appended without passing it on. A service's own consumer runs on it unchanged, and emits nothing.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "libs/archive/archive.h"
#include "libs/eventlog/log.h"

namespace plaza::archive {

// What was appended to a ReplayLog, and swallowed.
struct Swallowed {
  std::int64_t records = 0;
  // Those whose value no record of the same topic in archive or log has: facts that the service
  // would say again in other words, or that it had not said yet when its store was lost.
  std::int64_t unknown = 0;
};

// Ends where the live log ended at Open(), so that a replay comes to an end while a city goes on.
// Thread-safe.
class ReplayLog : public eventlog::Log {
 public:
  // `live`: may be null; then the archive is all there is. `from`: files of earlier days are not
  // read, and an offset before them is OFFSET_OUT_OF_RANGE. Archive and live log outlive it.
  // ARCHIVE_OF_ANOTHER_LOG.
  static Result<std::unique_ptr<ReplayLog>> Open(const Archive& archive, eventlog::Log* live,
                                                 std::optional<Date> from);
  ~ReplayLog() override;
  // By topic. Reads those topics once more, from the beginning of the replay.
  Result<std::map<std::string, Swallowed>> CountSwallowed();

  eventlog::Capabilities capabilities() const override;
  Result<void> CreateTopics(std::span<const eventlog::TopicSpec> topics) override;  // REPLAY_ONLY
  Result<int> PartitionCount(std::string_view topic) override;
  Result<void> Append(std::span<const eventlog::AppendBatch> batches) override;
  // The errors of Archive::Read, too.
  Result<std::vector<eventlog::StoredRecord>> Fetch(const eventlog::TopicPartition& from,
                                                    std::int64_t offset, int records_max,
                                                    std::chrono::milliseconds wait) override;
  Result<std::vector<std::int64_t>> EndOffsets(
      std::span<const eventlog::TopicPartition> of) override;
  Result<eventlog::Assignment> Join(std::string_view group,
                                    std::span<const std::string> topics) override;
  void Leave(std::string_view group) override;

 private:
  ReplayLog(const Archive& archive, eventlog::Log* live);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::archive
