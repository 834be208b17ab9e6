// One connection and its prepared statements. Internal to libs/store: SOCI is included in
// session.cc only, because its SQLite back end wraps sqlite3.h in a namespace.
//
// Lifecycle: Open, then Begin … Commit or Rollback, again and again. One thread at a time.
// Errors: DbFailure. After one the transaction must be rolled back; then the session is usable
// again.
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
  Session(const Options& options, SessionKind kind);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // A writer takes the write lock at once, so that nothing fails later for want of it. Without
  // `wait_for_disk` the commit is durable with the next one that waits.
  void Begin(bool wait_for_disk);
  void Commit();
  void Rollback() noexcept;

  std::int64_t Exec(std::string_view sql, std::span<const Param> params);
  void Query(std::string_view sql, std::span<const Param> params, Shape shape,
             const std::function<void(const Row&)>& each);
  void BulkInsert(std::string_view table, std::span<const std::string_view> columns,
                  std::span<const std::vector<Value>> rows);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plaza::store
