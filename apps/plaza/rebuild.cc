#include "apps/plaza/rebuild.h"

#include <algorithm>

#include "apps/plaza/errors.h"
#include "libs/archive/archive.h"
#include "libs/eventlog/topics.h"

namespace plaza {
namespace {

namespace fs = std::filesystem;

// A backup in the place of the new store. Its assignment is over: the replay's counts from 1.
Result<void> CopyBase(const fs::path& base, const fs::path& into) {
  std::error_code failed;
  fs::copy_file(base, into, failed);
  if (failed) return Error(kBadFolder, failed.message(), base.string());
  store::Options options;
  options.path = into.string();
  PLAZA_ASSIGN_OR_RETURN(const auto db, store::Db::Open(options));
  return db->Write([](store::Tx& tx) -> Result<void> {
    tx.Exec("UPDATE consumer_offsets SET assignment_epoch = 0");
    return {};
  });
}

Result<void> Prepare(const RebuildOptions& options) {
  if (options.into.path.empty()) return {};
  const fs::path file = options.into.path;
  if (fs::exists(file)) return Error(kNotFresh, "it is there already", file.string());
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  if (failed) return Error(kBadFolder, failed.message(), file.parent_path().string());
  return options.base.empty() ? Result<void>() : CopyBase(options.base, file);
}

// Folds everything there is. The service is closed when this returns.
Result<void> Replay(const RebuildOptions& options, archive::ReplayLog& log, RebuildReport& report) {
  runtime::Metrics metrics;
  PLAZA_ASSIGN_OR_RETURN(const int partitions, log.PartitionCount(eventlog::topic::kTaps));
  PLAZA_ASSIGN_OR_RETURN(const auto service,
                         OpenToRebuild(options.paths, options.service, options.args, options.into,
                                       {log, metrics, partitions}));
  PLAZA_RETURN_IF_ERROR(service->participant().RunUntilIdle());
  const eventlog::ConsumerProgress progress = service->participant().Progress();
  report.facts = progress.handled;
  report.dead_lettered = progress.dead_lettered;
  return {};
}

bool HasLiveStore(const RebuildOptions& options) {
  return fs::exists(options.paths.cluster()) || fs::exists(options.paths.store(options.service));
}

// The service's own tables; then the city's digests, with the rebuilt store in the place of the
// live one.
Result<void> Compare(const RebuildOptions& options, RebuildReport& report) {
  CityPaths rebuilt = options.paths;
  rebuilt.instead[options.service] = options.into;
  PLAZA_ASSIGN_OR_RETURN(const auto was, DigestTables(options.paths, options.service));
  PLAZA_ASSIGN_OR_RETURN(const auto is, DigestTables(rebuilt, options.service));
  const auto text = [](const ServiceDigest& digest) {
    return digest.digest + " of " + std::to_string(digest.rows) + " rows";
  };
  for (const auto& [table, digest] : was) {
    report.compared.push_back({table, text(digest), text(is.at(table)), digest.by_order});
  }
  PLAZA_ASSIGN_OR_RETURN(const AuditReport live, Audit(options.paths));
  PLAZA_ASSIGN_OR_RETURN(const AuditReport audited, Audit(rebuilt));
  report.compared.push_back({"money digest", live.money_digest, audited.money_digest});
  report.compared.push_back({"book digest", live.book_digest, audited.book_digest});
  for (std::size_t i = 0; i < audited.invariants.size() && i < live.invariants.size(); ++i) {
    const auto say = [](const Invariant& one) {
      return std::string(one.holds ? "holds: " : "broken: ") + one.figures;
    };
    report.compared.push_back(
        {audited.invariants[i].name, say(live.invariants[i]), say(audited.invariants[i])});
  }
  return {};
}

}  // namespace

bool RebuildReport::Equal() const {
  return std::ranges::all_of(compared, [](const Compared& c) { return c.by_order || c.same(); });
}

bool RebuildReport::Identical() const {
  return !compared.empty() && std::ranges::all_of(compared, &Compared::same);
}

Result<RebuildReport> Rebuild(const RebuildOptions& options) {
  const auto store = archive::OpenFolderStore({.folder = options.archive.string()});
  PLAZA_ASSIGN_OR_RETURN(const auto archived, archive::Archive::Open(*store));
  std::unique_ptr<eventlog::Log> live;
  if (!options.without_log) {
    PLAZA_ASSIGN_OR_RETURN(live, OpenLogReader(options.paths));
  }
  PLAZA_ASSIGN_OR_RETURN(const auto log,
                         archive::ReplayLog::Open(archived, live.get(), options.from));
  PLAZA_RETURN_IF_ERROR(Prepare(options));
  RebuildReport report;
  PLAZA_RETURN_IF_ERROR(Replay(options, *log, report));
  PLAZA_ASSIGN_OR_RETURN(report.swallowed, log->CountSwallowed());
  if (HasLiveStore(options)) PLAZA_RETURN_IF_ERROR(Compare(options, report));
  return report;
}

}  // namespace plaza
