#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tests/contract/store/fixture.h"

namespace plaza::store::contract {
namespace {

class GroupCommits : public StoreContract {
 protected:
  void SetUp() override {
    StoreContract::SetUp();
    Migrate(
        "CREATE TABLE parents (id BIGINT NOT NULL PRIMARY KEY);\n"
        "CREATE TABLE rows (id BIGINT NOT NULL PRIMARY KEY,"
        " parent BIGINT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);\n");
  }
};

void InsertRow(Tx& tx, std::int64_t id) {
  tx.Exec("INSERT INTO rows (id) VALUES (:id)", {{"id", id}});
}

// Holds the first body inside the transaction until `count` more callers wait, so that they share
// the next commit.
class Gate {
 public:
  void Enter() {
    std::unique_lock<std::mutex> lock(mutex_);
    entered_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void AwaitEntered() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return entered_; });
  }
  void Open() {
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool entered_ = false;
  bool open_ = false;
};

TEST_P(GroupCommits, EveryThreadsBodyIsDurableWhenRunReturns) {
  constexpr int kThreads = 16;
  constexpr int kEach = 50;
  for (const int group_max : {1, 3, 1000}) {
    GroupCommit group(*db_, group_max);
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::int64_t id = group_max * 100'000 + t * kEach + i;
          const auto done = group.Run([&](Tx& tx) -> Result<std::int64_t> {
            InsertRow(tx, id);
            return id;
          });
          const auto there = db_->Read([&](Tx& tx) -> Result<bool> {
            return tx.QueryOne("SELECT id FROM rows WHERE id = :id", {{"id", id}}, "i").has_value();
          });
          if (!done.ok() || *done != id || !there.ok() || !*there) ++failures;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(failures.load(), 0) << group_max;
  }
  EXPECT_EQ(Count("rows"), 3 * kThreads * kEach);
}

// Six bodies share a commit: what one does to itself does not touch the others.
TEST_P(GroupCommits, RefusalsAndBugsAreTheirOwn) {
  GroupCommit group(*db_, 100);
  Gate gate;
  std::atomic<int> actions{0};
  std::atomic<int> bugs{0};
  std::thread first([&] {
    EXPECT_TRUE(group
                    .Run([&](Tx& tx) -> Result<void> {
                      InsertRow(tx, 1);
                      gate.Enter();
                      return {};
                    })
                    .ok());
  });
  gate.AwaitEntered();
  std::vector<std::thread> others;
  std::mutex mutex;
  std::map<std::string, std::string> outcome;
  auto add = [&](const std::string& name, std::function<Result<void>(Tx&)> body) {
    others.emplace_back([&, name, body = std::move(body)] {
      std::string said = "ok";
      try {
        const Result<void> done = group.Run([&](Tx& tx) -> Result<void> {
          tx.OnCommit([&] { ++actions; });
          return body(tx);
        });
        if (!done.ok()) said = done.error().reason();
      } catch (const std::logic_error&) {
        ++bugs;
        said = "bug";
      }
      std::lock_guard<std::mutex> lock(mutex);
      outcome[name] = said;
    });
  };
  add("good", [](Tx& tx) -> Result<void> {
    InsertRow(tx, 10);
    return {};
  });
  add("refuses", [](Tx& tx) -> Result<void> {
    InsertRow(tx, 11);
    return Error(kRequestIdReused, "no");
  });
  add("breaks", [](Tx& tx) -> Result<void> {
    InsertRow(tx, 12);
    InsertRow(tx, 1);
    return {};
  });
  add("nonsense", [](Tx& tx) -> Result<void> {
    InsertRow(tx, 13);
    tx.Exec("DELETE FROM nothing");
    return {};
  });
  add("throws", [](Tx& tx) -> Result<void> {
    InsertRow(tx, 14);
    throw std::logic_error("a bug");
  });
  add("also good", [](Tx& tx) -> Result<void> {
    InsertRow(tx, 15);
    return {};
  });
  gate.Open();
  first.join();
  for (std::thread& thread : others) thread.join();
  EXPECT_EQ(outcome, (std::map<std::string, std::string>{{"good", "ok"},
                                                         {"refuses", "REQUEST_ID_REUSED"},
                                                         {"breaks", "STORE_CONSTRAINT"},
                                                         {"nonsense", "STORE_SQL"},
                                                         {"throws", "bug"},
                                                         {"also good", "ok"}}));
  EXPECT_EQ(actions.load(), 2);  // of the two that were kept
  EXPECT_EQ(Count("rows"), 3);
}

TEST_P(GroupCommits, ACommitThatFailsFailsAllOfItsGroup) {
  GroupCommit group(*db_, 100);
  std::atomic<int> failed{0};
  std::atomic<int> inside{0};
  // Both bodies run in one group: the first waits for nobody, so the pair is formed behind a gate.
  Gate gate;
  std::thread first([&] {
    EXPECT_TRUE(group
                    .Run([&](Tx&) -> Result<void> {
                      gate.Enter();
                      return {};
                    })
                    .ok());
  });
  gate.AwaitEntered();
  std::vector<std::thread> pair;
  for (int i = 0; i < 2; ++i) {
    pair.emplace_back([&, i] {
      const auto done = group.Run([&, i](Tx& tx) -> Result<void> {
        ++inside;
        if (i == 0) InsertRow(tx, 100);
        if (i == 1) tx.Exec("INSERT INTO rows (id, parent) VALUES (101, 999)");  // breaks at commit
        return {};
      });
      if (!done.ok()) {
        EXPECT_TRUE(done.error().Is(kStoreConstraint)) << done.error().ToString();
        ++failed;
      }
    });
  }
  gate.Open();
  first.join();
  for (std::thread& thread : pair) thread.join();
  EXPECT_EQ(inside.load(), 2);
  // The innocent one fails only if it shared the commit; whether it did is the scheduler's choice,
  // but never half.
  EXPECT_EQ(Count("rows"), 2 - failed.load());
  EXPECT_GE(failed.load(), 1);
  EXPECT_TRUE(group
                  .Run([](Tx& tx) -> Result<void> {
                    InsertRow(tx, 102);
                    return {};
                  })
                  .ok());
}

TEST_P(GroupCommits, APassingFailureRunsTheWholeGroupAgain) {
  GroupCommit group(*db_, 10);
  int runs = 0;
  const auto done = group.Run([&](Tx& tx) -> Result<int> {
    InsertRow(tx, 1);
    if (++runs < 3) throw DbFailure(Error(kStoreBusy, "as if"), /*transient=*/true);
    return runs;
  });
  ASSERT_TRUE(done.ok()) << done.error().ToString();
  EXPECT_EQ(*done, 3);
  EXPECT_EQ(Count("rows"), 1);
}

TEST_P(GroupCommits, GoesBesideOrdinaryWriters) {
  GroupCommit group(*db_, 10);
  std::atomic<int> failures{0};
  std::thread writer([&] {
    for (std::int64_t id = 0; id < 100; ++id) {
      if (!Write("INSERT INTO rows (id) VALUES (:id)", {{"id", id}}).ok()) ++failures;
    }
  });
  for (std::int64_t id = 1000; id < 1100; ++id) {
    if (!group
             .Run([&](Tx& tx) -> Result<void> {
               InsertRow(tx, id);
               return {};
             })
             .ok())
      ++failures;
  }
  writer.join();
  EXPECT_EQ(failures.load(), 0);
  EXPECT_EQ(Count("rows"), 200);
}

INSTANTIATE_TEST_SUITE_P(Store, GroupCommits, ::testing::ValuesIn(Backends()), BackendName);

}  // namespace
}  // namespace plaza::store::contract
