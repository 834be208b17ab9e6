// A record batch as octets: what a row of the log or of the outbox holds (README.md, "Batch
// format").
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/eventlog/log.h"

namespace plaza::eventlog {

std::string EncodeBatch(std::span<const Record> records);

// Decodes the records from `skip` on, at most `max`, appending them to `out` with offsets from
// `base_offset` (the offset of the batch's first). LOG_DAMAGED says `where` and the byte. Never
// reads beyond `bytes`.
Result<void> DecodeBatch(std::string_view bytes, std::string_view where, std::int64_t base_offset,
                         std::size_t skip, std::size_t max, std::vector<StoredRecord>& out);
// The same without offsets: all records.
Result<void> DecodeBatch(std::string_view bytes, std::string_view where, std::vector<Record>& out);

}  // namespace plaza::eventlog
