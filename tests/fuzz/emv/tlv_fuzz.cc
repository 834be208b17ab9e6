// Any octets through the TLV reader; what it reads, written again, reads the same.
#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/tlv/reader.h"
#include "libs/emv/tlv/writer.h"

namespace plaza::emv {
namespace {

void Walk(ByteView data, int depth) {
  if (depth > 20) return;
  TlvReader reader(data);
  Tlv object;
  while (true) {
    const auto more = reader.Next(object);
    if (!more.ok() || !*more) return;
    const Bytes written = MakeTlv(object.tag, object.value);
    TlvReader again(written);
    Tlv same;
    const auto found = again.Next(same);
    PLAZA_CHECK(found.ok() && *found && same.tag == object.tag);
    PLAZA_CHECK(std::ranges::equal(same.value, object.value));
    if (IsConstructed(object.tag)) Walk(object.value, depth + 1);
  }
}

}  // namespace
}  // namespace plaza::emv

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  plaza::emv::Walk({data, size}, 0);
  return 0;
}
