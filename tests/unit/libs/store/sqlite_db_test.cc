// What is SQLite's own: files that are locked, damaged, full, read-only or not there, and a process
// that is killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "libs/store/db.h"
#include "libs/store/errors.h"
#include "tests/support/temp_folder.h"

namespace plaza::store {
namespace {

using ::testing::HasSubstr;

const std::vector<Migration> kTables = {{1, "0001",
                                         "CREATE TABLE pairs (id BIGINT NOT NULL, side BIGINT NOT "
                                         "NULL, pad {BLOB}, PRIMARY KEY (id, side))"}};

class SqliteDbTest : public ::testing::Test {
 protected:
  Options At(const std::string& name) {
    Options options;
    options.path = (folder_.path() / name).string();
    options.busy_timeout_ms = 100;
    return options;
  }
  testing::TempFolder folder_;
};

Result<void> InsertPair(Tx& tx, std::int64_t id, std::size_t pad) {
  for (std::int64_t side = 0; side < 2; ++side) {
    tx.Exec("INSERT INTO pairs (id, side, pad) VALUES (:id, :side, :pad)",
            {{"id", id}, {"side", side}, {"pad", Blob{std::string(pad, 'p')}}});
  }
  return {};
}

std::set<std::int64_t> WholePairs(Db& db) {
  std::set<std::int64_t> whole;
  const auto read = db.Read([&](Tx& tx) -> Result<void> {
    tx.Query("SELECT id, COUNT(*) FROM pairs GROUP BY id", {}, "ii", [&](const Row& row) {
      EXPECT_EQ(row.Int(1), 2) << "half a transaction: " << row.Int(0);
      whole.insert(row.Int(0));
    });
    return {};
  });
  EXPECT_TRUE(read.ok()) << read.error().ToString();
  return whole;
}

TEST_F(SqliteDbTest, WhatCannotBeOpenedSaysItsPath) {
  std::filesystem::create_directory(folder_.path() / "folder.db");
  const struct {
    const char* name;
    bool read_only;
  } table[] = {{"no/such/folder.db", false},
               {"no/such/folder.db", true},
               {"missing.db", true},
               {"folder.db", false}};
  for (const auto& row : table) {
    Options options = At(row.name);
    options.read_only = row.read_only;
    const auto opened = Db::Open(options);
    ASSERT_FALSE(opened.ok()) << row.name;
    EXPECT_TRUE(opened.error().Is(kStoreUnavailable)) << opened.error().ToString();
    EXPECT_EQ(opened.error().where(), options.path);
  }
  EXPECT_FALSE(Db::Open(At("")).ok() && Db::Open(Options{}).ok());
}

TEST_F(SqliteDbTest, APathMayHaveBlanksAndQuotes) {
  for (const char* name : {"a b.db", "it's.db", "db=x.db", "ñ.db", "semi;colon.db"}) {
    const auto opened = Db::Open(At(name));
    ASSERT_TRUE(opened.ok()) << name << ": " << opened.error().ToString();
    EXPECT_TRUE(std::filesystem::exists(folder_.path() / name)) << name;
  }
}

TEST_F(SqliteDbTest, WhatIsNotADatabaseIsDamaged) {
  std::ofstream(folder_.path() / "text.db") << std::string(5000, 'x');
  for (const bool read_only : {false, true}) {
    Options options = At("text.db");
    options.read_only = read_only;
    const auto opened = Db::Open(options);
    ASSERT_FALSE(opened.ok());
    EXPECT_TRUE(opened.error().Is(kStoreDamaged)) << opened.error().ToString();
    EXPECT_EQ(opened.error().where(), options.path);
  }
}

TEST_F(SqliteDbTest, ADamagedPageIsReported) {
  const Options options = At("damaged.db");
  {
    auto db = Db::Open(options);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE((*db)->Migrate("test", kTables).ok());
    ASSERT_TRUE((*db)
                    ->Write([](Tx& tx) -> Result<void> {
                      for (std::int64_t id = 0; id < 200; ++id)
                        PLAZA_RETURN_IF_ERROR(InsertPair(tx, id, 500));
                      return {};
                    })
                    .ok());
  }
  {
    std::fstream file(options.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 2);  // behind the page of the schema
    file << std::string(4096 * 40, '\xA5');
  }
  auto db = Db::Open(options);
  ASSERT_TRUE(db.ok()) << db.error().ToString();
  const auto read = (*db)->Read([](Tx& tx) -> Result<void> {
    tx.Query("SELECT id, pad FROM pairs", {}, "ib", [](const Row&) {});
    return {};
  });
  ASSERT_FALSE(read.ok());
  EXPECT_TRUE(read.error().Is(kStoreDamaged)) << read.error().ToString();
}

TEST_F(SqliteDbTest, AnothersLockIsWaitedForAndThenBusy) {
  auto holder = Db::Open(At("locked.db"));
  ASSERT_TRUE(holder.ok());
  ASSERT_TRUE((*holder)->Migrate("test", kTables).ok());
  auto other = Db::Open(At("locked.db"));
  ASSERT_TRUE(other.ok()) << other.error().ToString();
  const auto held = (*holder)->Write([&](Tx& tx) -> Result<void> {
    const auto begin = std::chrono::steady_clock::now();
    const auto busy = (*other)->Migrate("test", kTables);
    EXPECT_FALSE(busy.ok());
    if (!busy.ok()) {
      EXPECT_TRUE(busy.error().Is(kStoreBusy)) << busy.error().ToString();
      EXPECT_THAT(busy.error().ToString(), HasSubstr(At("locked.db").path));
    }
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(90));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    return InsertPair(tx, 1, 1);
  });
  ASSERT_TRUE(held.ok());
  EXPECT_TRUE((*other)->Write([](Tx& tx) -> Result<void> { return InsertPair(tx, 2, 1); }).ok());
  EXPECT_EQ(WholePairs(**other), (std::set<std::int64_t>{1, 2}));
}

// The child's limit stands for a full disk wherever file systems cannot be mounted.
TEST_F(SqliteDbTest, AFileThatCannotGrowIsFullAndNothingIsHalfDone) {
  const Options options = At("limited.db");
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{200'000, 200'000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(10);
    auto db = Db::Open(options);
    if (!db.ok() || !(*db)->Migrate("test", kTables).ok()) _exit(11);
    if (!(*db)->Write([](Tx& tx) { return InsertPair(tx, 1, 100); }).ok()) _exit(12);
    const auto full = (*db)->Write([](Tx& tx) { return InsertPair(tx, 2, 300'000); });
    if (full.ok()) _exit(13);
    if (!full.error().Is(kStoreFull)) _exit(14);
    if (!(*db)->Write([](Tx& tx) { return InsertPair(tx, 3, 100); }).ok()) _exit(15);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  auto db = Db::Open(options);
  ASSERT_TRUE(db.ok());
  EXPECT_EQ(WholePairs(**db), (std::set<std::int64_t>{1, 3}));
}

TEST_F(SqliteDbTest, AFullDiskIsFullAndNothingIsHalfDone) {
  const std::string disk = (folder_.path() / "disk").string();
  std::filesystem::create_directory(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "no file system can be mounted here; the limited file above stands for it";
  }
  {
    auto db = Db::Open(At("disk/full.db"));
    ASSERT_TRUE(db.ok()) << db.error().ToString();
    ASSERT_TRUE((*db)->Migrate("test", kTables).ok());
    ASSERT_TRUE((*db)->Write([](Tx& tx) { return InsertPair(tx, 1, 1000); }).ok());
    const auto full = (*db)->Write([](Tx& tx) { return InsertPair(tx, 2, 2'000'000); });
    ASSERT_FALSE(full.ok());
    EXPECT_TRUE(full.error().Is(kStoreFull)) << full.error().ToString();
    EXPECT_TRUE((*db)->Write([](Tx& tx) { return InsertPair(tx, 3, 1000); }).ok());
    EXPECT_EQ(WholePairs(**db), (std::set<std::int64_t>{1, 3}));
  }
  EXPECT_EQ(umount(disk.c_str()), 0);
}

// Root may write anything, so the child gives its rights away.
TEST_F(SqliteDbTest, AReadOnlyFileIsReadOnly) {
  const Options options = At("mine.db");
  {
    auto db = Db::Open(options);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE((*db)->Migrate("test", kTables).ok());
  }
  ASSERT_EQ(chmod(options.path.c_str(), 0444), 0);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0777), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (getuid() == 0 && setuid(kNobody) != 0) _exit(10);
    auto db = Db::Open(options);
    if (!db.ok()) _exit(db.error().Is(kStoreReadOnly) ? 0 : 11);
    const auto failed = (*db)->Write([](Tx& tx) { return InsertPair(tx, 1, 1); });
    if (failed.ok()) _exit(12);
    _exit(failed.error().Is(kStoreReadOnly) ? 0 : 13);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(SqliteDbTest, ReadersAreBounded) {
  for (const int readers : {0, -1, 65}) {
    Options options = At("readers.db");
    options.readers = readers;
    EXPECT_FALSE(Db::Open(options).ok()) << readers;
  }
}

[[noreturn]] void CommitUntilKilled(const Options& options, std::int64_t first_id, int acks) {
  auto db = Db::Open(options);
  if (!db.ok()) _exit(10);
  GroupCommit group(**db, 8);
  std::mutex mutex;
  std::int64_t next = first_id;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (;;) {
        std::int64_t id;
        {
          std::lock_guard<std::mutex> lock(mutex);
          id = next++;
        }
        const auto done = group.Run([&](Tx& tx) { return InsertPair(tx, id, 700); });
        if (!done.ok()) _exit(11);
        if (write(acks, &id, sizeof id) != sizeof id) _exit(12);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  _exit(13);
}

TEST_F(SqliteDbTest, WhatWasAcknowledgedSurvivesKills) {
  const Options options = At("killed.db");
  {
    auto db = Db::Open(options);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE((*db)->Migrate("test", kTables).ok());
  }
  constexpr unsigned kSeed = 20260401;
  std::mt19937 random(kSeed);
  std::set<std::int64_t> acknowledged;
  for (int round = 0; round < 10; ++round) {
    int acks[2];
    ASSERT_EQ(pipe(acks), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) CommitUntilKilled(options, round * 1'000'000, acks[1]);
    close(acks[1]);
    const auto kill_after = random() % 60;
    std::int64_t id;
    for (std::size_t seen = 0; seen < kill_after && read(acks[0], &id, sizeof id) == sizeof id;
         ++seen) {
      acknowledged.insert(id);
    }
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status))
        << "seed " << kSeed << ", round " << round << ", exit " << WEXITSTATUS(status);
    while (read(acks[0], &id, sizeof id) == sizeof id)
      acknowledged.insert(id);  // written before the kill
    close(acks[0]);
  }
  auto db = Db::Open(options);
  ASSERT_TRUE(db.ok()) << db.error().ToString();
  const std::set<std::int64_t> whole = WholePairs(**db);
  for (const std::int64_t id : acknowledged)
    EXPECT_TRUE(whole.contains(id)) << "lost " << id << ", seed " << kSeed;
  EXPECT_GT(acknowledged.size(), 50U);
}

}  // namespace
}  // namespace plaza::store
