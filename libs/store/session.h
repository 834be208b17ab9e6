// One connection and its prepared statements: over SQLite or PostgreSQL. Internal to libs/store.
//
// Lifecycle: made, then Begin … Commit or Rollback, again and again. One thread at a time. Errors:
// DbFailure. After one the transaction must be rolled back; then the session is usable again, a
// PostgreSQL one after it has connected again, which Begin() does.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/store/db.h"

namespace plaza::store {

enum class SessionKind { kWriter, kReader };

class Session {
 public:
  virtual ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // A writer on SQLite takes the write lock at once, so that nothing fails later for want of it.
  // Without `wait_for_disk` the commit is durable with the next one that waits.
  virtual void Begin(bool wait_for_disk) = 0;
  virtual void Commit() = 0;
  virtual void Rollback() noexcept = 0;

  virtual void Lock(std::string_view name) = 0;  // as Tx::Lock
  virtual std::int64_t Exec(std::string_view sql, std::span<const Param> params) = 0;
  virtual void ExecLater(std::string_view sql, std::span<const Param> params) { Exec(sql, params); }
  virtual void Query(std::string_view sql, std::span<const Param> params, Shape shape,
                     const std::function<void(const Row&)>& each) = 0;
  virtual void BulkInsert(std::string_view table, std::span<const std::string_view> columns,
                          std::span<const std::vector<Value>> rows) = 0;

 protected:
  Session() = default;
  static Value& ValueOf(Row& row, std::size_t column) { return row.values_[column]; }
};

// Both throw DbFailure: STORE_UNAVAILABLE, STORE_DAMAGED, …
std::unique_ptr<Session> MakeSqliteSession(const Options& options, SessionKind kind);
std::unique_ptr<Session> MakePostgresSession(const Options& options, SessionKind kind);

}  // namespace plaza::store
