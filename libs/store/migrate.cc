#include "libs/store/migrate.h"

#include "libs/base/digest.h"
#include "libs/store/errors.h"
#include "libs/store/statement_text.h"

namespace plaza::store {
namespace {

std::string Describe(std::string_view set, const Migration& migration) {
  return "migration " + std::to_string(migration.id) + " (" + migration.name + ") of set " +
         std::string(set);
}

Result<void> CheckNumbers(std::string_view set, std::span<const Migration> migrations) {
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    if (migrations[i].id != static_cast<int>(i) + 1) {
      return Error(kBadMigration, Describe(set, migrations[i]) + " should be number " +
                                      std::to_string(i + 1) + ": ids count from 1 without a gap");
    }
  }
  return {};
}

std::string WithBlobType(std::string sql, std::string_view blob_type) {
  constexpr std::string_view kPlaceholder = "{BLOB}";
  for (std::size_t at = 0; (at = sql.find(kPlaceholder, at)) != std::string::npos;) {
    sql.replace(at, kPlaceholder.size(), blob_type);
    at += blob_type.size();
  }
  return sql;
}

struct Applied {
  std::int64_t id;
  std::string name;
  std::string sha256;
};

std::vector<Applied> LoadApplied(Tx& tx, std::string_view set) {
  std::vector<Applied> applied;
  tx.Query("SELECT id, name, sha256 FROM schema_migrations WHERE set_name = :set ORDER BY id",
           {{"set", std::string(set)}}, "itb", [&](const Row& row) {
             applied.push_back({row.Int(0), row.Text(1), row.Bytes(2)});
           });
  return applied;
}

std::string Checksum(const Migration& migration) {
  return ToString(Sha256(AsBytes(migration.sql)));
}

Result<void> CompareApplied(std::string_view set, std::span<const Migration> migrations,
                            const std::vector<Applied>& applied) {
  for (std::size_t i = 0; i < applied.size(); ++i) {
    if (i >= migrations.size()) {
      return Error(kBadMigration, "the database is newer than this program: it has migration " +
                                      std::to_string(applied[i].id) + " (" + applied[i].name +
                                      ") of set " + std::string(set));
    }
    if (applied[i].id != migrations[i].id) {
      return Error(kBadMigration, Describe(set, migrations[i]) + " is missing in the database, " +
                                      "while a later one was applied");
    }
    if (applied[i].sha256 != Checksum(migrations[i])) {
      return Error(kBadMigration,
                   Describe(set, migrations[i]) + " was changed after it had been applied");
    }
  }
  return {};
}

void Apply(Tx& tx, std::string_view set, const Migration& migration, const Dialect& dialect) {
  for (const std::string& statement :
       SplitStatements(WithBlobType(migration.sql, dialect.blob_type))) {
    const std::string only = OnlyDialect(statement);
    if (only.empty() || only == dialect.name) tx.Exec(statement);
  }
  tx.Exec(
      "INSERT INTO schema_migrations (set_name, id, name, sha256)"
      " VALUES (:set, :id, :name, :sha256)",
      {{"set", std::string(set)},
       {"id", std::int64_t{migration.id}},
       {"name", migration.name},
       {"sha256", Blob{Checksum(migration)}}});
}

}  // namespace

Result<void> ApplyMigrations(Db& db, std::string_view set, std::span<const Migration> migrations,
                             const Dialect& dialect) {
  PLAZA_RETURN_IF_ERROR(CheckNumbers(set, migrations));
  return db.Write([&](Tx& tx) -> Result<void> {
    if (!dialect.lock.empty()) tx.Query(dialect.lock, {}, "", [](const Row&) {});
    tx.Exec(
        WithBlobType("CREATE TABLE IF NOT EXISTS schema_migrations (set_name TEXT NOT NULL,"
                     " id BIGINT NOT NULL, name TEXT NOT NULL, sha256 {BLOB} NOT NULL,"
                     " PRIMARY KEY (set_name, id))",
                     dialect.blob_type));
    const std::vector<Applied> applied = LoadApplied(tx, set);
    PLAZA_RETURN_IF_ERROR(CompareApplied(set, migrations, applied));
    for (const Migration& migration : migrations.subspan(applied.size())) {
      try {
        Apply(tx, set, migration, dialect);
      } catch (const DbFailure& failure) {
        if (!failure.error().Is(kStoreSql) && !failure.error().Is(kStoreConstraint)) throw;
        return Error(kBadMigration, Describe(set, migration) + " failed: " + failure.error().what(),
                     failure.error().where());
      }
    }
    return {};
  });
}

}  // namespace plaza::store
