// Ledger posting against raw SQLite inserts into the same table with the same indexes, in the same
// run. Posting hashes the chain, and keeps balances and operators' days; the floor only inserts the
// very same rows. One JSON line: rows a second, the floor, and their ratio.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "libs/store/db.h"
#include "services/clearing/core/chart.h"
#include "services/clearing/store/sql_books.h"

namespace plaza::clearing {
namespace {

constexpr int kBatches = 60;
constexpr int kBatchRows = 2000;

std::vector<Posting> MakeBatch(int batch) {
  const Currency currency = *Currency::Parse("MXN");
  std::vector<Posting> postings;
  for (int i = 0; i < kBatchRows; ++i) {
    const std::string leg =
        "G" + std::to_string(i % 50) + ":" + std::to_string(batch * kBatchRows + i);
    const Uuid account = Uuid::V5(id_space::Account(), std::to_string((batch * 7919 + i) % 20000));
    const char* op = i % 3 == 0 ? "siteur" : "mimacro";
    postings.push_back({kind::kCharge, Uuid::V5(id_space::Posting(), leg), leg, leg, op, account,
                        chart::kCardReceivable, chart::kSuspense, Money(1100, currency),
                        *Date::Parse("2025-11-23"), Instant{1'763'906'400'000 + i},
                        ShardOf(account)});
  }
  return postings;
}

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

std::unique_ptr<store::Db> Open(const std::filesystem::path& path) {
  auto db = store::Db::Open({path.string()});
  if (!db.ok() || !(*db)->Migrate("clearing", store::ClearingMigrations()).ok()) std::abort();
  return std::move(*db);
}

// The best of three runs on a fresh file each: other work on the machine only ever slows one down.
template <class Body>
double RowsPerSecond(const std::filesystem::path& folder, const char* name, Body&& body) {
  double best = 0;
  for (int run = 0; run < 3; ++run) {
    const auto db = Open(folder / (std::string(name) + std::to_string(run) + ".db"));
    double spent = 0;
    for (int batch = 0; batch < kBatches; ++batch) {
      const std::vector<Posting> postings = MakeBatch(batch);
      spent += body(*db, postings);
    }
    best = std::max(best, kBatches * kBatchRows / spent);
  }
  return best;
}

double Posted(store::Db& db, const std::vector<Posting>& postings) {
  const auto start = std::chrono::steady_clock::now();
  const Result<void> done = db.Write([&](store::Tx& tx) -> Result<void> {
    SqlBooks(tx).Post(postings);
    return {};
  });
  if (!done.ok()) std::abort();
  return Seconds(start);
}

// Rows are made before the clock starts: the floor is SQLite's insert and commit, nothing of ours.
double Inserted(store::Db& db, const std::vector<Posting>& postings,
                std::vector<std::int64_t>& next) {
  std::vector<std::vector<store::Value>> rows;
  for (const Posting& p : postings) {
    rows.push_back(LedgerRow(++next[static_cast<std::size_t>(p.shard)], p, Sha256Digest{}));
  }
  const auto start = std::chrono::steady_clock::now();
  const Result<void> done = db.Write([&](store::Tx& tx) -> Result<void> {
    tx.BulkInsert("ledger", LedgerColumns(), rows);
    return {};
  });
  if (!done.ok()) std::abort();
  return Seconds(start);
}

int Main() {
  std::string pattern = (std::filesystem::temp_directory_path() / "plaza-bench-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) return 1;
  std::vector<std::int64_t> next;
  const double floor =
      RowsPerSecond(pattern, "floor", [&](store::Db& db, const std::vector<Posting>& postings) {
        const auto heads = db.Read([](store::Tx& tx) -> Result<std::int64_t> {
          return tx.QueryOne("SELECT COUNT(*) FROM ledger", {}, "i")->Int(0);
        });
        if (*heads == 0) next.assign(kShards, 0);
        return Inserted(db, postings, next);
      });
  const double value = RowsPerSecond(pattern, "posted", Posted);
  std::error_code ignored;
  std::filesystem::remove_all(pattern, ignored);
  std::printf(
      "{\"name\":\"clearing.posting\",\"value\":%.0f,\"unit\":\"rows/"
      "s\",\"floor\":%.0f,\"ratio\":%.2f}\n",
      value, floor, value / floor);
  return 0;
}

}  // namespace
}  // namespace plaza::clearing

int main() { return plaza::clearing::Main(); }
