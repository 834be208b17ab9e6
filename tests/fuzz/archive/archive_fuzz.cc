// Whatever lies in an archive must not break its reader: a file, what is within its compression,
// a manifest. What is a good manifest has one coding only.
#include <cstddef>
#include <cstdint>

#include "libs/archive/manifest.h"
#include "libs/base/bytes.h"
#include "libs/base/check.h"

namespace plaza::archive {
namespace {

void Fuzz(std::string_view bytes) {
  const auto file = DecodeFile(bytes, "fuzz");
  if (file.ok()) {
    PLAZA_CHECK(static_cast<std::int64_t>(file->records.size()) == file->header.count);
    PLAZA_CHECK(file->records.front().offset == file->header.first);
    PLAZA_CHECK(file->records.back().offset == file->header.last());
  }
  if (!bytes.empty()) {
    const FileHeader header{{"t", 0}, 7, static_cast<unsigned char>(bytes[0])};
    const auto body = DecodeBody(bytes.substr(1), header, "fuzz");
    PLAZA_CHECK(!body.ok() || static_cast<std::int64_t>(body->size()) == header.count);
  }
  const auto manifest = DecodeManifest(bytes, "fuzz");
  PLAZA_CHECK(!manifest.ok() || EncodeManifest(*manifest) == bytes);
}

}  // namespace
}  // namespace plaza::archive

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  plaza::archive::Fuzz(plaza::AsText({data, size}));
  return 0;
}
