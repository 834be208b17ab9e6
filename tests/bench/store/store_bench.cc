// libs/store against the sqlite3 C API, in the same run, on the same disk: one JSON line each.
#include <thread>
#include <vector>

#include "libs/store/db.h"
#include "tests/bench/store/raw_sqlite.h"
#include "tests/support/temp_folder.h"

namespace plaza::bench {
namespace {

using store::Blob;
using store::Db;
using store::Param;
using store::Tx;
using store::Value;

// The shape of a ledger row: a number, two accounts, money, a reference; one index beside the key.
constexpr const char* kTable =
    "CREATE TABLE postings (shard BIGINT NOT NULL, seq BIGINT NOT NULL, debit TEXT NOT NULL, "
    "credit TEXT NOT NULL,"
    " amount BIGINT NOT NULL, reference BLOB NOT NULL, PRIMARY KEY (shard, seq))";
constexpr const char* kIndex = "CREATE INDEX postings_reference ON postings (shard, reference)";
constexpr const char* kInsert =
    "INSERT INTO postings (shard, seq, debit, credit, amount, reference)"
    " VALUES (:shard, :seq, :debit, :credit, :amount, :reference)";
constexpr int kRows = 200'000;
constexpr int kBatch = 1000;

struct Posting {
  std::int64_t shard, seq, amount;
  std::string debit, credit, reference;
};

std::vector<Posting> MakePostings() {
  std::vector<Posting> postings;
  for (int i = 0; i < kRows; ++i) {
    postings.push_back({i % 16, i, 1100 + i % 7, "card_receivable", "suspense",
                        std::string(16, static_cast<char>(i % 251))});
    for (int b = 0; b < 4; ++b)
      postings.back().reference[static_cast<std::size_t>(b)] = static_cast<char>(i >> (8 * b));
  }
  return postings;
}

std::unique_ptr<Db> OpenStore(const std::string& path) {
  store::Options options;
  options.path = path;
  auto db = Db::Open(options);
  PLAZA_CHECK(db.ok());
  PLAZA_CHECK((*db)
                  ->Write([](Tx& tx) -> Result<void> {
                    tx.Exec(kTable);
                    tx.Exec(kIndex);
                    return {};
                  })
                  .ok());
  return std::move(db).value();
}

double RawInserts(const std::string& path, const std::vector<Posting>& postings) {
  RawSqlite raw(path);
  raw.Run(kTable);
  raw.Run(kIndex);
  raw.Prepare(kInsert);
  return Seconds([&] {
    for (std::size_t i = 0; i < postings.size(); ++i) {
      if (i % kBatch == 0) raw.Run("BEGIN IMMEDIATE");
      const Posting& p = postings[i];
      raw.Bind(1, p.shard);
      raw.Bind(2, p.seq);
      raw.BindText(3, p.debit);
      raw.BindText(4, p.credit);
      raw.Bind(5, p.amount);
      raw.BindBlob(6, p.reference);
      raw.Step();
      if (i % kBatch == kBatch - 1) raw.Run("COMMIT");
    }
  });
}

double ExecInserts(const std::string& path, const std::vector<Posting>& postings) {
  const auto db = OpenStore(path);
  return Seconds([&] {
    for (std::size_t begin = 0; begin < postings.size(); begin += kBatch) {
      PLAZA_CHECK(db->Write([&](Tx& tx) -> Result<void> {
                      for (std::size_t i = begin; i < begin + kBatch; ++i) {
                        const Posting& p = postings[i];
                        tx.Exec(kInsert, {{"shard", p.shard},
                                          {"seq", p.seq},
                                          {"debit", p.debit},
                                          {"credit", p.credit},
                                          {"amount", p.amount},
                                          {"reference", Blob{p.reference}}});
                      }
                      return {};
                    }).ok());
    }
  });
}

double BulkInserts(const std::string& path, const std::vector<Posting>& postings) {
  const auto db = OpenStore(path);
  const std::string_view columns[] = {"shard", "seq", "debit", "credit", "amount", "reference"};
  return Seconds([&] {
    std::vector<std::vector<Value>> rows;
    for (std::size_t begin = 0; begin < postings.size(); begin += kBatch) {
      rows.clear();
      for (std::size_t i = begin; i < begin + kBatch; ++i) {
        const Posting& p = postings[i];
        std::vector<Value>& row = rows.emplace_back();
        row.reserve(6);
        row.emplace_back(p.shard);
        row.emplace_back(p.seq);
        row.emplace_back(p.debit);
        row.emplace_back(p.credit);
        row.emplace_back(p.amount);
        row.emplace_back(Blob{p.reference});
      }
      PLAZA_CHECK(db->Write([&](Tx& tx) -> Result<void> {
                      tx.BulkInsert("postings", columns, rows);
                      return {};
                    }).ok());
    }
  });
}

void BenchQueries(const std::string& raw_path, const std::string& path) {
  constexpr int kQueries = 100'000;
  constexpr const char* kSql =
      "SELECT amount, debit, reference FROM postings WHERE shard = :shard AND seq = :seq";
  RawSqlite raw(raw_path);
  raw.Prepare(kSql);
  const double floor = Seconds([&] {
    raw.Run("BEGIN");
    for (int i = 0; i < kQueries; ++i) {
      raw.Bind(1, i % 16);
      raw.Bind(2, i);
      PLAZA_CHECK(raw.Step() == 1);
    }
    raw.Run("COMMIT");
  });
  store::Options options;
  options.path = path;
  auto db = Db::Open(options);
  PLAZA_CHECK(db.ok());
  const double mine = Seconds([&] {
    PLAZA_CHECK(
        (*db)
            ->Read([&](Tx& tx) -> Result<void> {
              for (std::int64_t i = 0; i < kQueries; ++i) {
                PLAZA_CHECK(tx.QueryOne(kSql, {{"shard", i % 16}, {"seq", i}}, "itb").has_value());
              }
              return {};
            })
            .ok());
  });
  Print("store_query_by_key", kQueries / mine, "rows/s", kQueries / floor);
}

// Commits of one row each: many threads through one GroupCommit, against one raw commit after the
// other.
void BenchGroupCommit(const std::string& raw_path, const std::string& path) {
  constexpr int kThreads = 32;
  constexpr int kEach = 250;
  constexpr int kRawCommits = 1000;
  RawSqlite raw(raw_path);
  raw.Run(kTable);
  raw.Prepare(kInsert);
  const double floor = Seconds([&] {
    for (int i = 0; i < kRawCommits; ++i) {
      raw.Run("BEGIN IMMEDIATE");
      raw.Bind(1, 0);
      raw.Bind(2, i);
      raw.BindText(3, "card_receivable");
      raw.BindText(4, "suspense");
      raw.Bind(5, 1100);
      raw.BindBlob(6, "0123456789abcdef");
      raw.Step();
      raw.Run("COMMIT");
    }
  });
  const auto db = OpenStore(path);
  store::GroupCommit group(*db, 256);
  const double mine = Seconds([&] {
    std::vector<std::thread> threads;
    for (std::int64_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (std::int64_t i = 0; i < kEach; ++i) {
          PLAZA_CHECK(group
                          .Run([&](Tx& tx) -> Result<void> {
                            tx.Exec(kInsert, {{"shard", t},
                                              {"seq", i},
                                              {"debit", std::string("card_receivable")},
                                              {"credit", std::string("suspense")},
                                              {"amount", std::int64_t{1100}},
                                              {"reference", Blob{"0123456789abcdef"}}});
                            return {};
                          })
                          .ok());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  Print("store_group_commit", kThreads * kEach / mine, "commits/s", kRawCommits / floor);
}

void Main() {
  const testing::TempFolder folder;
  const auto at = [&](const char* name) { return (folder.path() / name).string(); };
  const std::vector<Posting> postings = MakePostings();
  RawInserts(at("warm.db"), postings);  // the disk and the allocator
  const double floor = RawInserts(at("raw.db"), postings);
  const double exec = ExecInserts(at("exec.db"), postings);
  const double bulk = BulkInserts(at("bulk.db"), postings);
  Print("store_exec", kRows / exec, "rows/s", kRows / floor);
  Print("store_bulk_insert", kRows / bulk, "rows/s", kRows / floor);
  BenchQueries(at("raw.db"), at("bulk.db"));
  BenchGroupCommit(at("raw-commits.db"), at("commits.db"));
}

}  // namespace
}  // namespace plaza::bench

int main() { plaza::bench::Main(); }
