// A service's own database: sessions, transactions, migrations. SQLite by SOCI, PostgreSQL by libpq
// (adr/0008).
//
// SQL is written once for both: `:name` parameters, TEXT, BIGINT and BLOB columns (BLOB is written
// as `{BLOB}` in migrations), INSERT … ON CONFLICT. Row ids that need an order are counted by the
// caller.
//
// Errors. Inside a transaction the store throws DbFailure (a lost connection, a full disk, a broken
// constraint): code there stays straight. Write() and Read() catch it, roll back, and return it as
// an Error of the catalogue in errors.h, so nothing above sees an exception. A body that returns an
// Error is rolled back too: that is a business refusal.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/result.h"
#include "libs/runtime/use.h"

namespace plaza::store {

// What a Tx throws, and only a Tx: see "Errors" above. A transient one lets the body run again.
class DbFailure : public std::runtime_error {
 public:
  explicit DbFailure(Error error, bool transient = false)
      : std::runtime_error(error.ToString()), error_(std::move(error)), transient_(transient) {}
  const Error& error() const { return error_; }
  bool transient() const { return transient_; }

 private:
  Error error_;
  bool transient_;
};

// Octets, not text. Kept as a type of its own because the databases quote them differently.
struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};
using Value = std::variant<std::monostate, std::int64_t, std::string, Blob>;  // monostate: NULL

struct Param {
  std::string_view name;  // without the colon
  Value value;
};

// One row of a result. Index from 0, in the order of the SELECT. A wrong type or a NULL read as a
// value is a bug (checked).
class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}
  bool IsNull(std::size_t column) const;
  std::int64_t Int(std::size_t column) const;
  const std::string& Text(std::size_t column) const;
  const std::string& Bytes(std::size_t column) const;  // of a BLOB column
  std::size_t size() const { return values_.size(); }

 private:
  friend class Session;  // fills one row again and again, so that a query does not allocate per row
  std::vector<Value> values_;
};

// What column types a SELECT yields: SQLite's types are per value, PostgreSQL's per column, so the
// caller says. One letter a column: i integer, t text, b blob.
using Shape = std::string_view;

// One transaction. Valid only inside the body that got it; not thread-safe.
class Tx {
 public:
  virtual ~Tx() = default;
  // Runs one statement; prepared once per session and text, so pass the same text with other
  // parameters. Returns the number of rows changed.
  virtual std::int64_t Exec(std::string_view sql, std::span<const Param> params) = 0;
  std::int64_t Exec(std::string_view sql, std::initializer_list<Param> params = {}) {
    return Exec(sql, std::span<const Param>(params.begin(), params.size()));
  }
  // As Exec(), for a statement whose count nobody needs. PostgreSQL may get it only with the next
  // statement that is waited for, in the same order, so that many cost one round trip; then that
  // one throws its failure, at the latest the commit.
  virtual void ExecLater(std::string_view sql, std::span<const Param> params) { Exec(sql, params); }
  void ExecLater(std::string_view sql, std::initializer_list<Param> params = {}) {
    ExecLater(sql, std::span<const Param>(params.begin(), params.size()));
  }
  virtual void Query(std::string_view sql, std::span<const Param> params, Shape shape,
                     const std::function<void(const Row&)>& each) = 0;
  void Query(std::string_view sql, std::initializer_list<Param> params, Shape shape,
             const std::function<void(const Row&)>& each) {
    Query(sql, std::span<const Param>(params.begin(), params.size()), shape, each);
  }
  std::optional<Row> QueryOne(std::string_view sql, std::initializer_list<Param> params,
                              Shape shape);

  // The bulk path: many rows of one table, columns in the order given. Faster than Exec per row
  // (COPY on PostgreSQL).
  virtual void BulkInsert(std::string_view table, std::span<const std::string_view> columns,
                          std::span<const std::vector<Value>> rows) = 0;
  // Runs after the commit of this transaction, on the committing thread; never after a rollback.
  // For waking relays.
  virtual void OnCommit(std::function<void()> action) = 0;
  // Until this transaction ends, no other of this store, of whatever process, holds the same name.
  // For what compare-and-set cannot guard. On SQLite a writer is alone anyway. STORE_BUSY after
  // busy_timeout_ms.
  virtual void Lock(std::string_view name) = 0;
};

// A migration: forward only. `id` counts from 1 without a gap. The text's SHA-256 is stored; a
// changed one is refused.
struct Migration {
  int id;
  std::string name;
  std::string sql;  // statements separated by ";\n"
};
// The SQL files are compiled in (plaza_embed_migrations in cmake/PlazaBuild.cmake), so a binary
// needs no folder beside it.

struct Options {
  std::string path;            // SQLite file; its folder must exist
  std::string postgres{};      // libpq conninfo; empty: SQLite
  int readers = 2;             // sessions for Read(); one more is for Write()
  bool read_only = false;      // for auditors: only Read() works
  int busy_timeout_ms = 5000;  // waiting for another process's lock, then STORE_BUSY
  bool sync_full = true;       // false only for benchmarks' floors and rebuildable stores
};

// Thread-safe. Writers of one Db take turns; readers run beside them on a snapshot. On SQLite that
// is WAL mode, and writers of other processes wait too. On PostgreSQL writers of other processes
// run beside ours under READ COMMITTED: what must not be lost between them is guarded by
// compare-and-set or a unique key, as the consumer's offset is.
class Db {
 public:
  static Result<std::unique_ptr<Db>> Open(const Options& options);
  virtual ~Db() = default;

  // Of its sessions: readers, and the one writer that writes take turns at.
  struct SessionUse {
    runtime::Use readers;
    runtime::Use writer;
  };
  virtual SessionUse use() const = 0;

  // `set`: whose migrations these are ("fare", "eventlog"): several sets share a database, each
  // with its own numbers.
  virtual Result<void> Migrate(std::string_view set, std::span<const Migration> migrations) = 0;

  // Body: Result<T>(Tx&). Commits if it returns a value. A transient failure (busy, serialisation)
  // runs the body again, a bounded number of times, so it must not keep state outside the
  // transaction.
  template <class Body>
  auto Write(Body&& body) -> decltype(body(std::declval<Tx&>())) {
    return Run<decltype(body(std::declval<Tx&>()))>(Access::kWrite, body);
  }
  template <class Body>
  auto Read(Body&& body) -> decltype(body(std::declval<Tx&>())) {
    return Run<decltype(body(std::declval<Tx&>()))>(Access::kRead, body);
  }

  // As Write(), but the commit does not wait for the disk: it is durable with the next Write(), and
  // a power cut before that undoes it. For what may as well be done again; a killed process loses
  // nothing.
  template <class Body>
  auto WriteSoon(Body&& body) -> decltype(body(std::declval<Tx&>())) {
    return Run<decltype(body(std::declval<Tx&>()))>(Access::kWriteSoon, body);
  }

  // Runs the body, outside any transaction, while no other process of this store runs one under the
  // same name; on SQLite, which has one process, at once. The lock is lost if the process stands
  // still for longer than the database bears: what must not be done twice needs a guard of its own.
  virtual Result<void> Exclusive(std::string_view name,
                                 const std::function<Result<void>()>& body) = 0;

  // The type-erased form: the body returns false to roll back. Failures of the store come back as
  // an Error.
  enum class Access { kRead, kWrite, kWriteSoon };
  virtual Result<void> RunErased(Access access, const std::function<bool(Tx&)>& body) = 0;
  Result<void> RunErased(bool write, const std::function<bool(Tx&)>& body) {
    return RunErased(write ? Access::kWrite : Access::kRead, body);
  }

 private:
  template <class R, class Body>
  R Run(Access access, Body& body) {
    std::optional<R> result;
    Result<void> ran = RunErased(access, [&](Tx& tx) {
      result.emplace(body(tx));
      return result->ok();
    });
    if (!ran.ok()) return R(ran.error());
    return std::move(*result);
  }
};

// Groups the commits of many callers: bodies that arrive while a commit is under way share the next
// one, each under a savepoint of its own, so that one refusal does not undo the others. Run()
// returns once its body is durable. Thread-safe. Destroy it after its last caller has returned.
class GroupCommit {
 public:
  GroupCommit(Db& db, int group_max);
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  template <class Body>
  auto Run(Body&& body) -> decltype(body(std::declval<Tx&>())) {
    using R = decltype(body(std::declval<Tx&>()));
    std::optional<R> result;
    Result<void> ran = RunErased([&](Tx& tx) {
      result.emplace(body(tx));
      return result->ok();
    });
    if (!ran.ok()) return R(ran.error());
    return std::move(*result);
  }
  Result<void> RunErased(const std::function<bool(Tx&)>& body);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Rule 5: the same request id and body gives the same answer, another body is REQUEST_ID_REUSED.
// Call it inside the transaction that does the work; `work` runs at most once. Needs table
// `requests` (libs/store/requests.sql): db.Migrate("requests", RequestsMigrations()), which
// eventlog::Participant does for every service.
std::vector<Migration> RequestsMigrations();
Result<std::string> OncePerRequest(Tx& tx, std::string_view method, std::string_view request_id,
                                   ByteView body, const std::function<Result<std::string>()>& work);

}  // namespace plaza::store
