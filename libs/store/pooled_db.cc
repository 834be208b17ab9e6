// Db over one writer session and a pool of reader sessions, of SQLite or PostgreSQL.
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "libs/store/db.h"
#include "libs/store/errors.h"
#include "libs/store/limits.h"
#include "libs/store/migrate.h"
#include "libs/store/session.h"

namespace plaza::store {
namespace {

// First come, first served: a busy consumer must not starve the RPCs, which std::mutex would allow.
class FairLock {
 public:
  void Lock() {
    std::unique_lock<std::mutex> lock(mutex_);
    const std::uint64_t mine = next_++;
    turn_.wait(lock, [&] { return mine == serving_; });
  }
  void Unlock() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++serving_;
    }
    turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ = 0;
  std::uint64_t serving_ = 0;
};

// Longer each time, and another one for each thread.
std::chrono::milliseconds PauseBefore(int attempt) {
  const std::size_t mine = std::hash<std::thread::id>()(std::this_thread::get_id()) % 16;
  return attempt * (kRetryPause + std::chrono::milliseconds(mine));
}

class SessionTx : public Tx {
 public:
  explicit SessionTx(Session& session) : session_(session) {}
  using Tx::Exec;
  using Tx::ExecLater;
  using Tx::Query;
  std::int64_t Exec(std::string_view sql, std::span<const Param> params) override {
    return session_.Exec(sql, params);
  }
  void ExecLater(std::string_view sql, std::span<const Param> params) override {
    session_.ExecLater(sql, params);
  }
  void Query(std::string_view sql, std::span<const Param> params, Shape shape,
             const std::function<void(const Row&)>& each) override {
    session_.Query(sql, params, shape, each);
  }
  void BulkInsert(std::string_view table, std::span<const std::string_view> columns,
                  std::span<const std::vector<Value>> rows) override {
    session_.BulkInsert(table, columns, rows);
  }
  void Lock(std::string_view name) override { session_.Lock(name); }
  void OnCommit(std::function<void()> action) override { actions_.push_back(std::move(action)); }
  void RunActions() {
    for (const auto& action : actions_) action();
  }

 private:
  Session& session_;
  std::vector<std::function<void()>> actions_;
};

class PooledDb : public Db {
 public:
  explicit PooledDb(const Options& options)
      : options_(options),
        postgres_(!options.postgres.empty()),
        read_only_(options.read_only),
        path_(postgres_ ? "PostgreSQL" : options.path),
        readers_use_(options.readers),
        writer_use_(options.read_only ? 0 : 1) {
    const auto make = postgres_ ? MakePostgresSession : MakeSqliteSession;
    if (!read_only_) writer_ = make(options, SessionKind::kWriter);
    for (int i = 0; i < options.readers; ++i) {
      idle_.push_back(make(options, SessionKind::kReader));
    }
  }

  Result<void> Migrate(std::string_view set, std::span<const Migration> migrations) override {
    if (!postgres_)
      return ApplyMigrations(*this, set, migrations,
                             {.name = "sqlite", .blob_type = "BLOB", .lock = ""});
    // Two processes that start together would both find a table missing and collide.
    return ApplyMigrations(*this, set, migrations,
                           {.name = "postgres",
                            .blob_type = "BYTEA",
                            .lock = "SELECT pg_advisory_xact_lock(7019841)"});
  }

  SessionUse use() const override { return {readers_use_.Read(), writer_use_.Read()}; }

  using Db::RunErased;
  Result<void> RunErased(Access access, const std::function<bool(Tx&)>& body) override {
    if (access == Access::kRead) {
      const Borrowed borrowed(*this);
      return RunOn(borrowed.session(), body, /*wait_for_disk=*/true);
    }
    if (read_only_) return Error(kStoreReadOnly, "opened for reading only", path_);
    const Turn turn(*this);
    return RunOn(*writer_, body, access == Access::kWrite);
  }

  Result<void> Exclusive(std::string_view name,
                         const std::function<Result<void>()>& body) override {
    if (!postgres_) return body();
    const std::lock_guard<std::mutex> lock(exclusive_mutex_);
    try {
      if (exclusive_ == nullptr) exclusive_ = MakePostgresSession(options_, SessionKind::kReader);
      exclusive_->Begin(/*wait_for_disk=*/true);
      Guard guard(*exclusive_);  // its end is the lock's
      exclusive_->Lock(name);
      return body();
    } catch (const DbFailure& failure) {
      return failure.error();
    }
  }

 private:
  class Turn {
   public:
    explicit Turn(PooledDb& db) : db_(db) {
      const runtime::UseMeter::Time since = db_.writer_use_.Wait();
      db_.writer_turn_.Lock();
      taken_ = db_.writer_use_.Take(since);
    }
    ~Turn() {
      db_.writer_use_.GiveBack(taken_);
      db_.writer_turn_.Unlock();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    PooledDb& db_;
    runtime::UseMeter::Time taken_;
  };

  class Borrowed {
   public:
    explicit Borrowed(PooledDb& db) : db_(db) {
      const runtime::UseMeter::Time since = db_.readers_use_.Wait();
      std::unique_lock<std::mutex> lock(db_.mutex_);
      db_.returned_.wait(lock, [&] { return !db_.idle_.empty(); });
      session_ = std::move(db_.idle_.back());
      db_.idle_.pop_back();
      taken_ = db_.readers_use_.Take(since);
    }
    ~Borrowed() {
      db_.readers_use_.GiveBack(taken_);
      {
        std::lock_guard<std::mutex> lock(db_.mutex_);
        db_.idle_.push_back(std::move(session_));
      }
      db_.returned_.notify_one();
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    Session& session() const { return *session_; }

   private:
    PooledDb& db_;
    std::unique_ptr<Session> session_;
    runtime::UseMeter::Time taken_;
  };

  // Rolls back unless told that the transaction was committed: also when the body throws what is
  // not ours.
  class Guard {
   public:
    explicit Guard(Session& session) : session_(session) {}
    ~Guard() {
      if (open_) session_.Rollback();
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    void Committed() { open_ = false; }

   private:
    Session& session_;
    bool open_ = true;
  };

  Result<void> RunOn(Session& session, const std::function<bool(Tx&)>& body, bool wait_for_disk) {
    for (int attempt = 0;; ++attempt) {
      bool begun = false;
      try {
        session.Begin(wait_for_disk);
        begun = true;
        SessionTx tx(session);
        Guard guard(session);
        if (!body(tx)) return {};
        session.Commit();
        guard.Committed();
        tx.RunActions();
        return {};
      } catch (const DbFailure& failure) {
        // Begin itself has waited for busy_timeout_ms already.
        const bool again = begun && failure.transient() && attempt < kTransientRetriesMax;
        if (!again) return failure.error();
        // Not at once: of two that were in each other's way one would be there again before the
        // other has even woken up.
        std::this_thread::sleep_for(PauseBefore(attempt + 1));
      }
    }
  }

  const Options options_;
  const bool postgres_;
  const bool read_only_;
  const std::string path_;
  runtime::UseMeter readers_use_;
  runtime::UseMeter writer_use_;
  FairLock writer_turn_;
  std::unique_ptr<Session> writer_;
  std::mutex exclusive_mutex_;
  std::unique_ptr<Session> exclusive_;  // made when it is first needed
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Session>> idle_;
};

}  // namespace

Result<std::unique_ptr<Db>> Db::Open(const Options& options) {
  if (options.readers < 1 || options.readers > kReadersMax) {
    return Error(kStoreUnavailable,
                 "readers must be 1 to " + std::to_string(kReadersMax) + ", not " +
                     std::to_string(options.readers),
                 options.path);
  }
  try {
    return std::unique_ptr<Db>(std::make_unique<PooledDb>(options));
  } catch (const DbFailure& failure) {
    return failure.error();
  }
}

}  // namespace plaza::store
