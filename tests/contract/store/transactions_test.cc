// Values, statements, transactions.
#include <atomic>
#include <limits>
#include <stdexcept>
#include <thread>

#include "tests/contract/store/fixture.h"

namespace plaza::store::contract {
namespace {

constexpr const char* kThings =
    "CREATE TABLE things (id BIGINT NOT NULL PRIMARY KEY, n BIGINT, t TEXT, b {BLOB});\n"
    "CREATE INDEX things_n ON things (n);\n";
constexpr const char* kInsert = "INSERT INTO things (id, n, t, b) VALUES (:id, :n, :t, :b)";

std::string AllOctets() {
  std::string bytes("\0\0", 2);
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  bytes.append("\0", 1);
  return bytes;
}

class Transactions : public StoreContract {
 protected:
  void SetUp() override {
    StoreContract::SetUp();
    Migrate(kThings);
  }
  Result<void> Insert(std::int64_t id) {
    return Write(kInsert, {{"id", id}, {"n", id}, {"t", std::string("t")}, {"b", Blob{"b"}}});
  }
};

TEST_P(Transactions, ValuesComeBackExactly) {
  const struct {
    const char* name;
    Value n, t, b;
  } table[] = {
      {"nulls", {}, {}, {}},
      {"empty is not null", std::int64_t{0}, std::string(), Blob{}},
      {"extremes", std::numeric_limits<std::int64_t>::min(), std::string("México \xF0\x9F\x9A\x87"),
       Blob{AllOctets()}},
      {"other extremes", std::numeric_limits<std::int64_t>::max(),
       std::string("it's \"quoted\" :id"), Blob{std::string(1, '\0')}},
      {"large", std::int64_t{-1}, std::string(100'000, 'x'), Blob{std::string(2'000'000, '\0')}},
      {"small after large", std::int64_t{1}, std::string("y"), Blob{"z"}},
      {"null after value", {}, std::string("y"), {}},
  };
  std::int64_t id = 0;
  for (const auto& row : table) {
    const Result<void> done =
        Write(kInsert, {{"id", ++id}, {"n", row.n}, {"t", row.t}, {"b", row.b}});
    ASSERT_TRUE(done.ok()) << row.name << ": " << done.error().ToString();
    const auto read = db_->Read([&](Tx& tx) -> Result<Row> {
      return *tx.QueryOne("SELECT n, t, b FROM things WHERE id = :id", {{"id", id}}, "itb");
    });
    ASSERT_TRUE(read.ok()) << row.name;
    ASSERT_EQ(read->size(), 3U);
    const Value* wanted[] = {&row.n, &row.t, &row.b};
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(read->IsNull(i), wanted[i]->index() == 0) << row.name << ", column " << i;
    }
    if (row.n.index() != 0) {
      EXPECT_EQ(read->Int(0), std::get<std::int64_t>(row.n)) << row.name;
    }
    if (row.t.index() != 0) {
      EXPECT_EQ(read->Text(1), std::get<std::string>(row.t)) << row.name;
    }
    if (row.b.index() != 0) {
      EXPECT_EQ(read->Bytes(2), std::get<Blob>(row.b).bytes) << row.name;
    }
  }
}

TEST_P(Transactions, ABlobIsFoundByItsOctets) {
  ASSERT_TRUE(
      Write(kInsert, {{"id", std::int64_t{1}}, {"n", {}}, {"t", {}}, {"b", Blob{AllOctets()}}})
          .ok());
  const auto found = db_->Read([&](Tx& tx) -> Result<std::int64_t> {
    return tx.QueryOne("SELECT COUNT(*) FROM things WHERE b = :b", {{"b", Blob{AllOctets()}}}, "i")
        ->Int(0);
  });
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, 1);
}

TEST_P(Transactions, ExecCountsChangedRowsAndReusesItsStatement) {
  const auto done = db_->Write([&](Tx& tx) -> Result<void> {
    for (std::int64_t id = 0; id < 100; ++id) {
      Value n;
      if (id % 3 != 0) n = id % 10;
      EXPECT_EQ(tx.Exec(kInsert, {{"id", id}, {"n", n}, {"t", {}}, {"b", {}}}), 1);
    }
    EXPECT_EQ(tx.Exec("UPDATE things SET n = :n WHERE n = :old",
                      {{"n", std::int64_t{7}}, {"old", std::int64_t{1}}}),
              7);
    EXPECT_EQ(tx.Exec("DELETE FROM things WHERE id = :id", {{"id", std::int64_t{1000}}}), 0);
    EXPECT_EQ(tx.Exec("DELETE FROM things WHERE n IS NULL"), 34);
    return {};
  });
  ASSERT_TRUE(done.ok()) << done.error().ToString();
  EXPECT_EQ(Count("things"), 66);
}

TEST_P(Transactions, AParameterMayBeUsedTwice) {
  ASSERT_TRUE(Write("INSERT INTO things (id, n) VALUES (:v, :v)", {{"v", std::int64_t{4}}}).ok());
  const auto n = db_->Read([](Tx& tx) -> Result<std::int64_t> {
    return tx.QueryOne("SELECT n FROM things", {}, "i")->Int(0);
  });
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(*n, 4);
}

TEST_P(Transactions, QueriesNestEvenWithTheSameText) {
  for (std::int64_t id = 1; id <= 3; ++id) ASSERT_TRUE(Insert(id).ok());
  std::vector<std::int64_t> seen;
  const auto done = db_->Write([&](Tx& tx) -> Result<void> {
    constexpr const char* sql = "SELECT id FROM things WHERE id >= :id ORDER BY id";
    tx.Query(sql, {{"id", std::int64_t{2}}}, "i", [&](const Row& outer) {
      seen.push_back(outer.Int(0));
      tx.Query(sql, {{"id", std::int64_t{3}}}, "i",
               [&](const Row& inner) { seen.push_back(10 * inner.Int(0)); });
      tx.Exec("UPDATE things SET t = :t WHERE id = :id",
              {{"t", std::string("u")}, {"id", outer.Int(0)}});
    });
    return {};
  });
  ASSERT_TRUE(done.ok()) << done.error().ToString();
  EXPECT_EQ(seen, (std::vector<std::int64_t>{2, 30, 3, 30}));
}

TEST_P(Transactions, ARefusalRollsBack) {
  const auto refused = db_->Write([&](Tx& tx) -> Result<int> {
    tx.Exec("INSERT INTO things (id) VALUES (1)");
    tx.OnCommit([] { FAIL() << "ran after a rollback"; });
    return Error(kRequestIdReused, "no");
  });
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().Is(kRequestIdReused));
  EXPECT_EQ(Count("things"), 0);
}

TEST_P(Transactions, AWriteThatDoesNotWaitForTheDiskIsSeenAndRolledBackLikeAnother) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(db_->WriteSoon([&](Tx& tx) -> Result<void> {
                     tx.Exec("INSERT INTO things (id) VALUES (:id)", {{"id", std::int64_t{i}}});
                     return {};
                   })
                    .ok());
    ASSERT_TRUE(Insert(10 + i).ok());
    const auto refused = db_->WriteSoon([&](Tx& tx) -> Result<void> {
      tx.Exec("DELETE FROM things");
      return Error(kRequestIdReused, "no");
    });
    ASSERT_FALSE(refused.ok());
  }
  EXPECT_EQ(Count("things"), 6);
}

TEST_P(Transactions, OnCommitRunsOnceAfterTheCommitInOrder) {
  std::vector<int> ran;
  const auto done = db_->Write([&](Tx& tx) -> Result<void> {
    tx.OnCommit([&] {
      ran.push_back(1);
      EXPECT_EQ(Count("things"), 1);  // readers see it already
    });
    tx.OnCommit([&] { ran.push_back(2); });
    tx.Exec("INSERT INTO things (id) VALUES (1)");
    EXPECT_TRUE(ran.empty());
    return {};
  });
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(ran, (std::vector<int>{1, 2}));
}

TEST_P(Transactions, FailuresAreClassifiedRolledBackAndForgotten) {
  ASSERT_TRUE(Insert(1).ok());
  const struct {
    const char* name;
    std::string sql;
    std::vector<Param> params;
    const ErrorKind& kind;
  } table[] = {
      {"primary key", "INSERT INTO things (id) VALUES (1)", {}, kStoreConstraint},
      {"not null", "INSERT INTO things (id) VALUES (:id)", {{"id", {}}}, kStoreConstraint},
      {"syntax", "INSERT INTO", {}, kStoreSql},
      {"no such table", "DELETE FROM nothing", {}, kStoreSql},
      {"parameter missing", "DELETE FROM things WHERE id = :id", {}, kStoreSql},
      {"parameter too many", "DELETE FROM things", {{"id", std::int64_t{1}}}, kStoreSql},
      {"parameter misspelt",
       "DELETE FROM things WHERE id = :id",
       {{"di", std::int64_t{1}}},
       kStoreSql},
  };
  for (const auto& row : table) {
    const auto failed = db_->Write([&](Tx& tx) -> Result<void> {
      tx.Exec("INSERT INTO things (id) VALUES (77)");
      tx.Exec(row.sql, std::span<const Param>(row.params));
      ADD_FAILURE() << row.name << " did not fail";
      return {};
    });
    ASSERT_FALSE(failed.ok()) << row.name;
    EXPECT_TRUE(failed.error().Is(row.kind)) << row.name << ": " << failed.error().ToString();
    EXPECT_EQ(Count("things"), 1) << row.name;
  }
  EXPECT_TRUE(Insert(2).ok());
  EXPECT_EQ(Count("things"), 2);
}

// PostgreSQL would tell the key, or the whole row, that broke a constraint.
TEST_P(Transactions, AnErrorDoesNotTellParameters) {
  ASSERT_TRUE(Write("CREATE TABLE cards (pan TEXT NOT NULL PRIMARY KEY, minor BIGINT NOT NULL "
                    "CHECK (minor > 0))",
                    {})
                  .ok());
  constexpr const char* kCard = "INSERT INTO cards (pan, minor) VALUES (:pan, :minor)";
  const Value pan = std::string("secret-text");
  ASSERT_TRUE(Write(kCard, {{"pan", pan}, {"minor", std::int64_t{1}}}).ok());
  ASSERT_TRUE(Insert(1).ok());
  const struct {
    const char* name;
    std::string sql;
    std::vector<Param> params;
  } table[] = {
      {"beside the key",
       kInsert,
       {{"id", std::int64_t{1}}, {"n", {}}, {"t", pan}, {"b", Blob{"secret-octets"}}}},
      {"key", kCard, {{"pan", pan}, {"minor", std::int64_t{1}}}},
      {"null", kCard, {{"pan", pan}, {"minor", {}}}},
      {"check", kCard, {{"pan", pan}, {"minor", std::int64_t{0}}}},
  };
  for (const auto& row : table) {
    const auto failed = db_->Write([&](Tx& tx) -> Result<void> {
      tx.Exec(row.sql, std::span<const Param>(row.params));
      return {};
    });
    ASSERT_FALSE(failed.ok()) << row.name;
    EXPECT_TRUE(failed.error().Is(kStoreConstraint)) << row.name;
    EXPECT_EQ(failed.error().ToString().find("secret"), std::string::npos)
        << row.name << ": " << failed.error().ToString();
  }
  const std::string_view columns[] = {"pan", "minor"};
  const std::vector<std::vector<Value>> rows{{pan, std::int64_t{1}}};
  const auto bulk = db_->Write([&](Tx& tx) -> Result<void> {
    tx.BulkInsert("cards", columns, rows);
    return {};
  });
  ASSERT_FALSE(bulk.ok());
  EXPECT_EQ(bulk.error().ToString().find("secret"), std::string::npos) << bulk.error().ToString();
}

TEST_P(Transactions, AnExceptionOfTheBodyPropagatesAfterTheRollback) {
  const auto body = [](Tx& tx) -> Result<void> {
    tx.Exec("INSERT INTO things (id) VALUES (1)");
    throw std::logic_error("a bug");
  };
  EXPECT_THROW(static_cast<void>(db_->Write(body)), std::logic_error);
  EXPECT_EQ(Count("things"), 0);
  EXPECT_TRUE(Insert(1).ok());
}

TEST_P(Transactions, ABodyMayThrowDbFailureItself) {
  const auto failed = db_->Write([](Tx& tx) -> Result<int> {
    tx.Exec("INSERT INTO things (id) VALUES (1)");
    throw DbFailure(Error(kStoreFull, "as if"));
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_TRUE(failed.error().Is(kStoreFull));
  EXPECT_EQ(Count("things"), 0);
}

TEST_P(Transactions, APassingFailureRunsTheBodyAgainABoundedNumberOfTimes) {
  for (const int failures : {0, 1, 3, 1000}) {
    int runs = 0;
    const auto done = db_->Write([&](Tx& tx) -> Result<void> {
      tx.Exec("INSERT INTO things (id) VALUES (:id)", {{"id", std::int64_t{failures}}});
      if (runs++ < failures) throw DbFailure(Error(kStoreBusy, "as if"), /*transient=*/true);
      return {};
    });
    EXPECT_EQ(done.ok(), failures <= 3) << failures;
    if (!done.ok()) {
      EXPECT_TRUE(done.error().Is(kStoreBusy));
    }
    EXPECT_EQ(runs, std::min(failures, 3) + 1);
  }
  EXPECT_EQ(Count("things"), 3);
}

TEST_P(Transactions, BulkInsertTakesMixedRows) {
  std::vector<std::vector<Value>> rows;
  for (std::int64_t id = 0; id < 1000; ++id) {
    rows.push_back(
        {id, id % 2 == 0 ? Value{} : Value{id}, std::string("t") + std::to_string(id),
         id % 5 == 0 ? Value{} : Value{Blob{std::string(static_cast<std::size_t>(id), '\0')}}});
  }
  const std::string_view columns[] = {"id", "n", "t", "b"};
  const auto done = db_->Write([&](Tx& tx) -> Result<void> {
    tx.BulkInsert("things", columns, {});
    tx.BulkInsert("things", columns, rows);
    return {};
  });
  ASSERT_TRUE(done.ok()) << done.error().ToString();
  std::int64_t at = 0;
  const auto read = db_->Read([&](Tx& tx) -> Result<void> {
    tx.Query("SELECT id, n, t, b FROM things ORDER BY id", {}, "iitb", [&](const Row& row) {
      EXPECT_EQ(row.Int(0), at);
      EXPECT_EQ(row.IsNull(1), at % 2 == 0);
      EXPECT_EQ(row.Text(2), "t" + std::to_string(at));
      if (at % 5 != 0) {
        EXPECT_EQ(row.Bytes(3), std::string(static_cast<std::size_t>(at), '\0'));
      }
      ++at;
    });
    return {};
  });
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(at, 1000);
}

TEST_P(Transactions, ABrokenRowInABulkInsertUndoesAll) {
  const std::string_view columns[] = {"id"};
  const std::vector<std::vector<Value>> rows = {
      {std::int64_t{1}}, {std::int64_t{2}}, {std::int64_t{1}}};
  const auto failed = db_->Write([&](Tx& tx) -> Result<void> {
    tx.BulkInsert("things", columns, rows);
    return {};
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_TRUE(failed.error().Is(kStoreConstraint));
  EXPECT_EQ(Count("things"), 0);
}

// Also more than are put off at once, and with what waits in between.
TEST_P(Transactions, WhatIsPutOffHappensInItsOrder) {
  constexpr std::int64_t kCount = 1000;
  const std::string_view columns[] = {"id", "n"};
  const std::vector<std::vector<Value>> bulk = {{kCount, std::int64_t{7}}};
  const auto done = db_->Write([&](Tx& tx) -> Result<void> {
    for (std::int64_t id = 0; id < kCount; ++id) {
      tx.ExecLater("INSERT INTO things (id, n, t) VALUES (:id, :n, :t)",
                   {{"id", id}, {"n", id % 2 == 0 ? Value{} : Value{id}}, {"t", std::string()}});
    }
    EXPECT_EQ(tx.QueryOne("SELECT COUNT(*) FROM things", {}, "i")->Int(0), kCount);
    tx.ExecLater("UPDATE things SET n = 5 WHERE id < 10");
    EXPECT_EQ(tx.Exec("UPDATE things SET n = n + 1 WHERE n = 5"), 10);
    tx.ExecLater("DELETE FROM things WHERE id = 3");
    tx.BulkInsert("things", columns, bulk);
    tx.Lock("anything");
    tx.ExecLater("UPDATE things SET n = n * 2 WHERE id = :id", {{"id", kCount}});
    return {};
  });
  ASSERT_TRUE(done.ok()) << done.error().ToString();
  EXPECT_EQ(Count("things"), kCount);
  const auto sum = db_->Read([](Tx& tx) -> Result<std::int64_t> {
    return tx.QueryOne("SELECT SUM(n) FROM things WHERE id < 10 OR id = 1000", {}, "i")->Int(0);
  });
  ASSERT_TRUE(sum.ok());
  EXPECT_EQ(*sum, 9 * 6 + 14);
}

TEST_P(Transactions, WhatWasPutOffAndFailsUndoesAll) {
  for (const bool waits_after : {false, true}) {
    bool reached = false;
    const auto failed = db_->Write([&](Tx& tx) -> Result<void> {
      tx.ExecLater("INSERT INTO things (id) VALUES (1)");
      tx.ExecLater("INSERT INTO things (id) VALUES (1)");
      tx.ExecLater("INSERT INTO things (id) VALUES (2)");
      if (waits_after) static_cast<void>(tx.QueryOne("SELECT COUNT(*) FROM things", {}, "i"));
      reached = true;
      return {};
    });
    ASSERT_FALSE(failed.ok());
    EXPECT_TRUE(failed.error().Is(kStoreConstraint)) << failed.error().ToString();
    EXPECT_NE(failed.error().ToString().find("VALUES (1)"), std::string::npos)
        << failed.error().ToString();
    if (waits_after) {
      EXPECT_FALSE(reached);
    }
    EXPECT_EQ(Count("things"), 0);
  }
  EXPECT_TRUE(Insert(1).ok());  // the session is usable again
}

// A body that refuses leaves nothing behind for the next.
TEST_P(Transactions, WhatIsPutOffIsForgottenByARollback) {
  const auto refused = db_->Write([](Tx& tx) -> Result<void> {
    tx.ExecLater("INSERT INTO things (id) VALUES (1)");
    return Error(kStoreFull, "as if");
  });
  EXPECT_FALSE(refused.ok());
  EXPECT_TRUE(Insert(2).ok());
  EXPECT_EQ(Count("things"), 1);
}

TEST_P(Transactions, AReaderSeesOneSnapshotBesideAWriter) {
  ASSERT_TRUE(Insert(1).ok());
  const auto read = db_->Read([&](Tx& tx) -> Result<void> {
    const auto count = [&] { return tx.QueryOne("SELECT COUNT(*) FROM things", {}, "i")->Int(0); };
    EXPECT_EQ(count(), 1);
    EXPECT_TRUE(Insert(2).ok());  // does not wait for the reader
    EXPECT_EQ(count(), 1);
    return {};
  });
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(Count("things"), 2);
}

TEST_P(Transactions, ReadCannotWrite) {
  const auto failed = db_->Read([&](Tx& tx) -> Result<void> {
    tx.Exec("INSERT INTO things (id) VALUES (1)");
    return {};
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_TRUE(failed.error().Is(kStoreReadOnly)) << failed.error().ToString();
}

TEST_P(Transactions, AnAuditorReadsWhatAnotherWroteAndChangesNothing) {
  ASSERT_TRUE(Insert(1).ok());
  auto auditor = backend_->Open(/*read_only=*/true);
  ASSERT_TRUE(auditor.ok()) << auditor.error().ToString();
  const auto read = (*auditor)->Read([](Tx& tx) -> Result<std::int64_t> {
    return tx.QueryOne("SELECT COUNT(*) FROM things", {}, "i")->Int(0);
  });
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, 1);
  const auto write = (*auditor)->Write([](Tx&) -> Result<void> { return {}; });
  ASSERT_FALSE(write.ok());
  EXPECT_TRUE(write.error().Is(kStoreReadOnly));
}

TEST_P(Transactions, WritersAndReadersOfManyThreads) {
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        if (!Insert(t * kEach + i).ok()) ++failures;
        const auto own = db_->Read([&](Tx& tx) -> Result<bool> {
          return tx
              .QueryOne("SELECT id FROM things WHERE id = :id",
                        {{"id", std::int64_t{t * kEach + i}}}, "i")
              .has_value();
        });
        if (!own.ok() || !*own) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures.load(), 0);
  EXPECT_EQ(Count("things"), kThreads * kEach);
}

TEST_P(Transactions, WhatWasCommittedIsThereForTheNext) {
  ASSERT_TRUE(Insert(1).ok());
  db_.reset();
  auto again = backend_->Open();
  ASSERT_TRUE(again.ok());
  db_ = std::move(again).value();
  EXPECT_EQ(Count("things"), 1);
}

INSTANTIATE_TEST_SUITE_P(Store, Transactions, ::testing::ValuesIn(Backends()), BackendName);

// Two processes of a service, each with a Db of its own: what is read under the lock stays as it
// is.
TEST_P(Transactions, TransactionsUnderOneNameTakeTurns) {
  ASSERT_TRUE(Insert(1).ok());
  ASSERT_TRUE(Write("UPDATE things SET n = 0").ok());
  const auto other = backend_->Open().value();
  const auto count = [](Db& db) {
    for (int i = 0; i < 50; ++i) {
      const Result<void> done = db.Write([](Tx& tx) -> Result<void> {
        tx.Lock("things");
        const std::int64_t n = tx.QueryOne("SELECT n FROM things", {}, "i")->Int(0);
        std::this_thread::yield();
        tx.Exec("UPDATE things SET n = :n", {{"n", n + 1}});
        return {};
      });
      ASSERT_TRUE(done.ok()) << done.error().ToString();
    }
  };
  std::thread beside([&] { count(*other); });
  count(*db_);
  beside.join();
  const auto sum = db_->Read([](Tx& tx) -> Result<std::int64_t> {
    return tx.QueryOne("SELECT n FROM things", {}, "i")->Int(0);
  });
  EXPECT_EQ(*sum, 100);
}

}  // namespace
}  // namespace plaza::store::contract
