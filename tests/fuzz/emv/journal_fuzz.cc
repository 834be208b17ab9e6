// Any octets as what a disk gives back: a segment, then the acknowledged position. Opening it never
// crashes; if it opens, it can be read and appended to.
#include "libs/base/check.h"
#include "libs/emv/journal/frame.h"
#include "libs/emv/journal/journal.h"
#include "tests/support/emv/forgetful_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plaza::emv;
  const plaza::ByteView input(data, size);
  const std::size_t ack_bytes = std::min<std::size_t>(size, 24);
  test::ForgetfulFiles files;
  {
    auto segment = files.Open("j/00000000000000000001.seg");
    PLAZA_CHECK(segment.ok() && (*segment)->WriteAt(0, EncodeSegmentHeader(1)).ok());
    PLAZA_CHECK((*segment)->WriteAt(kSegmentHeaderBytes, input.subspan(ack_bytes)).ok());
    auto ack = files.Open("j/acknowledged");
    PLAZA_CHECK(ack.ok() && (*ack)->WriteAt(0, input.first(ack_bytes)).ok());
  }
  auto journal = Journal::Open(
      files, {.folder = "j", .bytes_max = 1U << 16, .segment_bytes = 1U << 14, .chunk_bytes = 256});
  if (!journal.ok()) return 0;
  const auto entries = (*journal)->Read(1, 1000);
  PLAZA_CHECK(entries.ok() && entries->size() + 1 == (*journal)->next_sequence());
  const plaza::Bytes record(10, 0xAA);
  PLAZA_CHECK((*journal)->Append((*journal)->next_sequence(), record).ok());
  return 0;
}
