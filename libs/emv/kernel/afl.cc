#include "libs/emv/kernel/afl.h"

#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

constexpr std::size_t kEntryBytes = 4;
constexpr std::uint8_t kSfiMax = 30;

Error Bad(const char* what, std::size_t offset) {
  return Error(errors::kCardError, what, "AFL, offset " + std::to_string(offset));
}

}  // namespace

Result<std::vector<AflEntry>> ParseAfl(ByteView afl) {
  if (afl.empty() || afl.size() % kEntryBytes != 0) return Bad("the AFL has no whole entries", 0);
  if (afl.size() / kEntryBytes > kAflEntriesMax) return Bad("the AFL is too long", 0);
  std::vector<AflEntry> entries;
  entries.reserve(afl.size() / kEntryBytes);
  std::size_t records = 0;
  for (std::size_t at = 0; at < afl.size(); at += kEntryBytes) {
    const AflEntry entry{static_cast<std::uint8_t>(afl[at] >> 3), afl[at + 1], afl[at + 2],
                         afl[at + 3]};
    if ((afl[at] & 0x07U) != 0) return Bad("the lower bits of the SFI octet are not zero", at);
    if (entry.sfi == 0 || entry.sfi > kSfiMax) return Bad("the SFI is not 1 to 30", at);
    if (entry.first == 0 || entry.last < entry.first) return Bad("the record numbers", at);
    const std::size_t count = static_cast<std::size_t>(entry.last - entry.first) + 1;
    if (entry.authenticated > count) return Bad("more records authenticated than there are", at);
    records += count;
    if (records > kRecordsMax) return Bad("the AFL names more records than a tap has time for", at);
    entries.push_back(entry);
  }
  return entries;
}

}  // namespace plaza::emv
