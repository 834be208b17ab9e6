// The floor of the benches of libs/store and libs/eventlog: the sqlite3 C API with the settings of
// libs/store.
#pragma once
#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "libs/base/check.h"

namespace plaza::bench {

class RawSqlite {
 public:
  explicit RawSqlite(const std::string& path) {
    PLAZA_CHECK(sqlite3_open(path.c_str(), &db_) == SQLITE_OK);
    Run("PRAGMA journal_mode=WAL");
    Run("PRAGMA synchronous=FULL");
    Run("PRAGMA wal_autocheckpoint=4000");
    Run("PRAGMA cache_size=-8192");
  }
  ~RawSqlite() {
    sqlite3_finalize(statement_);
    sqlite3_close(db_);
  }
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;

  void Run(const char* sql) {
    PLAZA_CHECK(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  void Prepare(const char* sql) {
    sqlite3_finalize(statement_);
    PLAZA_CHECK(sqlite3_prepare_v2(db_, sql, -1, &statement_, nullptr) == SQLITE_OK);
  }
  void Bind(int at, std::int64_t value) { sqlite3_bind_int64(statement_, at, value); }
  void BindText(int at, std::string_view text) {
    sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  void BindBlob(int at, std::string_view bytes) {
    sqlite3_bind_blob(statement_, at, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
  }
  // Runs to the end; rows, if any, are read column by column.
  std::int64_t Step() {
    std::int64_t rows = 0;
    int code;
    while ((code = sqlite3_step(statement_)) == SQLITE_ROW) {
      for (int i = 0; i < sqlite3_column_count(statement_); ++i)
        sqlite3_column_bytes(statement_, i);
      ++rows;
    }
    PLAZA_CHECK(code == SQLITE_DONE);
    sqlite3_reset(statement_);
    return rows;
  }

 private:
  sqlite3* db_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

template <class Body>
double Seconds(const Body& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

inline void Print(const char* name, double value, const char* unit, double floor) {
  std::printf("{\"name\":\"%s\",\"value\":%.0f,\"unit\":\"%s\",\"floor\":%.0f,\"ratio\":%.2f}\n",
              name, value, unit, floor, value / floor);
  std::fflush(stdout);
}

}  // namespace plaza::bench
