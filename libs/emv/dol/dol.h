// Data object lists (EMV Book 3, 5.4): a list of tags and lengths, and the data that it asks for.
#pragma once
#include <initializer_list>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/result.h"
#include "libs/emv/dol/dictionary.h"
#include "libs/emv/tlv/data_elements.h"
#include "libs/emv/tlv/tag.h"

namespace plaza::emv {

struct DolEntry {
  Tag tag = 0;
  std::uint8_t length = 0;
  bool operator==(const DolEntry&) const = default;
};

// BAD_DOL with the offset; at most kDolEntriesMax entries.
Result<std::vector<DolEntry>> ParseDol(ByteView dol);

// Appends `value` in exactly `length` bytes as the rule of the tag's format (dol/dictionary.h)
// says: numeric values keep their rightmost bytes and are padded with zeros on the left; compressed
// numeric ones are padded with FF on the right; all others keep their leftmost bytes and are padded
// with zeros on the right.
void AppendFitted(Bytes& out, Tag tag, ByteView value, std::size_t length,
                  std::uint8_t kernel = kAnyKernel);

// The data asked for. Each tag is looked for in `sources`, first to last (null ones are skipped); a
// tag that none has, or a constructed one, gives zeros. Formats are those of `kernel`. BAD_DOL.
Result<Bytes> BuildDol(ByteView dol, std::initializer_list<const DataElements*> sources,
                       std::uint8_t kernel = kAnyKernel);

}  // namespace plaza::emv
