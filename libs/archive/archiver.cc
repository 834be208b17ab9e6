#include "libs/archive/archiver.h"

#include <algorithm>

#include "libs/archive/errors.h"
#include "libs/archive/limits.h"
#include "libs/base/bytes.h"
#include "libs/eventlog/errors.h"

namespace plaza::archive {
namespace {

using eventlog::StoredRecord;
using eventlog::TopicPartition;

// One partition on its way into files.
class PartitionWriter {
 public:
  PartitionWriter(eventlog::Log& log, ArchiveStore& store, TopicPartition of, Manifest& manifest)
      : log_(log), store_(store), of_(std::move(of)), manifest_(manifest) {}

  Result<void> Write(std::int64_t from, std::int64_t end) {
    FileBuilder builder(of_, from);
    std::int64_t next = from;
    while (next < end) {
      PLAZA_ASSIGN_OR_RETURN(std::vector<StoredRecord> records, Fetch(next));
      for (StoredRecord& stored : records) {
        if (next == end) break;
        if (stored.offset != next) {
          return Error(kGap,
                       "after offset " + std::to_string(next - 1) + " the log goes on at " +
                           std::to_string(stored.offset),
                       ToText(of_));
        }
        ++next;
        builder.Add(std::move(stored.record));
        if (!builder.full()) continue;
        PLAZA_RETURN_IF_ERROR(PutFile(builder));
        builder = FileBuilder(of_, next);
      }
    }
    return builder.empty() ? Result<void>() : PutFile(builder);
  }

 private:
  // A log that is slow may give nothing at first.
  Result<std::vector<StoredRecord>> Fetch(std::int64_t offset) {
    for (int i = 0; i < kEmptyFetchesMax; ++i) {
      PLAZA_ASSIGN_OR_RETURN(auto records,
                             log_.Fetch(of_, offset, kFetchRecords, std::chrono::milliseconds(0)));
      if (!records.empty()) return records;
    }
    return Error(eventlog::kLogUnavailable,
                 "offset " + std::to_string(offset) + " should be there, but does not come",
                 ToText(of_));
  }

  Result<void> PutFile(FileBuilder& builder) {
    const std::string bytes = builder.Finish();
    const FileEntry entry{builder.header(), static_cast<std::int64_t>(bytes.size()),
                          Sha256(AsBytes(bytes))};
    PLAZA_RETURN_IF_ERROR(store_.Put(entry.Name(), bytes));
    manifest_.files.push_back(entry);
    return {};
  }

  eventlog::Log& log_;
  ArchiveStore& store_;
  const TopicPartition of_;
  Manifest& manifest_;
};

std::vector<TopicPartition> PartitionsOf(std::span<const eventlog::TopicSpec> topics) {
  std::vector<TopicPartition> partitions;
  for (const eventlog::TopicSpec& topic : topics) {
    for (int part = 0; part < topic.partitions; ++part) partitions.push_back({topic.name, part});
  }
  return partitions;
}

}  // namespace

Result<ArchivedDay> ArchiveDay(eventlog::Log& log, ArchiveStore& store, Date day,
                               std::span<const eventlog::TopicSpec> topics) {
  PLAZA_ASSIGN_OR_RETURN(const Archive archive, Archive::Open(store));
  ArchivedDay done;
  done.day = day;
  done.already = archive.last_day().has_value() && *archive.last_day() >= day;
  if (done.already) return done;
  Manifest manifest;
  manifest.day = day;
  manifest.previous = archive.head();
  manifest.topics.assign(topics.begin(), topics.end());
  std::ranges::sort(manifest.topics, {}, &eventlog::TopicSpec::name);
  const auto partitions = PartitionsOf(manifest.topics);
  PLAZA_ASSIGN_OR_RETURN(const auto ends, log.EndOffsets(partitions));
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const std::int64_t from = archive.EndOf(partitions[i]);
    if (ends[i] < from) {
      return Error(kOtherLog,
                   "the archive has offsets up to " + std::to_string(from) +
                       ", but the log ends at " + std::to_string(ends[i]),
                   ToText(partitions[i]));
    }
    PartitionWriter writer(log, store, partitions[i], manifest);
    PLAZA_RETURN_IF_ERROR(writer.Write(from, ends[i]));
  }
  PLAZA_RETURN_IF_ERROR(store.Put(ManifestName(day), EncodeManifest(manifest)));
  for (const FileEntry& file : manifest.files) {
    ++done.files;
    done.records += file.header.count;
    done.bytes += file.bytes;
  }
  return done;
}

}  // namespace plaza::archive
