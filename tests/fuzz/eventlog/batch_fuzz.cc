// Any octets as a row of the log or of the outbox: a batch that decodes encodes to the same octets,
// and any part of it is that part of the whole. The first two octets say which part.
#include <algorithm>

#include "libs/base/bytes.h"
#include "libs/base/check.h"
#include "libs/eventlog/batch.h"
#include "libs/eventlog/errors.h"
#include "libs/eventlog/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plaza::eventlog;
  if (size < 2) return 0;
  const std::size_t skip = data[0];
  const std::size_t max = data[1];
  const std::string_view bytes = plaza::AsText({data + 2, size - 2});
  std::vector<Record> all;
  const auto whole = DecodeBatch(bytes, "fuzz", all);
  PLAZA_CHECK(whole.ok() || whole.error().Is(kLogDamaged));
  PLAZA_CHECK(all.size() <= kBatchRecordsMax);
  if (whole.ok()) PLAZA_CHECK(EncodeBatch(all) == bytes);

  std::vector<StoredRecord> part{{7, {"before", ""}}};  // what stands there already stays
  const auto decoded = DecodeBatch(bytes, "fuzz", /*base_offset=*/1'000, skip, max, part);
  if (whole.ok()) PLAZA_CHECK(decoded.ok());
  PLAZA_CHECK(part[0].offset == 7 && part.size() - 1 <= max);
  const std::size_t there = all.size() - std::min(skip, all.size());
  PLAZA_CHECK(part.size() - 1 == std::min(max, there));
  for (std::size_t i = 1; i < part.size(); ++i) {
    const std::size_t at = skip + i - 1;
    PLAZA_CHECK(part[i].offset == 1'000 + static_cast<std::int64_t>(at));
    PLAZA_CHECK(part[i].record.key == all[at].key && part[i].record.value == all[at].value);
  }
  return 0;
}
