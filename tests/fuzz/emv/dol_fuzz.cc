// Any octets as a DOL: if it parses, the data built has exactly the lengths asked for.
#include "libs/base/check.h"
#include "libs/emv/dol/dol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plaza::emv;
  static const DataElements elements = [] {
    DataElements made;
    const plaza::Bytes value = {0x47, 0x61, 0x73, 0x90, 0x01};
    for (const Tag tag : {tag::kPan, tag::kAmount, tag::kUnpredictableNumber, tag::kTtq}) {
      PLAZA_CHECK(made.Add(tag, value, Source::kTerminal));
    }
    return made;
  }();
  const auto entries = ParseDol({data, size});
  const auto built = BuildDol({data, size}, {&elements});
  PLAZA_CHECK(entries.ok() == built.ok());
  if (!entries.ok()) return 0;
  std::size_t length = 0;
  for (const DolEntry& entry : *entries) length += entry.length;
  PLAZA_CHECK(built->size() == length);
  return 0;
}
