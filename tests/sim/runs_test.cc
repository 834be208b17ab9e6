// What must hold over whole runs: the same taps give the same money, nothing is lost, no card
// number is written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <set>

#include "apps/citysim/cards/card.h"
#include "tests/sim/sim_city.h"
#include "tests/support/pan_scan.h"

namespace plaza::testing {
namespace {

namespace fs = std::filesystem;

// One recorded day, shared: each test replays or copies it.
class Runs : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder;
    run_ = new FinishedRun(SimulateDay(folder_->path(), /*seed=*/7, Recording()));
  }
  static void TearDownTestSuite() {
    delete run_;
    delete folder_;
  }
  static std::string Recording() { return (folder_->path() / "day.rec").string(); }
  static TempFolder* folder_;
  static FinishedRun* run_;
};
TempFolder* Runs::folder_ = nullptr;
FinishedRun* Runs::run_ = nullptr;

TEST_F(Runs, TheAuditorFindsNothing) { EXPECT_EQ(Broken(run_->audit), ""); }

TEST_F(Runs, EveryKindOfRefusalOccurs) {
  std::set<std::string> seen;
  for (const auto& row : run_->report.taps.counts()) {
    if (row.count() > 0) seen.insert(row.decision() + "/" + row.reason());
  }
  EXPECT_THAT(seen, ::testing::IsSupersetOf({"accepted/none", "denied/oda_failed", "denied/expired",
                                             "denied/deny_listed", "denied/passed_back"}));
  EXPECT_GT(run_->day.late_records, 0U);
  EXPECT_GT(run_->report.taps.duplicates(), 0);
  EXPECT_GT(run_->report.denied.denied_size(), 0);
}

TEST_F(Runs, TheServicesCountWhatTheGatesDid) {
  std::uint64_t recorded = 0;
  for (const auto& row : run_->report.taps.counts())
    recorded += static_cast<std::uint64_t>(row.count());
  EXPECT_EQ(recorded, run_->day.records);
}

TEST_F(Runs, TheSameSeedGivesTheSameDigests) {
  const TempFolder again;
  const FinishedRun second = SimulateDay(again.path(), 7);
  EXPECT_EQ(second.audit.money_digest, run_->audit.money_digest);
  EXPECT_EQ(second.audit.book_digest, run_->audit.book_digest);
  const TempFolder other;
  EXPECT_NE(SimulateDay(other.path(), 8).audit.money_digest, run_->audit.money_digest);
}

struct Variant {
  const char* name;
  citysim::ReplayOptions options;
  std::vector<std::string> serve_args;
  bool same_book;
};

std::vector<Variant> Variants() {
  std::vector<Variant> variants{
      {"AsRecorded", {}, {}, true},
      {"Shuffled", {}, {}, true},
      {"EveryRecordTwice", {}, {}, true},
      {"ManyLate", {}, {}, false},
      {"ShuffledRepeatedAndLate", {}, {}, false},
      {"OnePartition", {}, {"--eventlog.partitions", "1"}, true},
      {"SixteenPartitions", {}, {"--eventlog.partitions", "16"}, true},
      {"ParsLearnedEarly", {}, {"--vault.acquirer_par_at_verification", "true"}, false},
  };
  variants[1].options.shuffle_seed = 3;
  variants[2].options.repeat_percent = 100;
  variants[3].options.late_percent = 20;
  variants[4].options.shuffle_seed = 5;
  variants[4].options.repeat_percent = 50;
  variants[4].options.late_percent = 10;
  return variants;
}

class Replays : public Runs, public ::testing::WithParamInterface<Variant> {};

TEST_P(Replays, TheSameTapsGiveTheSameMoney) {
  const TempFolder folder;
  const AuditReport audit =
      ReplayRecording(folder.path(), Recording(), GetParam().options, GetParam().serve_args);
  EXPECT_EQ(Broken(audit), "");
  EXPECT_EQ(audit.money_digest, run_->audit.money_digest);
  if (GetParam().same_book) {
    EXPECT_EQ(audit.book_digest, run_->audit.book_digest);
  }
}
INSTANTIATE_TEST_SUITE_P(Variants, Replays, ::testing::ValuesIn(Variants()),
                         [](const auto& variant) { return std::string(variant.param.name); });

TEST_F(Runs, NoCardNumberIsWrittenAnywhere) {
  std::vector<std::string> pans;
  for (std::uint64_t account = 0; account < run_->day.media; ++account) {
    for (citysim::Issuer issuer : {citysim::Issuer::kPlastic, citysim::Issuer::kPhone}) {
      pans.push_back(citysim::PanOf(7, account, issuer));
    }
  }
  const PanScanner scanner(pans);
  EXPECT_THAT(scanner.ScanFolder(folder_->path()), ::testing::IsEmpty());
  // The scan is worth something only if it finds one that is there.
  const fs::path planted = folder_->path() / "planted.log";
  std::ofstream(planted) << "{\"message\":\"tap by " << pans.front() << "\"}\n";
  EXPECT_THAT(scanner.ScanFolder(folder_->path()), ::testing::SizeIs(1));
  fs::remove(planted);
}

// --- planted faults
// ---------------------------------------------------------------------------------------------------

void Execute(const fs::path& file, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  char* message = nullptr;
  // Who means harm drops what guards the ledger.
  for (const char* guard : {"ledger_rows_are_not_updated", "ledger_rows_are_not_deleted"}) {
    const std::string drop = std::string("DROP TRIGGER IF EXISTS ") + guard;
    EXPECT_EQ(sqlite3_exec(db, drop.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
  }
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
  EXPECT_EQ(sqlite3_changes(db), 1) << sql;
  sqlite3_close(db);
}

TEST_F(Runs, APlantedFaultIsFound) {
  const struct {
    const char* store;
    const char* sql;
    const char* broken;  // an invariant that must say so
  } table[] = {
      {"clearing",
       "UPDATE ledger SET amount_minor = amount_minor + 1 WHERE rowid = (SELECT rowid FROM ledger "
       "WHERE kind = "
       "'charge' LIMIT 1)",
       "the hash chains are whole"},
      {"clearing",
       "DELETE FROM ledger WHERE rowid = (SELECT rowid FROM ledger WHERE kind = 'charge' LIMIT 1)",
       "balances follow from the ledger's rows"},
      {"clearing",
       "UPDATE balances SET balance_minor = balance_minor + 1 WHERE rowid = (SELECT rowid FROM "
       "balances LIMIT 1)",
       "balances follow from the ledger's rows"},
      {"clearing", "DELETE FROM denied WHERE rowid = (SELECT rowid FROM denied LIMIT 1)",
       "the gates' deny list is clearing's"},
      {"clearing",
       "UPDATE denied SET reason = 'x' WHERE rowid = (SELECT rowid FROM denied LIMIT 1)",
       "each denied card has its cause, and each debtor is denied"},
      {"fare",
       "DELETE FROM account_state WHERE rowid = (SELECT rowid FROM account_state ORDER BY "
       "length(state) DESC LIMIT 1)",
       "taps recorded = rated + held + ignored + refused"},
      {"tap-ingest",
       "DELETE FROM tap_batches WHERE rowid = (SELECT rowid FROM tap_batches LIMIT 1)",
       "tap-ingest counts what it keeps"},
  };
  for (const auto& row : table) {
    const TempFolder copy;
    const CityPaths paths{copy.path() / "city"};
    fs::create_directories(paths.data);
    fs::copy(folder_->path() / "city" / "stores", paths.stores(), fs::copy_options::recursive);
    Execute(paths.store(row.store), row.sql);
    const auto audit = Audit(paths);
    ASSERT_TRUE(audit.ok()) << audit.error().ToString();
    EXPECT_THAT(Broken(*audit), ::testing::HasSubstr(row.broken)) << row.sql;
  }
}

}  // namespace
}  // namespace plaza::testing
