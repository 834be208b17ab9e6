// Any characters as a key block: a header that reads is written and read again, and binds a key.
#include <algorithm>

#include "libs/base/check.h"
#include "libs/emv/vsam/key_block.h"

namespace plaza::emv {
namespace {

std::size_t KeyBytesFor(char algorithm) { return algorithm == 'D' ? 8 : 16; }

void Rewrite(const ParsedHeader& parsed) {
  if (parsed.version.variant) return;
  const Bytes kbpk(16, 0x5A);
  const Bytes key(KeyBytesFor(parsed.header.algorithm), 0xC3);
  const Bytes padding(KeyBytesFor(parsed.header.algorithm) == 8 ? 6 : 14);
  const auto block = WrapKeyBlock(kbpk, parsed.header, key, padding);
  if (!block.ok()) return;  // too long with this key
  const auto opened = UnwrapKeyBlock(kbpk, *block);
  PLAZA_CHECK(opened.ok() && opened->header == parsed.header);
  PLAZA_CHECK(std::ranges::equal(opened->key.view(), key));
}

}  // namespace
}  // namespace plaza::emv

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plaza::emv;
  const std::string_view text = plaza::AsText({data, size});
  // The protection keys of the seeds: that of TR-31:2018, A.7.2.1, and that of A.7.4.
  static const plaza::Bytes tdea = {0x89, 0xE8, 0x8C, 0xF7, 0x93, 0x14, 0x44, 0xF3,
                                    0x34, 0xBD, 0x75, 0x47, 0xFC, 0x3F, 0x38, 0x0C};
  static const plaza::Bytes aes = {0x88, 0xE1, 0xAB, 0x2A, 0x2E, 0x3D, 0xD3, 0x8C, 0x1F, 0xA0, 0x39,
                                   0xA5, 0x36, 0x50, 0x0C, 0xC8, 0xA8, 0x7A, 0xB9, 0xD6, 0x2D, 0xC9,
                                   0x2C, 0x01, 0x05, 0x8F, 0xA7, 0x9F, 0x44, 0x65, 0x7D, 0xE6};
  for (const plaza::Bytes* kbpk : {&tdea, &aes}) {
    const auto opened = UnwrapKeyBlock(*kbpk, text);
    PLAZA_CHECK(!opened.ok() || !opened->key.empty());
  }
  const auto parsed = ParseKeyBlockHeader(text);
  if (parsed.ok()) Rewrite(*parsed);
  return 0;
}
