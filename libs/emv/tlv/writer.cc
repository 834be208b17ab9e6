#include "libs/emv/tlv/writer.h"

#include "libs/base/check.h"

namespace plaza::emv {

void AppendTag(Bytes& out, Tag tag) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    const bool is_last = shift == 0;
    if (is_last || (tag >> shift) != 0) out.push_back(static_cast<std::uint8_t>(tag >> shift));
  }
}

void AppendTlv(Bytes& out, Tag tag, ByteView value) {
  const std::size_t length = value.size();
  PLAZA_CHECK(length < (1U << 24));
  AppendTag(out, tag);
  if (length >= 0x80) {
    const int octets = length > 0xFFFF ? 3 : length > 0xFF ? 2 : 1;
    out.push_back(static_cast<std::uint8_t>(0x80 | octets));
    for (int i = octets - 1; i > 0; --i)
      out.push_back(static_cast<std::uint8_t>(length >> (8 * i)));
  }
  out.push_back(static_cast<std::uint8_t>(length));
  out.insert(out.end(), value.begin(), value.end());
}

Bytes MakeTlv(Tag tag, ByteView value) {
  Bytes out;
  out.reserve(value.size() + 8);
  AppendTlv(out, tag, value);
  return out;
}

}  // namespace plaza::emv
