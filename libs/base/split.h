// Splits a whole by weights so that the parts sum to it: largest remainder (Hamilton).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace plaza {

// Parts of `total_minor` (of either sign: a negative whole is split as its magnitude) in the order
// of `weights`. Each gets the floor of total x weight / sum; the units left go one each to the
// largest remainders, ties to the earlier index: pass weights in the order that decides ties. All
// weights zero: as if all were one. Weights are not negative, and there is at least one (checked).
std::vector<std::int64_t> SplitByLargestRemainder(std::int64_t total_minor,
                                                  std::span<const std::int64_t> weights);

}  // namespace plaza
