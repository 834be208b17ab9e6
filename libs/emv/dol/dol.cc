#include "libs/emv/dol/dol.h"

#include <algorithm>

#include "libs/emv/errors.h"
#include "libs/emv/limits.h"

namespace plaza::emv {
namespace {

Error Bad(const char* what, std::size_t offset) {
  return Error(errors::kBadDol, what, "offset " + std::to_string(offset));
}

Result<Tag> ReadDolTag(ByteView dol, std::size_t& at) {
  const std::size_t start = at;
  Tag tag = dol[at++];
  if (tag == 0) return Bad("00 is no tag", start);
  bool more = (tag & 0x1FU) == 0x1FU;
  while (more) {
    if (at == dol.size()) return Bad("the tag is cut short", at);
    if (at - start == kTagBytesMax) return Bad("the tag is longer than 4 bytes", start);
    more = (dol[at] & 0x80U) != 0;
    tag = (tag << 8) | dol[at++];
  }
  return tag;
}

// Calls visit(entry) for each entry.
template <class Visit>
Result<void> ForEachEntry(ByteView dol, Visit&& visit) {
  std::size_t at = 0;
  for (std::size_t count = 0; at < dol.size(); ++count) {
    if (count == kDolEntriesMax) return Bad("the list has more than 128 entries", at);
    PLAZA_ASSIGN_OR_RETURN(const Tag tag, ReadDolTag(dol, at));
    if (at == dol.size()) return Bad("the length is missing", at);
    visit(DolEntry{tag, dol[at++]});
  }
  return {};
}

}  // namespace

Result<std::vector<DolEntry>> ParseDol(ByteView dol) {
  std::vector<DolEntry> entries;
  PLAZA_RETURN_IF_ERROR(
      ForEachEntry(dol, [&](const DolEntry& entry) { entries.push_back(entry); }));
  return entries;
}

void AppendFitted(Bytes& out, Tag tag, ByteView value, std::size_t length, std::uint8_t kernel) {
  const Format format = FormatOf(tag, kernel);
  const std::size_t kept = std::min(value.size(), length);
  const std::size_t padding = length - kept;
  if (format == Format::kNumeric) {
    out.insert(out.end(), padding, 0x00);
    const ByteView rightmost = value.last(kept);
    out.insert(out.end(), rightmost.begin(), rightmost.end());
    return;
  }
  const ByteView leftmost = value.first(kept);
  out.insert(out.end(), leftmost.begin(), leftmost.end());
  out.insert(out.end(), padding, format == Format::kCompressedNumeric ? 0xFF : 0x00);
}

Result<Bytes> BuildDol(ByteView dol, std::initializer_list<const DataElements*> sources,
                       std::uint8_t kernel) {
  Bytes out;
  out.reserve(128);
  PLAZA_RETURN_IF_ERROR(ForEachEntry(dol, [&](const DolEntry& entry) {
    std::optional<ByteView> value;
    for (const DataElements* source : sources) {
      const bool wanted = source != nullptr && !value && !IsConstructed(entry.tag);
      if (wanted) value = source->Find(entry.tag);
    }
    // Book 3, 5.4, rule 1 and 2: an absent element and a template give zeros, whatever the format.
    if (value) {
      AppendFitted(out, entry.tag, *value, entry.length, kernel);
    } else {
      out.insert(out.end(), entry.length, 0x00);
    }
  }));
  return out;
}

}  // namespace plaza::emv
