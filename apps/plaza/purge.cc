#include "apps/plaza/purge.h"

#include <map>

#include "apps/plaza/errors.h"
#include "libs/archive/errors.h"

namespace plaza {
namespace {

using archive::Archive;
using eventlog::PurgePoint;
using eventlog::TopicPartition;

// Services that consume facts. The clock only writes them.
constexpr const char* kConsumers[] = {"tap-ingest", "fare", "clearing", "vault"};

// Up to where the log may go, by what is archived of the days that are over; whole partitions that
// have nothing to lose are left out.
Result<std::vector<PurgePoint>> ArchivedPoints(const Archive& archived, const PurgeDays& days,
                                               eventlog::LogPurger& log, PurgeReport& report) {
  std::map<TopicPartition, std::int64_t> before;
  for (const archive::Manifest& manifest : archived.days()) {
    for (const archive::FileEntry& file : manifest.files) {
      if (manifest.day < days.log_before(file.header.of.topic)) {
        before[file.header.of] = file.header.last() + 1;
      }
    }
  }
  std::vector<TopicPartition> partitions;
  for (const auto& [at, offset] : before) partitions.push_back(at);
  PLAZA_ASSIGN_OR_RETURN(const auto starts, log.Starts(partitions));
  std::map<TopicPartition, std::int64_t> start_of;
  std::vector<PurgePoint> points;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    start_of[partitions[i]] = starts[i];
    if (starts[i] >= before[partitions[i]]) continue;
    points.push_back({partitions[i], before[partitions[i]]});
    report.facts += before[partitions[i]] - starts[i];
  }
  // Only what can be read back may go.
  for (const archive::Manifest& manifest : archived.days()) {
    for (const archive::FileEntry& file : manifest.files) {
      const auto point = before.find(file.header.of);
      if (point == before.end() || file.header.first >= point->second) continue;
      if (file.header.last() < start_of[file.header.of]) continue;  // gone from the log already
      PLAZA_RETURN_IF_ERROR(archived.Read(file));
    }
  }
  return points;
}

// What each consumer of the topic has read.
Result<std::map<TopicPartition, std::int64_t>> OffsetsOf(const CityPaths& paths,
                                                         const std::string& service) {
  PLAZA_ASSIGN_OR_RETURN(store::Options options, StoreOf(paths, service));
  options.read_only = true;
  options.readers = 1;
  PLAZA_ASSIGN_OR_RETURN(const auto db, store::Db::Open(options));
  std::map<TopicPartition, std::int64_t> offsets;
  PLAZA_RETURN_IF_ERROR(db->Read([&](store::Tx& tx) -> Result<void> {
    tx.Query("SELECT topic, part, next_offset FROM consumer_offsets", {}, "tii",
             [&](const store::Row& row) {
               offsets[{row.Text(0), static_cast<int>(row.Int(1))}] = row.Int(2);
             });
    return {};
  }));
  // It has a row for every partition since its first start.
  if (offsets.empty()) return Error(kNotConsumed, service + " has read nothing yet");
  return offsets;
}

Result<void> CheckConsumed(const CityPaths& paths, const std::vector<PurgePoint>& points) {
  for (const std::string service : kConsumers) {
    PLAZA_ASSIGN_OR_RETURN(const auto offsets, OffsetsOf(paths, service));
    for (const PurgePoint& point : points) {
      const auto read = offsets.find(point.of);
      if (read == offsets.end() || read->second >= point.before) continue;
      return Error(kNotConsumed,
                   service + " has read up to " + std::to_string(read->second) +
                       ", the purge would go up to " + std::to_string(point.before),
                   ToText(point.of));
    }
  }
  return {};
}

}  // namespace

Result<PurgeReport> Purge(const CityPaths& paths, const std::filesystem::path& folder,
                          const PurgeDays& days, bool dry_run) {
  const auto store = archive::OpenFolderStore({.folder = folder.string()});
  PLAZA_ASSIGN_OR_RETURN(const Archive archived, Archive::Open(*store));
  PLAZA_ASSIGN_OR_RETURN(const auto log, OpenLogPurger(paths));
  PurgeReport report;
  PLAZA_ASSIGN_OR_RETURN(report.log, ArchivedPoints(archived, days, *log, report));
  PLAZA_RETURN_IF_ERROR(CheckConsumed(paths, report.log));
  if (!dry_run) PLAZA_RETURN_IF_ERROR(log->Purge(report.log));
  if (days.archive_before.has_value()) {
    PLAZA_ASSIGN_OR_RETURN(report.files,
                           archive::PurgeArchive(*store, *days.archive_before, dry_run));
  }
  return report;
}

}  // namespace plaza
