#include "libs/eventlog/backlog_age.h"

#include <gtest/gtest.h>

#include "libs/eventlog/limits.h"

namespace plaza::eventlog {
namespace {

TEST(BacklogAgeTest, IsThatOfTheOldestRecordNotHandled) {
  const struct {
    std::int64_t now_ms, next, end, age_ms;
  } looks[] = {
      {1'000, 0, 0, 0},                            // empty
      {2'000, 0, 5, 0},                            // seen for the first time
      {3'000, 0, 5, 1'000}, {4'000, 0, 9, 2'000},  // 5 to 8 came
      {5'000, 4, 9, 3'000},                        // 4 is left of those seen at 2,000
      {6'000, 5, 9, 2'000},                        // those of 4,000 are the oldest now
      {7'000, 9, 9, 0},     {8'000, 9, 9, 0},     {9'000, 9, 10, 0}, {9'500, 9, 10, 500},
  };
  BacklogAge age;
  for (const auto& look : looks) {
    EXPECT_EQ(age.Look(look.now_ms, look.next, look.end), look.age_ms) << look.now_ms;
  }
}

// A consumer that stands still for long while records come: no more is kept than the bound, and the
// age of the oldest stays right.
TEST(BacklogAgeTest, OfALongHaltIsNotTooSmall) {
  BacklogAge age;
  const std::int64_t looks = static_cast<std::int64_t>(kBacklogMarksMax) * 5;
  for (std::int64_t i = 0; i < looks; ++i) EXPECT_EQ(age.Look(i * 1'000, 0, i + 1), i * 1'000);
  // All but the newest handled: true is 0; the marks that were merged make it older, not younger.
  const std::int64_t left = age.Look(looks * 1'000, looks - 1, looks);
  EXPECT_GE(left, 1'000);
  EXPECT_LE(left, 32'000);
  EXPECT_EQ(age.Look(looks * 1'000, looks, looks), 0);
}

}  // namespace
}  // namespace plaza::eventlog
