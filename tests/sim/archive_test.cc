// Retention, replay and restore over whole runs: what was archived rebuilds fare and clearing, also
// once the log was purged; a city that was destroyed and restored goes on as if nothing had been.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>

#include "apps/plaza/errors.h"
#include "apps/plaza/purge.h"
#include "apps/plaza/rebuild.h"
#include "apps/plaza/servers/child.h"
#include "libs/archive/archive.h"
#include "libs/archive/errors.h"
#include "libs/eventlog/embedded_reader.h"
#include "libs/eventlog/errors.h"
#include "libs/eventlog/topics.h"
#include "tests/sim/sim_city.h"

namespace plaza::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::uint64_t kSeed = 13;

void Execute(const fs::path& file, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
  sqlite3_close(db);
}

// As a person types it.
Result<void> Plaza(const CityPaths& paths, std::vector<std::string> args) {
  servers::Child::Options command;
  command.name = "plaza " + args[0];
  command.argv = {Program()};
  command.argv.insert(command.argv.end(), args.begin(), args.end());
  command.argv.insert(command.argv.end(), {"--data", paths.data.string()});
  command.log_file = paths.data / "verbs.log";
  return servers::RunToEnd(command, std::chrono::minutes(3));
}

Result<archive::VerifyReport> Verify(const CityPaths& paths) {
  const auto store = archive::OpenFolderStore({.folder = paths.archive().string()});
  PLAZA_ASSIGN_OR_RETURN(const auto archived, archive::Archive::Open(*store));
  return archived.Verify();
}

RebuildOptions Into(const CityPaths& paths, const std::string& service, const fs::path& folder) {
  RebuildOptions options;
  options.paths = paths;
  options.service = service;
  options.archive = paths.archive();
  options.into.path = (folder / (service + ".db")).string();
  return options;
}

// Of the comparison, what must be the same and is not.
std::string Differences(const RebuildReport& report) {
  std::string text;
  for (const Compared& one : report.compared) {
    if (!one.by_order && !one.same())
      text += one.what + ": " + one.live + " / " + one.rebuilt + "\n";
  }
  return report.compared.empty() ? "nothing was compared" : text;
}

// What the live city says, and that the rebuilt one says the same.
void ExpectRebuilt(const CityPaths& paths, const fs::path& folder, const AuditReport& live) {
  for (const std::string service : {"fare", "clearing"}) {
    const auto report = Rebuild(Into(paths, service, folder));
    ASSERT_TRUE(report.ok()) << service << ": " << report.error().ToString();
    EXPECT_EQ(Differences(*report), "") << service;
    EXPECT_GT(report->facts, 1000) << service;
    for (const char* digest : {"money digest", "book digest"}) {
      const auto found = std::ranges::find(report->compared, digest, &Compared::what);
      ASSERT_NE(found, report->compared.end());
      EXPECT_EQ(found->rebuilt, digest[0] == 'm' ? live.money_digest : live.book_digest);
    }
  }
  // Both in the place of the live ones: a whole city from facts.
  CityPaths rebuilt = paths;
  for (const std::string service : {"fare", "clearing"}) {
    rebuilt.instead[service].path = (folder / (service + ".db")).string();
  }
  const auto audit = Audit(rebuilt);
  ASSERT_TRUE(audit.ok()) << audit.error().ToString();
  EXPECT_EQ(Broken(*audit), "");
  EXPECT_EQ(audit->money_digest, live.money_digest);
  EXPECT_EQ(audit->book_digest, live.book_digest);
}

// One day that ended, archived; each test works on a copy.
class Archived : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = new TempFolder;
    run_ = new FinishedRun(SimulateDay(shared_->path(), kSeed));
    const auto archived = Plaza({shared_->path() / "city"}, {"archive"});
    ASSERT_TRUE(archived.ok()) << archived.error().ToString();
  }
  static void TearDownTestSuite() {
    delete run_;
    delete shared_;
  }
  void SetUp() override {
    ASSERT_EQ(Broken(run_->audit), "");
    fs::copy(shared_->path() / "city", paths_.data, fs::copy_options::recursive);
  }
  std::int64_t LogStart(const std::string& topic) {
    const auto purger = OpenLogPurger(paths_);
    const std::vector<eventlog::TopicPartition> at{{topic, 0}};
    return (*purger)->Starts(at).value()[0];
  }

  TempFolder folder_;
  const CityPaths paths_{folder_.path() / "city"};
  static TempFolder* shared_;
  static FinishedRun* run_;
};
TempFolder* Archived::shared_ = nullptr;
FinishedRun* Archived::run_ = nullptr;

TEST_F(Archived, FareAndClearingAreRebuiltFromArchiveAndLog) {
  ExpectRebuilt(paths_, folder_.path() / "from-both", run_->audit);
  // And from the archive alone, with the log gone.
  fs::remove(paths_.store("log"));
  RebuildOptions options = Into(paths_, "clearing", folder_.path() / "from-archive");
  options.without_log = true;
  const auto report = Rebuild(options);
  ASSERT_TRUE(report.ok()) << report.error().ToString();
  EXPECT_EQ(Differences(*report), "");
}

TEST_F(Archived, ARebuildEmitsNothing) {
  const auto ends = [&] {
    const auto log = eventlog::OpenEmbeddedLogReader(paths_.store("log"));
    std::vector<std::int64_t> offsets;
    for (const auto& spec : eventlog::CityTopics(4)) {
      for (int part = 0; part < spec.partitions; ++part) {
        offsets.push_back((*log)->EndOffset({spec.name, part}).value());
      }
    }
    return offsets;
  };
  const auto before = ends();
  const auto report = Rebuild(Into(paths_, "fare", folder_.path() / "rebuilt"));
  ASSERT_TRUE(report.ok()) << report.error().ToString();
  EXPECT_GT(report->swallowed.at("plaza.charges.v1").records, 1000);
  EXPECT_EQ(ends(), before);
}

TEST_F(Archived, WhatIsPurgedFromTheLogIsRebuiltFromTheArchive) {
  EXPECT_EQ(LogStart("plaza.taps.v1"), 0);
  ASSERT_TRUE(Plaza(paths_, {"purge", "--before", "2026-12-01", "--dry-run"}).ok());
  EXPECT_EQ(LogStart("plaza.taps.v1"), 0);
  const auto purged = Plaza(paths_, {"purge", "--before", "2026-12-01"});
  ASSERT_TRUE(purged.ok()) << purged.error().ToString();
  EXPECT_GT(LogStart("plaza.taps.v1"), 0);
  ExpectRebuilt(paths_, folder_.path() / "rebuilt", run_->audit);
  // Without its only manifest the archive is empty.
  fs::remove(paths_.archive() / "manifests" / "2026-11-24");
  const auto report = Rebuild(Into(paths_, "fare", folder_.path() / "again"));
  ASSERT_FALSE(report.ok());
  EXPECT_TRUE(report.error().Is(archive::kFileMissing)) << report.error().ToString();
}

TEST_F(Archived, APurgeRefusesWhatIsNotArchivedWholeOrNotRead) {
  const std::string tap_file = "plaza.taps.v1/0/00000000000000000000.plz";
  const PurgeDays days{[](const std::string&) { return Date::Parse("2026-12-01").value(); }, {}};
  // A consumer that is behind.
  Execute(paths_.store("fare"),
          "UPDATE consumer_offsets SET next_offset = next_offset - 1 WHERE "
          "topic = 'plaza.taps.v1' AND part = 2");
  const auto behind = Purge(paths_, paths_.archive(), days, /*dry_run=*/false);
  ASSERT_FALSE(behind.ok());
  EXPECT_TRUE(behind.error().Is(kNotConsumed));
  EXPECT_THAT(behind.error().ToString(), HasSubstr("fare has read up to"));
  EXPECT_EQ(behind.error().where(), "plaza.taps.v1[2]");
  Execute(paths_.store("fare"),
          "UPDATE consumer_offsets SET next_offset = next_offset + 1 WHERE "
          "topic = 'plaza.taps.v1' AND part = 2");
  // A file that is missing.
  fs::rename(paths_.archive() / tap_file, folder_.path() / "aside");
  const auto missing = Purge(paths_, paths_.archive(), days, /*dry_run=*/false);
  ASSERT_FALSE(missing.ok());
  EXPECT_TRUE(missing.error().Is(archive::kFileMissing));
  EXPECT_EQ(LogStart("plaza.taps.v1"), 0);
  EXPECT_EQ(LogStart("plaza.charges.v1"), 0);
  fs::rename(folder_.path() / "aside", paths_.archive() / tap_file);
  EXPECT_TRUE(Purge(paths_, paths_.archive(), days, /*dry_run=*/false).ok());
  EXPECT_GT(LogStart("plaza.taps.v1"), 0);
}

TEST_F(Archived, AChangedOrMissingFileIsRefusedWithItsPlace) {
  const fs::path file = paths_.archive() / "plaza.charges.v1/1/00000000000000000000.plz";
  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  const auto expect_refused = [&](const ErrorKind& kind) {
    const auto verified = Verify(paths_);
    ASSERT_FALSE(verified.ok());
    EXPECT_TRUE(verified.error().Is(kind)) << verified.error().ToString();
    EXPECT_EQ(verified.error().where(), file.string());
    EXPECT_FALSE(Plaza(paths_, {"archive", "verify"}).ok());
    const fs::path into = folder_.path() / std::string(kind.reason);
    const auto report = Rebuild(Into(paths_, "clearing", into));
    ASSERT_FALSE(report.ok());
    EXPECT_TRUE(report.error().Is(kind)) << report.error().ToString();
    EXPECT_EQ(report.error().where(), file.string());
  };
  ASSERT_TRUE(Verify(paths_).ok());
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
  std::ofstream(file, std::ios::binary) << bytes;
  expect_refused(archive::kDamaged);
  fs::remove(file);
  expect_refused(archive::kFileMissing);
}

TEST_F(Archived, ABackupAndTheDaysAfterItRebuildTheService) {
  RebuildOptions options = Into(paths_, "fare", folder_.path() / "rebuilt");
  options.from = Date::Parse("2026-11-25").value();  // no day is read
  const auto refused = Rebuild(options);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(eventlog::kOffsetOutOfRange)) << refused.error().ToString();
  // A backup that has all: nothing is left to be read.
  options = Into(paths_, "fare", folder_.path() / "on-backup");
  options.from = Date::Parse("2026-11-25").value();
  options.base = folder_.path() / "backup.db";
  Execute(paths_.store("fare"), "VACUUM INTO '" + options.base.string() + "'");
  const auto whole = Rebuild(options);
  ASSERT_TRUE(whole.ok()) << whole.error().ToString();
  EXPECT_EQ(whole->facts, 0);
  EXPECT_TRUE(whole->Identical());
  EXPECT_EQ(Rebuild(options).error().reason(), std::string_view(kNotFresh.reason));
  const auto vault = Rebuild(Into(paths_, "vault", folder_.path() / "vault"));
  ASSERT_FALSE(vault.ok());
  EXPECT_TRUE(vault.error().Is(kNotRebuilt)) << vault.error().ToString();
}

// --- backup and restore (docs/operating/backup.md)
// ---------------------------------------------------------------------------------------------------

AuditReport Send(const fs::path& folder, const std::string& file, bool resume) {
  SimulationOptions setting;
  setting.paths.data = folder / "city";
  setting.seed = kSeed;
  setting.program = Program();
  setting.resume = resume;
  auto simulation = Simulation::Start(setting);
  EXPECT_TRUE(simulation.ok()) << simulation.error().ToString();
  if (!simulation.ok()) return {};
  const auto sent = citysim::Replay(file, {}, (*simulation)->doors(), [](const auto&) {});
  EXPECT_TRUE(sent.ok()) << sent.error().ToString();
  const auto audit = (*simulation)->StopAndAudit();
  EXPECT_TRUE(audit.ok()) << audit.error().ToString();
  return audit.ok() ? *audit : AuditReport();
}

TEST(Restore, ADestroyedCityIsRestoredAndGoesOnWithTheNextTaps) {
  const TempFolder undisturbed;
  const std::string day = (undisturbed.path() / "day.rec").string();
  const std::string first = (undisturbed.path() / "first.rec").string();
  const std::string rest = (undisturbed.path() / "rest.rec").string();
  const FinishedRun reference = SimulateDay(undisturbed.path(), kSeed, day);
  ASSERT_NO_FATAL_FAILURE(SplitAfterCutOff(day, first, rest));

  const TempFolder folder;
  const CityPaths paths{folder.path() / "city"};
  const AuditReport before = Send(folder.path(), first, /*resume=*/false);
  EXPECT_EQ(Broken(before), "");
  ASSERT_TRUE(Plaza(paths, {"archive"}).ok());

  const fs::path backup = folder.path() / "backup";
  fs::create_directories(backup);
  const std::vector<std::string> stores{"log", "clock", "tap-ingest", "fare", "clearing", "vault"};
  for (const std::string& store : stores) {
    Execute(paths.store(store), "VACUUM INTO '" + (backup / (store + ".db")).string() + "'");
  }
  fs::remove_all(paths.stores());
  EXPECT_FALSE(Audit(paths).ok());
  fs::copy(backup, paths.stores());

  const auto restored = Audit(paths);
  ASSERT_TRUE(restored.ok()) << restored.error().ToString();
  EXPECT_EQ(Broken(*restored), "");
  EXPECT_EQ(restored->money_digest, before.money_digest);
  EXPECT_EQ(restored->book_digest, before.book_digest);
  EXPECT_TRUE(Plaza(paths, {"ledger", "rebuild"}).ok());
  ExpectRebuilt(paths, folder.path() / "rebuilt", before);

  const AuditReport after = Send(folder.path(), rest, /*resume=*/true);
  EXPECT_EQ(Broken(after), "");
  EXPECT_NE(after.book_digest, before.book_digest);
  EXPECT_EQ(after.money_digest, reference.audit.money_digest);
  EXPECT_EQ(after.book_digest, reference.audit.book_digest);
  // The next day is archived behind the first.
  ASSERT_TRUE(Plaza(paths, {"archive"}).ok());
  const auto verified = Verify(paths);
  ASSERT_TRUE(verified.ok()) << verified.error().ToString();
  EXPECT_EQ(verified->days, 2);
  ExpectRebuilt(paths, folder.path() / "two-days", after);
}

}  // namespace
}  // namespace plaza::testing
