// Leader and followers: whoever finds no leader takes what has queued up and commits it; the others
// wait. When its own body is done the leader hands over to the first in the queue, so that nobody
// works for others forever.
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>

#include "libs/base/check.h"
#include "libs/store/db.h"
#include "libs/store/errors.h"
#include "libs/store/limits.h"

namespace plaza::store {
namespace {

struct Job {
  const std::function<bool(Tx&)>* body;
  std::condition_variable changed;
  bool done = false;
  bool lead = false;
  std::optional<Error> error;
  std::exception_ptr bug;  // what the body threw that is not a failure of the store
};

// What one body sees: its actions after commit count only if its savepoint is kept.
class SavepointTx : public Tx {
 public:
  explicit SavepointTx(Tx& outer) : outer_(outer) {}
  using Tx::Exec;
  using Tx::Query;
  std::int64_t Exec(std::string_view sql, std::span<const Param> params) override {
    return outer_.Exec(sql, params);
  }
  void Query(std::string_view sql, std::span<const Param> params, Shape shape,
             const std::function<void(const Row&)>& each) override {
    outer_.Query(sql, params, shape, each);
  }
  void BulkInsert(std::string_view table, std::span<const std::string_view> columns,
                  std::span<const std::vector<Value>> rows) override {
    outer_.BulkInsert(table, columns, rows);
  }
  void Lock(std::string_view name) override { outer_.Lock(name); }
  void OnCommit(std::function<void()> action) override { actions_.push_back(std::move(action)); }
  void Keep() {
    for (auto& action : actions_) outer_.OnCommit(std::move(action));
  }

 private:
  Tx& outer_;
  std::vector<std::function<void()>> actions_;
};

void RunUnderSavepoint(Tx& tx, Job& job) {
  job.error.reset();
  job.bug = nullptr;
  tx.Exec("SAVEPOINT group_member");
  bool keep = false;
  SavepointTx member(tx);
  try {
    keep = (*job.body)(member);
  } catch (const DbFailure& failure) {
    // A broken constraint is this body's own; a full disk or a lost lock is everybody's.
    if (!failure.error().Is(kStoreConstraint) && !failure.error().Is(kStoreSql)) throw;
    job.error = failure.error();
  } catch (const std::exception&) {
    job.bug = std::current_exception();
  }
  if (!keep) tx.Exec("ROLLBACK TO SAVEPOINT group_member");
  tx.Exec("RELEASE SAVEPOINT group_member");
  if (keep) member.Keep();
}

}  // namespace

struct GroupCommit::Impl {
  Db& db;
  const std::size_t group_max;
  std::mutex mutex;
  std::deque<Job*> queue;
  bool leading = false;

  Impl(Db& database, int max) : db(database), group_max(static_cast<std::size_t>(max)) {}

  void Lead(std::unique_lock<std::mutex>& lock, const Job& own) {
    while (!own.done) {
      const std::size_t count = std::min(queue.size(), group_max);
      std::vector<Job*> group(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
      queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
      lock.unlock();
      CommitGroup(group);
      lock.lock();
      for (Job* job : group) {
        job->done = true;
        job->changed.notify_one();
      }
    }
    leading = false;
    if (!queue.empty()) {
      leading = true;
      queue.front()->lead = true;
      queue.front()->changed.notify_one();
    }
  }

  void CommitGroup(const std::vector<Job*>& group) {
    const Result<void> committed = db.RunErased(/*write=*/true, [&](Tx& tx) {
      for (Job* job : group) RunUnderSavepoint(tx, *job);
      return true;
    });
    if (committed.ok()) return;
    for (Job* job : group) {
      job->bug = nullptr;
      job->error = committed.error();
    }
  }
};

GroupCommit::GroupCommit(Db& db, int group_max) : impl_(std::make_unique<Impl>(db, group_max)) {
  PLAZA_CHECK(group_max >= 1 && group_max <= kGroupMax);
}

GroupCommit::~GroupCommit() = default;

Result<void> GroupCommit::RunErased(const std::function<bool(Tx&)>& body) {
  Job job;
  job.body = &body;
  {
    std::unique_lock<std::mutex> lock(impl_->mutex);
    impl_->queue.push_back(&job);
    if (impl_->leading) {
      job.changed.wait(lock, [&] { return job.done || job.lead; });
    } else {
      impl_->leading = true;
      job.lead = true;
    }
    if (!job.done) impl_->Lead(lock, job);
  }
  if (job.bug != nullptr) std::rethrow_exception(job.bug);
  if (job.error.has_value()) return *job.error;
  return {};
}

}  // namespace plaza::store
