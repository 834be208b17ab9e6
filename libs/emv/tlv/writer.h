// Writes BER-TLV with the shortest lengths.
#pragma once
#include "libs/base/bytes.h"
#include "libs/emv/tlv/tag.h"

namespace plaza::emv {

// Appends one object: tag, length, value. Checked: the value is shorter than 2^24.
void AppendTlv(Bytes& out, Tag tag, ByteView value);
Bytes MakeTlv(Tag tag, ByteView value);
void AppendTag(Bytes& out, Tag tag);

}  // namespace plaza::emv
