#include "libs/base/split.h"

#include <algorithm>
#include <numeric>

#include "libs/base/check.h"

namespace plaza {
namespace {

__extension__ typedef unsigned __int128 Wide;  // a product of two 64-bit numbers

}  // namespace

std::vector<std::int64_t> SplitByLargestRemainder(std::int64_t total_minor,
                                                  std::span<const std::int64_t> weights) {
  PLAZA_CHECK(!weights.empty());
  std::vector<std::uint64_t> w;
  for (std::int64_t weight : weights) {
    PLAZA_CHECK(weight >= 0);
    w.push_back(static_cast<std::uint64_t>(weight));
  }
  Wide sum = std::accumulate(w.begin(), w.end(), Wide{0});
  if (sum == 0) {
    std::fill(w.begin(), w.end(), 1);
    sum = w.size();
  }
  const bool negative = total_minor < 0;
  const std::uint64_t total = negative ? ~static_cast<std::uint64_t>(total_minor) + 1
                                       : static_cast<std::uint64_t>(total_minor);

  std::vector<std::uint64_t> parts(w.size());
  std::vector<Wide> remainders(w.size());
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const Wide product = Wide{total} * w[i];
    parts[i] = static_cast<std::uint64_t>(product / sum);
    remainders[i] = product % sum;
    given += parts[i];
  }
  std::vector<std::size_t> order(w.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  for (std::uint64_t left = total - given; left > 0; --left) ++parts[order[total - given - left]];

  std::vector<std::int64_t> result;
  for (std::uint64_t part : parts) {
    result.push_back(static_cast<std::int64_t>(negative ? ~part + 1 : part));
  }
  return result;
}

}  // namespace plaza
