// Application file locator: which records to read (EMV Book 3, 10.2).
#pragma once
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/result.h"

namespace plaza::emv {

struct AflEntry {
  std::uint8_t sfi = 0;
  std::uint8_t first = 0;
  std::uint8_t last = 0;
  std::uint8_t authenticated =
      0;  // so many records from the first are covered by offline data authentication
  bool operator==(const AflEntry&) const = default;
};
// CARD_ERROR unless it is whole entries of 4 bytes with SFI 1 to 30, 1 <= first <= last, and no
// more authenticated ones than there are records; at most kRecordsMax records in all.
Result<std::vector<AflEntry>> ParseAfl(ByteView afl);

}  // namespace plaza::emv
