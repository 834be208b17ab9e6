#include "libs/runtime/pool.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

namespace plaza::runtime {
namespace {

TEST(WorkerPoolTest, RefusesWhenTheQueueIsFull) {
  WorkerPool pool("test", 1, 2);
  std::promise<void> entered;
  std::promise<void> release;
  std::atomic<int> ran{0};
  ASSERT_TRUE(pool.TrySubmit([&] {
    entered.set_value();
    release.get_future().wait();
    ++ran;
  }));
  entered.get_future().wait();  // the worker has it; the queue is empty
  EXPECT_TRUE(pool.TrySubmit([&] { ++ran; }));
  EXPECT_TRUE(pool.TrySubmit([&] { ++ran; }));
  EXPECT_EQ(pool.queued(), 2);
  EXPECT_EQ(pool.use().size, 1);
  EXPECT_EQ(pool.use().busy, 1);
  EXPECT_EQ(pool.use().waiting, 2);
  EXPECT_FALSE(pool.TrySubmit([&] { ++ran; }));
  release.set_value();
  pool.Stop();
  EXPECT_EQ(ran, 3);  // what was accepted is finished
  EXPECT_EQ(pool.use().busy, 0);
  EXPECT_EQ(pool.use().waiting, 0);
  EXPECT_GT(pool.use().busy_time.count(), 0);
  EXPECT_GT(pool.use().waited_time.count(), 0);
  EXPECT_FALSE(pool.TrySubmit([] {}));
  pool.Stop();  // again is fine
}

TEST(WorkerPoolTest, UsesAllWorkers) {
  WorkerPool pool("a name longer than the kernel keeps", 2, 2);
  std::promise<void> first;
  std::promise<void> second;
  ASSERT_TRUE(pool.TrySubmit([&] {
    first.set_value();
    second.get_future().wait();
  }));
  ASSERT_TRUE(pool.TrySubmit([&] {
    first.get_future().wait();
    second.set_value();
  }));
  pool.Stop();
}

}  // namespace
}  // namespace plaza::runtime
