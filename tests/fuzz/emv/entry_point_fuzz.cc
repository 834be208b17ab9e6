// Any directory: candidates are bounded, well-formed, and of combinations that are allowed.
#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/entrypoint/entry_point.h"
#include "libs/emv/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plaza;
  using namespace plaza::emv;
  static const std::vector<Combination> combinations = {
      {.aid = {0xA0, 0x00, 0x00, 0x00, 0x03}, .kernel_id = {0x03}, .extended_selection = true},
      {.aid = {0xA0, 0x00, 0x00, 0x00, 0x03}, .kernel_id = {0x81, 0x04, 0x84}},
      {.aid = {0xA0, 0x00, 0x00, 0x00, 0x04}, .kernel_id = {0x02}, .partial_selection = false},
      {.aid = {0xA0, 0x00, 0x00, 0x00, 0x04}, .kernel_id = {0x02}, .transaction_limit = 0}};
  static const std::vector<Indicators> indicators = Preprocess(combinations, 1100, 100);
  const auto candidates = BuildCandidates({data, size}, combinations, indicators);
  if (!candidates.ok()) return 0;
  PLAZA_CHECK(candidates->size() <= kCandidatesMax);
  for (const DirectoryEntry& entry : *candidates) {
    PLAZA_CHECK(entry.combination != 3);  // pre-processing does not allow it
    const Bytes& aid = combinations[entry.combination].aid;
    PLAZA_CHECK(entry.adf_name.size() >= aid.size() && entry.adf_name.size() <= 16);
    PLAZA_CHECK(std::equal(aid.begin(), aid.end(), entry.adf_name.begin()));
    PLAZA_CHECK(entry.priority <= 15);
  }
  return 0;
}
