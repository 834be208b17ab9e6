// What only a server can do to a store: end a session, die, refuse one of two writers.
#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <future>
#include <iterator>
#include <mutex>
#include <thread>

#include "apps/plaza/servers/postgres.h"
#include "libs/store/db.h"
#include "libs/store/errors.h"
#include "services/clearing/store/sql_books.h"
#include "tests/support/temp_folder.h"

namespace plaza::store {
namespace {

using ::testing::HasSubstr;

class PostgresStore : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<testing::TempFolder>();
    servers::PostgresOptions options;
    options.folder = folder_->path();
    options.temporary = true;
    server_ = servers::Postgres::Start(options).value();
  }
  static void TearDownTestSuite() {
    server_.reset();
    folder_.reset();
  }

  void SetUp() override {
    static int count = 0;
    name_ = "db" + std::to_string(++count);
    conninfo_ = server_->MakeDatabase(name_, "it's secret").value();
    db_ = OpenDb().value();
    const std::vector<Migration> tables{
        {1, "rows", "CREATE TABLE rows (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)"}};
    ASSERT_TRUE(db_->Migrate("test", tables).ok());
  }
  Result<std::unique_ptr<Db>> OpenDb() {
    Options options;
    options.postgres = conninfo_;
    return Db::Open(options);
  }
  Result<void> Insert(Db& db, std::int64_t id) {
    return db.Write([&](Tx& tx) -> Result<void> {
      tx.Exec("INSERT INTO rows (id, n) VALUES (:id, 0)", {{"id", id}});
      return {};
    });
  }
  std::int64_t Sum(const std::string& what) {
    const auto sum = db_->Read([&](Tx& tx) -> Result<std::int64_t> {
      return tx.QueryOne("SELECT COALESCE(SUM(" + what + "), 0) FROM rows", {}, "i")->Int(0);
    });
    EXPECT_TRUE(sum.ok()) << sum.error().ToString();
    return sum.ok() ? *sum : -1;
  }
  // Ends the sessions of this test's database.
  void EndSessions() {
    ASSERT_TRUE(server_
                    ->Execute("postgres",
                              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                              "datname = '" +
                                  name_ + "'")
                    .ok());
  }

  static std::unique_ptr<testing::TempFolder> folder_;
  static std::unique_ptr<servers::Postgres> server_;
  std::string name_;
  std::string conninfo_;
  std::unique_ptr<Db> db_;
};

std::unique_ptr<testing::TempFolder> PostgresStore::folder_;
std::unique_ptr<servers::Postgres> PostgresStore::server_;

TEST_F(PostgresStore, ASessionThatWasEndedBetweenTransactionsIsMadeAnew) {
  ASSERT_TRUE(Insert(*db_, 1).ok());
  EXPECT_EQ(Sum("1"), 1);
  EndSessions();
  EXPECT_TRUE(Insert(*db_, 2).ok());
  EXPECT_EQ(Sum("1"), 2);
}

TEST_F(PostgresStore, ASessionThatIsEndedInATransactionRunsTheBodyAgain) {
  int runs = 0;
  const auto done = db_->Write([&](Tx& tx) -> Result<int> {
    tx.Exec("INSERT INTO rows (id, n) VALUES (1, 0)");
    if (++runs == 1) EndSessions();
    tx.Exec("INSERT INTO rows (id, n) VALUES (2, 0)");
    return runs;
  });
  ASSERT_TRUE(done.ok()) << done.error().ToString();
  EXPECT_EQ(*done, 2);
  EXPECT_EQ(Sum("1"), 2);
}

// The commit waits in a deferred trigger while its session is ended: whether it was committed
// cannot be known from here.
TEST_F(PostgresStore, AConnectionLostInTheCommitIsAmbiguous) {
  ASSERT_TRUE(server_
                  ->Execute(name_,
                            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                            "PERFORM pg_sleep(60); RETURN NULL; END $$")
                  .ok());
  ASSERT_TRUE(server_
                  ->Execute(name_,
                            "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON rows DEFERRABLE "
                            "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()")
                  .ok());
  std::optional<Result<void>> done;
  std::thread writer([&] { done = Insert(*db_, 1); });
  // Ends it as soon as it sleeps in the trigger.
  const std::string end =
      "DO $$ BEGIN FOR i IN 1..3000 LOOP PERFORM pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE datname = '" +
      name_ +
      "' AND wait_event = 'PgSleep' AND query = 'COMMIT'; "
      "IF FOUND THEN RETURN; END IF; PERFORM pg_sleep(0.01); PERFORM pg_stat_clear_snapshot(); "
      "END LOOP; RAISE 'nobody commits'; END $$";
  EXPECT_TRUE(server_->Execute("postgres", end).ok());
  writer.join();
  ASSERT_FALSE(done->ok());
  EXPECT_TRUE(done->error().Is(kCommitAmbiguous)) << done->error().ToString();
  EXPECT_EQ(Sum("1"), 0);  // here it was not
}

// Each of two writers holds a row that the other wants.
TEST_F(PostgresStore, ADeadlockIsRunAgain) {
  ASSERT_TRUE(Insert(*db_, 1).ok());
  ASSERT_TRUE(Insert(*db_, 2).ok());
  const auto other = OpenDb().value();
  std::mutex mutex;
  std::condition_variable changed;
  int holding = 0;
  int runs = 0;
  const auto writer = [&](Db& db, std::int64_t first, std::int64_t second) {
    const auto add = [](Tx& tx, std::int64_t id) {
      tx.Exec("UPDATE rows SET n = n + 1 WHERE id = :id", {{"id", id}});
    };
    const auto done = db.Write([&](Tx& tx) -> Result<void> {
      add(tx, first);
      {
        std::unique_lock<std::mutex> lock(mutex);
        ++runs;
        ++holding;
        changed.notify_all();
        changed.wait(lock, [&] { return holding >= 2; });
      }
      add(tx, second);
      return {};
    });
    EXPECT_TRUE(done.ok()) << done.error().ToString();
  };
  std::thread thread([&] { writer(*other, 2, 1); });
  writer(*db_, 1, 2);
  thread.join();
  EXPECT_GE(runs, 3);  // one of them twice, at least
  EXPECT_EQ(Sum("n"), 4);
}

// PostgreSQL gives these codes when it must; here a function gives each once, the first time.
TEST_F(PostgresStore, CodesOfTheServerAreClassified) {
  const struct {
    const char* code;
    bool again;
    const ErrorKind& kind;
  } table[] = {
      {"40001", true, kStoreBusy},         {"40P01", true, kStoreBusy},
      {"55P03", true, kStoreBusy},         {"53100", false, kStoreFull},
      {"25006", false, kStoreReadOnly},    {"XX001", false, kStoreDamaged},
      {"53300", false, kStoreUnavailable},
  };
  for (const auto& row : table) {
    const std::string code = row.code;
    // A sequence does not go back with its transaction, so it counts the runs.
    ASSERT_TRUE(server_->Execute(name_, "CREATE SEQUENCE \"" + code + "\"").ok());
    ASSERT_TRUE(server_->Execute(name_, "GRANT ALL ON SEQUENCE \"" + code + "\" TO " + name_).ok());
    int runs = 0;
    const auto done = db_->Write([&](Tx& tx) -> Result<void> {
      ++runs;
      tx.Exec("DO $$ BEGIN IF nextval('\"" + code +
              "\"') = 1 THEN RAISE EXCEPTION 'no' USING "
              "ERRCODE = '" +
              code + "'; END IF; END $$");
      return {};
    });
    EXPECT_EQ(runs, row.again ? 2 : 1) << code;
    EXPECT_EQ(done.ok(), row.again) << code;
    if (!done.ok()) {
      EXPECT_TRUE(done.error().Is(row.kind)) << done.error().ToString();
    }
    EXPECT_TRUE(Insert(*db_, 1 + (&row - table)).ok()) << code;  // the session goes on
  }
}

// What an operator sets in the conninfo wins over our own settings, which stay otherwise.
TEST_F(PostgresStore, AStatementThatTakesTooLongIsEnded) {
  db_.reset();
  conninfo_ += " options='-c statement_timeout=100'";
  db_ = OpenDb().value();
  const auto late = db_->Write([&](Tx& tx) -> Result<void> {
    tx.Exec("INSERT INTO rows (id, n) VALUES (1, 0)");
    tx.Query("SELECT pg_sleep(60)", {}, "", [](const Row&) {});
    return {};
  });
  ASSERT_FALSE(late.ok());
  EXPECT_TRUE(late.error().Is(kStoreBusy)) << late.error().ToString();
  EXPECT_THAT(late.error().ToString(), HasSubstr("statement timeout"));
  EXPECT_EQ(Sum("1"), 0);
  const auto ours = db_->Read([](Tx& tx) -> Result<std::string> {
    return tx.QueryOne("SELECT current_setting('lock_timeout')", {}, "t")->Text(0);
  });
  EXPECT_EQ(ours.value(), "5s");
}

// The session's own messages: tests/contract/store.
TEST_F(PostgresStore, TheServersLogDoesNotTellRows) {
  constexpr std::int64_t kTold = 987'654'321;
  ASSERT_TRUE(Insert(*db_, kTold).ok());
  ASSERT_FALSE(Insert(*db_, kTold).ok());
  std::ifstream in(server_->log_file());
  const std::string log((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_THAT(log, HasSubstr("rows_pkey"));
  EXPECT_THAT(log, ::testing::Not(HasSubstr("987654321")));
}

TEST_F(PostgresStore, ADatabaseThatMayOnlyBeReadSaysSo) {
  ASSERT_TRUE(Insert(*db_, 1).ok());
  ASSERT_TRUE(server_
                  ->Execute("postgres",
                            "ALTER DATABASE " + name_ + " SET default_transaction_read_only = on")
                  .ok());
  EndSessions();
  const auto refused = Insert(*db_, 2);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(kStoreReadOnly)) << refused.error().ToString();
  EXPECT_EQ(Sum("1"), 1);
}

TEST_F(PostgresStore, ACrashOfTheServerLosesNothingThatWasCommitted) {
  ASSERT_TRUE(Insert(*db_, 1).ok());
  server_->Kill();
  const auto away = Insert(*db_, 2);
  ASSERT_FALSE(away.ok());
  EXPECT_TRUE(away.error().Is(kStoreUnavailable)) << away.error().ToString();
  ASSERT_TRUE(server_->StartAgain().ok());
  EXPECT_TRUE(Insert(*db_, 3).ok());
  EXPECT_EQ(Sum("id"), 4);
}

TEST_F(PostgresStore, SaysWhyItCannotOpen) {
  const struct {
    std::string conninfo;
    const char* said;
  } table[] = {
      {server_->address() + " user=" + name_ + " password=wrong dbname=" + name_, "password"},
      {server_->conninfo("nowhere"), "nowhere"},
      {"host=/nowhere user=x dbname=y", "/nowhere"},
      {"host=/nowhere password=my wrong", "name=value"},
  };
  for (const auto& row : table) {
    Options options;
    options.postgres = row.conninfo;
    const auto opened = Db::Open(options);
    ASSERT_FALSE(opened.ok());
    EXPECT_TRUE(opened.error().Is(kStoreUnavailable));
    EXPECT_THAT(opened.error().ToString(), HasSubstr(row.said));
    EXPECT_THAT(opened.error().ToString(), ::testing::Not(HasSubstr("wrong")));
  }
}

TEST_F(PostgresStore, NoServiceEntersAnothersDatabase) {
  ASSERT_TRUE(server_->MakeDatabase("other", "secret").ok());
  Options options;
  options.postgres =
      server_->address() + " user=" + name_ + " password='it\\'s secret' dbname=other";
  const auto opened = Db::Open(options);
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().ToString(), HasSubstr("permission denied"));
}

// What guards the ledger there (services/clearing/store/migrations); on SQLite the clearing tests
// do the same.
TEST_F(PostgresStore, RowsOfTheLedgerStay) {
  ASSERT_TRUE(db_->Migrate("clearing", ClearingMigrations()).ok());
  const auto write = [&](const std::string& sql) {
    return db_->Write([&](Tx& tx) -> Result<void> {
      tx.Exec(sql);
      return {};
    });
  };
  ASSERT_TRUE(
      write("INSERT INTO ledger (shard, seq, business_day, kind, posting_id, reference, leg_id, "
            "operator_id, account, debit, credit, currency, amount_minor, event_time_ms, hash) "
            "VALUES (0, 1, '2026-11-23', 'charge', 'a', 'r', 'l', 'o', 'a', 'd', 'c', 'MXN', 1, 0, "
            "'h')")
          .ok());
  for (const char* change :
       {"UPDATE ledger SET amount_minor = 2", "DELETE FROM ledger", "TRUNCATE ledger"}) {
    const Result<void> refused = write(change);
    ASSERT_FALSE(refused.ok()) << change;
    EXPECT_TRUE(refused.error().Is(kStoreConstraint)) << refused.error().ToString();
  }
}

TEST_F(PostgresStore, NumbersOfEverySizeComeBack) {
  const std::int64_t extremes[] = {INT64_MIN, -10'000, -1,          0,
                                   9'999,     10'000,  123'456'789, INT64_MAX};
  for (const std::int64_t n : extremes) {
    const auto read = db_->Write([&](Tx& tx) -> Result<std::int64_t> {
      tx.Exec("DELETE FROM rows");
      tx.Exec("INSERT INTO rows (id, n) VALUES (1, :n)", {{"n", n}});
      EXPECT_EQ(tx.QueryOne("SELECT n FROM rows", {}, "i")->Int(0), n);
      return tx.QueryOne("SELECT SUM(n) FROM rows", {}, "i")->Int(0);  // NUMERIC
    });
    ASSERT_TRUE(read.ok()) << read.error().ToString();
    EXPECT_EQ(*read, n);
  }
  const auto half = db_->Read([&](Tx& tx) -> Result<std::int64_t> {
    return tx.QueryOne("SELECT AVG(id + 0.5) FROM rows", {}, "i")->Int(0);
  });
  ASSERT_FALSE(half.ok());
  EXPECT_TRUE(half.error().Is(kStoreSql));
}

TEST_F(PostgresStore, ProcessesRunExclusivelyByName) {
  const auto other = OpenDb().value();
  std::atomic<int> inside{0};
  std::atomic<int> overlaps{0};
  const auto run = [&](Db& db) {
    for (int i = 0; i < 20; ++i) {
      const Result<void> done = db.Exclusive("relay", [&]() -> Result<void> {
        if (inside.fetch_add(1) != 0) ++overlaps;
        // The body has the store for itself to work with.
        const Result<void> wrote = Insert(db, &db == db_.get() ? i : 100 + i);
        inside.fetch_sub(1);
        return wrote;
      });
      ASSERT_TRUE(done.ok()) << done.error().ToString();
    }
  };
  std::thread beside([&] { run(*other); });
  run(*db_);
  beside.join();
  EXPECT_EQ(overlaps, 0);
  EXPECT_EQ(Sum("1"), 40);
}

TEST_F(PostgresStore, WhoStandsStillWithALockIsOutlasted) {
  const auto standing = OpenDb().value();
  std::promise<void> held;
  std::promise<void> go_on;
  std::thread halted([&] {
    int runs = 0;
    const auto done = standing->Write([&](Tx& tx) -> Result<int> {
      tx.Lock("memory");
      if (++runs == 1) {
        held.set_value();
        go_on.get_future().wait();
      }
      tx.Exec("INSERT INTO rows (id, n) VALUES (1, 0)");
      return runs;
    });
    EXPECT_TRUE(done.ok()) << done.error().ToString();
    if (done.ok()) {
      EXPECT_EQ(*done, 2);  // its first transaction was ended meanwhile
    }
  });
  held.get_future().wait();
  const auto successor = db_->Write([&](Tx& tx) -> Result<void> {
    tx.Lock("memory");
    tx.Exec("INSERT INTO rows (id, n) VALUES (2, 0)");
    return {};
  });
  go_on.set_value();
  halted.join();
  EXPECT_TRUE(successor.ok()) << successor.error().ToString();
  EXPECT_EQ(Sum("1"), 2);
}

TEST_F(PostgresStore, ALockIsGoneWithItsProcess) {
  const auto other = OpenDb().value();
  const Result<void> outer = db_->Exclusive("relay", [&]() -> Result<void> {
    EndSessions();  // as when this process was killed, or stood still for too long
    return other->Exclusive("relay", [] { return Result<void>(); });
  });
  EXPECT_TRUE(outer.ok()) << outer.error().ToString();
  EXPECT_TRUE(db_->Exclusive("relay", [] { return Result<void>(); }).ok());
}

}  // namespace
}  // namespace plaza::store
