#include "libs/archive/replay_log.h"

#include <algorithm>
#include <mutex>

#include "libs/archive/errors.h"
#include "libs/archive/limits.h"
#include "libs/base/bytes.h"
#include "libs/eventlog/errors.h"

namespace plaza::archive {
namespace {

using eventlog::AppendBatch;
using eventlog::StoredRecord;
using eventlog::TopicPartition;

// One partition: its files in order, and the records of the one that was read last.
struct Partition {
  std::vector<const FileEntry*> files;
  std::int64_t begin = 0;         // of the first file
  std::int64_t archived_end = 0;  // of the last
  std::int64_t end = 0;           // of the replay
  const FileEntry* loaded = nullptr;
  std::vector<StoredRecord> records;
};

}  // namespace

struct ReplayLog::Impl {
  const Archive& archive;
  eventlog::Log* live;
  std::map<std::string, int, std::less<>> topics;
  mutable std::mutex mutex;  // of all below
  std::map<TopicPartition, Partition> partitions;
  std::map<std::string, std::vector<Sha256Digest>> appended;  // values, by topic
  std::map<std::string, std::int64_t, std::less<>> epochs;

  Impl(const Archive& a, eventlog::Log* l) : archive(a), live(l) {}

  Result<Partition*> Find(const TopicPartition& at) {
    const auto found = partitions.find(at);
    if (found != partitions.end()) return &found->second;
    if (!topics.contains(at.topic)) return Error(eventlog::kUnknownTopic, "\"" + at.topic + "\"");
    return Error(eventlog::kUnknownPartition, ToText(at));
  }

  Result<std::vector<StoredRecord>> FromArchive(Partition& partition, std::int64_t offset,
                                                int records_max) {
    const auto after = std::ranges::upper_bound(
        partition.files, offset, {}, [](const FileEntry* file) { return file->header.first; });
    const FileEntry* file = *std::prev(after);
    if (partition.loaded != file) {
      PLAZA_ASSIGN_OR_RETURN(partition.records, archive.Read(*file));
      partition.loaded = file;
    }
    const auto begin = partition.records.begin() + (offset - file->header.first);
    const auto count = std::min<std::int64_t>(records_max, partition.records.end() - begin);
    return std::vector<StoredRecord>(begin, begin + count);
  }

  // The bound on empty answers is the archiver's: a log that is slow may give nothing at first.
  Result<std::vector<StoredRecord>> FromLive(const TopicPartition& at, std::int64_t offset,
                                             std::int64_t end, int records_max) {
    for (int i = 0; i < kEmptyFetchesMax; ++i) {
      PLAZA_ASSIGN_OR_RETURN(auto records,
                             live->Fetch(at, offset, records_max, std::chrono::milliseconds(0)));
      if (records.empty()) continue;
      if (records.front().offset != offset) {
        return Error(kGap, "the log goes on at " + std::to_string(records.front().offset),
                     ToText(at) + ", offset " + std::to_string(offset));
      }
      while (records.back().offset >= end) records.pop_back();
      return records;
    }
    return Error(eventlog::kLogUnavailable,
                 "offset " + std::to_string(offset) + " should be there, but does not come",
                 ToText(at));
  }
};

ReplayLog::ReplayLog(const Archive& archive, eventlog::Log* live)
    : impl_(std::make_unique<Impl>(archive, live)) {}
ReplayLog::~ReplayLog() = default;

Result<std::unique_ptr<ReplayLog>> ReplayLog::Open(const Archive& archive, eventlog::Log* live,
                                                   std::optional<Date> from) {
  std::unique_ptr<ReplayLog> replay(new ReplayLog(archive, live));
  Impl& impl = *replay->impl_;
  if (archive.days().empty()) return Error(kFileMissing, "the archive has no day yet");
  for (const auto& topic : archive.days().back().topics) impl.topics[topic.name] = topic.partitions;
  std::vector<TopicPartition> all;
  for (const auto& [topic, partitions] : impl.topics) {
    for (int part = 0; part < partitions; ++part) all.push_back({topic, part});
  }
  for (const TopicPartition& at : all) {
    Partition& partition = impl.partitions[at];
    partition.archived_end = archive.EndOf(at);
    partition.begin = partition.archived_end;
    partition.end = partition.archived_end;
  }
  for (const Manifest& manifest : archive.days()) {
    if (from.has_value() && manifest.day < *from) continue;
    for (const FileEntry& file : manifest.files) {
      Partition& partition = impl.partitions[file.header.of];
      if (partition.files.empty()) partition.begin = file.header.first;
      partition.files.push_back(&file);
    }
  }
  if (live == nullptr) return replay;
  PLAZA_ASSIGN_OR_RETURN(const auto ends, live->EndOffsets(all));
  for (std::size_t i = 0; i < all.size(); ++i) {
    Partition& partition = impl.partitions[all[i]];
    if (ends[i] < partition.archived_end) {
      return Error(kOtherLog,
                   "the archive has offsets up to " + std::to_string(partition.archived_end) +
                       ", but the log ends at " + std::to_string(ends[i]),
                   ToText(all[i]));
    }
    partition.end = ends[i];
  }
  return replay;
}

eventlog::Capabilities ReplayLog::capabilities() const { return {}; }

Result<void> ReplayLog::CreateTopics(std::span<const eventlog::TopicSpec> topics) {
  for (const eventlog::TopicSpec& spec : topics) {
    PLAZA_ASSIGN_OR_RETURN(const int partitions, PartitionCount(spec.name));
    if (partitions != spec.partitions) {
      return Error(kReplayOnly, spec.name + " has " + std::to_string(partitions) + " partitions");
    }
  }
  return {};
}

Result<int> ReplayLog::PartitionCount(std::string_view topic) {
  const auto found = impl_->topics.find(topic);
  if (found == impl_->topics.end()) {
    return Error(eventlog::kUnknownTopic, "\"" + std::string(topic) + "\"");
  }
  return found->second;
}

Result<void> ReplayLog::Append(std::span<const AppendBatch> batches) {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  for (const AppendBatch& batch : batches) PLAZA_RETURN_IF_ERROR(impl_->Find(batch.to));
  for (const AppendBatch& batch : batches) {
    auto& values = impl_->appended[batch.to.topic];
    for (const auto& record : batch.records) values.push_back(Sha256(AsBytes(record.value)));
  }
  return {};
}

Result<std::vector<StoredRecord>> ReplayLog::Fetch(const TopicPartition& from, std::int64_t offset,
                                                   int records_max,
                                                   std::chrono::milliseconds /*wait*/) {
  PLAZA_CHECK(records_max > 0);
  std::int64_t end = 0;
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    PLAZA_ASSIGN_OR_RETURN(Partition* const partition, impl_->Find(from));
    if (offset < partition->begin || offset > partition->end) {
      return Error(eventlog::kOffsetOutOfRange,
                   "offset " + std::to_string(offset) + ", but the replay has " +
                       std::to_string(partition->begin) + " to " + std::to_string(partition->end),
                   ToText(from));
    }
    if (offset < partition->archived_end) {
      return impl_->FromArchive(*partition, offset, records_max);
    }
    end = partition->end;
  }
  if (offset == end) return std::vector<StoredRecord>{};  // nothing will come: no use in waiting
  return impl_->FromLive(from, offset, end, records_max);
}

Result<std::vector<std::int64_t>> ReplayLog::EndOffsets(std::span<const TopicPartition> of) {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  std::vector<std::int64_t> ends;
  for (const TopicPartition& at : of) {
    PLAZA_ASSIGN_OR_RETURN(const Partition* partition, impl_->Find(at));
    ends.push_back(partition->end);
  }
  return ends;
}

Result<std::map<std::string, Swallowed>> ReplayLog::CountSwallowed() {
  std::map<std::string, std::vector<Sha256Digest>> appended;
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    appended = impl_->appended;
  }
  std::map<std::string, Swallowed> counts;
  for (auto& [topic, values] : appended) {
    counts[topic].records = static_cast<std::int64_t>(values.size());
    std::ranges::sort(values);
    std::vector<bool> known(values.size(), false);
    for (int part = 0; part < impl_->topics.at(topic); ++part) {
      const TopicPartition at{topic, part};
      const Partition& partition = impl_->partitions.at(at);
      for (std::int64_t next = partition.begin; next < partition.end;) {
        PLAZA_ASSIGN_OR_RETURN(const auto records,
                               Fetch(at, next, kFetchRecords, std::chrono::milliseconds(0)));
        for (const StoredRecord& stored : records) {
          // Not std::ranges::equal_range: clang 14 cannot compile it with this library.
          const auto [begin, end] =
              std::equal_range(values.begin(), values.end(), Sha256(AsBytes(stored.record.value)));
          std::fill(known.begin() + (begin - values.begin()),
                    known.begin() + (end - values.begin()), true);
        }
        next = records.back().offset + 1;
      }
    }
    counts[topic].unknown = std::ranges::count(known, false);
  }
  return counts;
}

Result<eventlog::Assignment> ReplayLog::Join(std::string_view group,
                                             std::span<const std::string> topics) {
  eventlog::Assignment assignment;
  for (const std::string& topic : topics) {
    PLAZA_ASSIGN_OR_RETURN(const int partitions, PartitionCount(topic));
    for (int part = 0; part < partitions; ++part) assignment.partitions.push_back({topic, part});
  }
  std::lock_guard<std::mutex> lock(impl_->mutex);
  assignment.epoch = ++impl_->epochs[std::string(group)];
  return assignment;
}

void ReplayLog::Leave(std::string_view) {}

}  // namespace plaza::archive
