#include "libs/base/split.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace plaza {
namespace {

using Parts = std::vector<std::int64_t>;

TEST(Split, GivesTheUnitsLeftToTheLargestRemainders) {
  const struct {
    std::int64_t total;
    Parts weights;
    Parts parts;
  } table[] = {
      {100, {1, 1, 1}, {34, 33, 33}},                       // a tie goes to the earlier
      {950, {4262, 3584, 1516, 633}, {405, 341, 144, 60}},  // the collection suppliers of 2020
      {1, {1, 2}, {0, 1}},
      {0, {5, 5}, {0, 0}},
      {7, {0, 0, 0}, {3, 2, 2}},  // no weight at all: equal
      {7, {0, 1}, {0, 7}},
      {-100, {1, 1, 1}, {-34, -33, -33}},
      {std::numeric_limits<std::int64_t>::max(), {1}, {std::numeric_limits<std::int64_t>::max()}},
      {std::numeric_limits<std::int64_t>::min(), {1}, {std::numeric_limits<std::int64_t>::min()}},
  };
  for (const auto& row : table) {
    EXPECT_EQ(SplitByLargestRemainder(row.total, row.weights), row.parts) << row.total;
  }
}

}  // namespace
}  // namespace plaza
