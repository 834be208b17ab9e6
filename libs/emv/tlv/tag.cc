#include "libs/emv/tlv/tag.h"

#include "libs/base/hex.h"
#include "libs/emv/tlv/writer.h"

namespace plaza::emv {

bool IsConstructed(Tag tag) {
  while (tag > 0xFF) tag >>= 8;
  return (tag & 0x20U) != 0;
}

std::string TagText(Tag tag) {
  Bytes octets;
  AppendTag(octets, tag);
  return ToHex(octets);
}

}  // namespace plaza::emv
