// Any octets as a tap record: if it decodes, it encodes to the same octets.
#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/journal/tap_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plaza::emv;
  const auto decoded = DecodeTapRecord({data, size});
  if (!decoded.ok()) return 0;
  const plaza::Bytes encoded = AppendMac(EncodeUnsigned(decoded->record), decoded->mac);
  PLAZA_CHECK(std::ranges::equal(encoded, plaza::ByteView(data, size)));
  return 0;
}
