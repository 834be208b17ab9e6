// The format of each data element that pads or cuts differently in a DOL (EMV Book 3, Annex A; Book
// C-3, Annex A).
#pragma once
#include "libs/emv/tlv/tag.h"

namespace plaza::emv {

enum class Format {
  kNumeric,            // n: two digits an octet, right-justified
  kCompressedNumeric,  // cn: two digits an octet, left-justified, padded with F
  kOther,              // a, an, ans, b, var.
};
Format FormatOf(Tag tag);  // kOther for a tag that is not listed

}  // namespace plaza::emv
