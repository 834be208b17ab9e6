// Backup and restore of a cluster (docs/operating/backup.md): databases dumped, destroyed and
// restored, the log archived and purged on Kafka, services rebuilt; then the next taps.
#include <gtest/gtest.h>

#include <algorithm>

#include "apps/plaza/purge.h"
#include "apps/plaza/rebuild.h"
#include "apps/plaza/servers/child.h"
#include "libs/eventlog/topics.h"
#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSeed = 13;
constexpr const char* kServices[] = {"clock", "tap-ingest", "fare", "clearing", "vault"};

Result<void> Spawn(const fs::path& log, std::vector<std::string> argv) {
  servers::Child::Options command;
  command.name = argv[0];
  command.argv = std::move(argv);
  command.log_file = log;
  return servers::RunToEnd(command, std::chrono::minutes(2));
}

// From the database's owner, as the runbook has it.
void DumpDestroyRestore(Cluster& cluster, const CityPaths& paths, const fs::path& backup) {
  fs::create_directories(backup);
  const auto file = ReadClusterFile(paths.cluster());
  ASSERT_TRUE(file.ok());
  for (const std::string service : kServices) {
    const std::string conninfo = file->databases.at(service);
    const std::string dump = (backup / (service + ".dump")).string();
    const auto dumped =
        Spawn(backup / "dump.log", {"pg_dump", "--format=custom", "--file=" + dump, conninfo});
    ASSERT_TRUE(dumped.ok()) << dumped.error().ToString();
    const std::string database = conninfo.substr(conninfo.rfind("dbname=") + 7);
    for (const std::string& sql : {std::string("DROP SCHEMA public CASCADE"),
                                   "CREATE SCHEMA public AUTHORIZATION \"" + database + "\""}) {
      const auto done = cluster.postgres().Execute(database, sql);
      ASSERT_TRUE(done.ok()) << done.error().ToString();
    }
  }
  EXPECT_FALSE(Audit(paths).ok());
  for (const std::string service : kServices) {
    const auto restored =
        Spawn(backup / "restore.log",
              {"pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction",
               "--dbname=" + file->databases.at(service), (backup / (service + ".dump")).string()});
    ASSERT_TRUE(restored.ok()) << restored.error().ToString();
  }
}

void ExpectRebuilt(const CityPaths& paths, const fs::path& into) {
  for (const std::string service : {"fare", "clearing"}) {
    RebuildOptions options;
    options.paths = paths;
    options.service = service;
    options.archive = paths.archive();
    options.into.path = (into / (service + ".db")).string();
    const auto report = Rebuild(options);
    ASSERT_TRUE(report.ok()) << service << ": " << report.error().ToString();
    EXPECT_GT(report->facts, 1000);
    EXPECT_FALSE(report->compared.empty());
    for (const Compared& one : report->compared) {
      if (one.by_order) continue;
      EXPECT_EQ(one.live, one.rebuilt) << service << ": " << one.what;
    }
  }
}

TEST(RestoreCluster, ADestroyedClusterIsRestoredAndGoesOnWithTheNextTaps) {
  const TempFolder folder;
  const std::string day = (folder.path() / "day.rec").string();
  const std::string first = (folder.path() / "first.rec").string();
  const std::string rest = (folder.path() / "rest.rec").string();
  const FinishedRun reference = SimulateDay(folder.path() / "embedded", kSeed, day);
  ASSERT_NO_FATAL_FAILURE(SplitAfterCutOff(day, first, rest));

  SimulationOptions setting;
  setting.paths.data = folder.path() / "cluster" / "city";
  setting.seed = kSeed;
  setting.program = Program();
  setting.copies = 2;
  const CityPaths& paths = setting.paths;
  auto simulation = Simulation::Start(setting);
  ASSERT_TRUE(simulation.ok()) << simulation.error().ToString();
  Cluster& cluster = (*simulation)->cluster();
  citysim::ReplayOptions replay;
  replay.pace = false;
  const auto quiet = [](const citysim::ProgressReport&) {};
  const auto sent = citysim::Replay(first, replay, (*simulation)->doors(), quiet);
  ASSERT_TRUE(sent.ok()) << sent.error().ToString();
  ASSERT_TRUE(cluster.StopServices().ok());
  const auto before = Audit(paths);
  ASSERT_TRUE(before.ok()) << before.error().ToString();
  EXPECT_EQ(Broken(*before), "");

  ASSERT_NO_FATAL_FAILURE(DumpDestroyRestore(cluster, paths, folder.path() / "backup"));
  const auto restored = Audit(paths);
  ASSERT_TRUE(restored.ok()) << restored.error().ToString();
  EXPECT_EQ(Broken(*restored), "");
  EXPECT_EQ(restored->money_digest, before->money_digest);
  EXPECT_EQ(restored->book_digest, before->book_digest);

  const auto archived =
      Spawn(folder.path() / "archive.log", {Program(), "archive", "--data", paths.data.string()});
  ASSERT_TRUE(archived.ok()) << archived.error().ToString();
  const PurgeDays days{[](const std::string&) { return Date::Parse("2026-12-01").value(); }, {}};
  const auto purged = Purge(paths, paths.archive(), days, /*dry_run=*/false);
  ASSERT_TRUE(purged.ok()) << purged.error().ToString();
  EXPECT_GT(purged->facts, 1000);
  const auto purger = OpenLogPurger(paths);
  const std::vector<eventlog::TopicPartition> at{{std::string(eventlog::topic::kTaps), 0}};
  const auto log = OpenLogReader(paths);
  EXPECT_EQ((*purger)->Starts(at).value()[0], (*log)->EndOffset(at[0]).value());
  ExpectRebuilt(paths, folder.path() / "rebuilt");

  for (const std::string& process : Cluster::ProcessNames(setting.copies)) {
    const auto restarted = cluster.service(process).Restart();
    ASSERT_TRUE(restarted.ok()) << restarted.error().ToString();
  }
  const auto next = citysim::Replay(rest, replay, (*simulation)->doors(), quiet);
  ASSERT_TRUE(next.ok()) << next.error().ToString();
  ASSERT_TRUE(cluster.StopServices().ok());
  const auto after = Audit(paths);
  ASSERT_TRUE(after.ok()) << after.error().ToString();
  EXPECT_EQ(Broken(*after), "");
  EXPECT_EQ(after->money_digest, reference.audit.money_digest);
  EXPECT_EQ(after->book_digest, reference.audit.book_digest);
  ASSERT_TRUE(
      Spawn(folder.path() / "archive.log", {Program(), "archive", "--data", paths.data.string()})
          .ok());
  ExpectRebuilt(paths, folder.path() / "two-days");
  EXPECT_TRUE(cluster.Stop().ok());
}

}  // namespace
}  // namespace plaza::testing
