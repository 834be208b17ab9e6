// plaza archive, plaza archive verify, plaza rebuild.
#include <iostream>

#include "apps/plaza/cli.h"
#include "apps/plaza/errors.h"
#include "apps/plaza/query.h"
#include "apps/plaza/rebuild.h"
#include "apps/plaza/table.h"
#include "libs/archive/archiver.h"
#include "libs/base/hex.h"
#include "libs/eventlog/topics.h"
#include "plaza/events/v1/events.pb.h"

namespace plaza {
namespace {

// The latest business day whose cut-off the clock has written since `from`.
Result<std::optional<Date>> LastClosedDay(eventlog::Log& log, std::int64_t from) {
  const eventlog::TopicPartition clock{std::string(eventlog::topic::kClock), 0};
  PLAZA_ASSIGN_OR_RETURN(const std::int64_t end, log.EndOffset(clock));
  std::optional<Date> last;
  while (from < end) {
    PLAZA_ASSIGN_OR_RETURN(const auto records,
                           log.Fetch(clock, from, 1000, std::chrono::milliseconds(100)));
    for (const auto& stored : records) {
      from = stored.offset + 1;
      events::v1::Event event;
      if (!event.ParseFromString(stored.record.value)) {
        return Error(kBadFact, "it is no event",
                     clock.topic + "[0], offset " + std::to_string(stored.offset));
      }
      if (!event.has_cut_off()) continue;
      PLAZA_ASSIGN_OR_RETURN(const Date day, Date::Parse(event.cut_off().business_day()));
      last = last.has_value() ? std::max(*last, day) : day;
    }
  }
  return last;
}

std::string MegaBytes(std::int64_t bytes) {
  return std::to_string(bytes / 1'000'000) + "." + std::to_string(bytes / 100'000 % 10) + " MB";
}

Result<void> RunDay(const CityPaths& paths, const std::string& to) {
  const auto store = archive::OpenFolderStore({.folder = to});
  PLAZA_ASSIGN_OR_RETURN(const auto log, OpenLogReader(paths));
  PLAZA_ASSIGN_OR_RETURN(const auto before, archive::Archive::Open(*store));
  PLAZA_ASSIGN_OR_RETURN(
      const auto day, LastClosedDay(*log, before.EndOf({std::string(eventlog::topic::kClock), 0})));
  if (!day.has_value()) {
    std::cout << "nothing to do: no business day was closed"
              << (before.last_day() ? " since " + before.last_day()->ToText() : "") << "\n";
    return {};
  }
  PLAZA_ASSIGN_OR_RETURN(const int partitions, log->PartitionCount(eventlog::topic::kTaps));
  PLAZA_ASSIGN_OR_RETURN(const archive::ArchivedDay done,
                         archive::ArchiveDay(*log, *store, *day, eventlog::CityTopics(partitions)));
  std::cout << done.day.ToText() << ": " << done.records << " facts in " << done.files << " files, "
            << MegaBytes(done.bytes) << ", in " << to << "\n";
  return {};
}

Result<void> Verify(const std::string& folder) {
  const auto store = archive::OpenFolderStore({.folder = folder});
  PLAZA_ASSIGN_OR_RETURN(const auto archived, archive::Archive::Open(*store));
  PLAZA_ASSIGN_OR_RETURN(const archive::VerifyReport report, archived.Verify());
  std::cout << report.days << " days, " << report.files << " files, " << report.records
            << " facts, " << MegaBytes(report.bytes) << ": whole, without a gap\n";
  if (archived.purged_until()) {
    std::cout << "purged by policy up to " << archived.purged_until()->ToText() << "\n";
  }
  if (archived.last_day()) {
    std::cout << "newest manifest " << archived.last_day()->ToText() << " "
              << ToHex(archived.head()) << "\n";
  }
  return {};
}

void Print(const RebuildReport& report) {
  std::cout << report.facts << " facts folded, " << report.dead_lettered << " of them refused\n";
  Table emitted({"what it would have said to", ">facts", ">not in the log"});
  for (const auto& [topic, count] : report.swallowed) {
    emitted.Add({topic, std::to_string(count.records), std::to_string(count.unknown)});
  }
  emitted.Print(std::cout);
  if (report.compared.empty()) {
    std::cout << "there is no live store to compare with\n";
    return;
  }
  for (const Compared& one : report.compared) {
    std::cout << (one.same()     ? "  same     "
                  : one.by_order ? "  by order "
                                 : "  DIFFERS  ")
              << one.what << ": " << one.live << (one.same() ? "" : "; rebuilt " + one.rebuilt)
              << "\n";
  }
  std::cout << (!report.Equal() ? "they differ: do not use the rebuilt store\n"
                : report.Identical()
                    ? "identical: the rebuilt store may take the live one's place\n"
                    : "equal, but for the order in which linked accounts were read: "
                      "see docs/operating/rebuild.md before using it\n");
}

}  // namespace

int RunArchive(const Args& args) {
  CLI::App app("Puts what has come into the log since the last archived day into files",
               "plaza archive");
  std::string data = DefaultDataFolder(), to;
  app.add_option("--data", data, "the city's folder")->capture_default_str();
  app.add_option("--to", to, "the archive's folder; default: archive in the city's");
  CLI::App* verify = app.add_subcommand("verify", "checks hashes, chain and offsets of all files");
  verify->fallthrough();
  if (const int code = ParseArgs(app, args); code >= 0) return code;
  const CityPaths paths{data};
  if (to.empty()) to = paths.archive().string();
  const Result<void> done = verify->parsed() ? Verify(to) : RunDay(paths, to);
  return done.ok() ? 0 : Complain(done.error());
}

int RunRebuild(const Args& args) {
  CLI::App app("Rebuilds a service's store from archive and log, and compares it", "plaza rebuild");
  RebuildOptions options;
  std::string data = DefaultDataFolder(), from, into, archive;
  app.add_option("SERVICE", options.service, "fare or clearing")->required();
  app.add_option("--data", data, "the city's folder")->capture_default_str();
  app.add_option("--from-archive", archive, "the archive's folder; default: archive in the city's");
  app.add_option("--into", into, "folder for the new store, SERVICE.db");
  app.add_option("--into-postgres", options.into.postgres,
                 "an empty PostgreSQL database instead, as a conninfo");
  app.add_option("--from", from, "first day that is read, YYYY-MM-DD; needs --base");
  app.add_option("--base", options.base, "a backup (SQLite) that holds what came before");
  app.add_flag("--without-log", options.without_log, "the archive is all there is");
  app.allow_extras();  // settings of the service
  if (const int code = ParseArgs(app, args); code >= 0) return code;
  if (into.empty() == options.into.postgres.empty()) {
    std::cerr << "plaza rebuild: give --into or --into-postgres\n";
    return 2;
  }
  options.paths.data = data;
  options.archive = archive.empty() ? options.paths.archive() : std::filesystem::path(archive);
  if (!into.empty()) {
    options.into.path = (std::filesystem::path(into) / (options.service + ".db")).string();
  }
  options.args = app.remaining();
  if (!from.empty()) {
    const auto day = Date::Parse(from);
    if (!day.ok()) return Complain(day.error());
    options.from = *day;
  }
  const auto report = Rebuild(options);
  if (!report.ok()) return Complain(report.error());
  Print(*report);
  return report->Equal() ? 0 : 1;
}

}  // namespace plaza
