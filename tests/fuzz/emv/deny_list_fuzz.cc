// Any octets as what a disk gives back of a deny list, with hashes that fit, so that they are
// looked at: opening it never crashes, and it goes on from there.
#include "libs/base/check.h"
#include "libs/base/digest.h"
#include "libs/emv/transit/stored_deny_list.h"
#include "tests/support/emv/forgetful_files.h"

namespace {

using plaza::Bytes;
using plaza::ByteView;

Bytes WithHash(Bytes octets) {
  const plaza::Sha256Digest digest = plaza::Sha256(octets);
  octets.insert(octets.end(), digest.begin(), digest.end());
  return octets;
}

void Put(plaza::emv::test::ForgetfulFiles& files, const char* path, const Bytes& octets) {
  auto file = files.Open(path);
  PLAZA_CHECK(file.ok() && (*file)->WriteAt(0, octets).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plaza::emv;
  if (size == 0) return 0;
  const ByteView input(data + 1, size - 1);
  const std::size_t of_list = std::min<std::size_t>(data[0] * 4U, input.size());
  test::ForgetfulFiles files;
  Bytes list{'P', 'L', 'A', 'Z', 'A', 'D', 0x00, 0x01};
  list.insert(list.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(of_list));
  Put(files, "d/list-0000000000000001", WithHash(list));
  Put(files, "d/changes-0000000000000001", WithHash(plaza::ToBytes(input.subspan(of_list))));
  auto opened = StoredDenyList::Open(files, {.folder = "d", .changes_max = 4, .incoming_max = 16});
  PLAZA_CHECK(opened.ok());
  StoredDenyList& deny_list = **opened;
  const DeniedToken token{7, {0x5A}};
  const std::uint64_t epoch = deny_list.epoch();
  PLAZA_CHECK(deny_list.view()->Contains(token.token_epoch, token.token).ok());
  if (epoch == UINT64_MAX) return 0;
  PLAZA_CHECK(deny_list.Apply({epoch, epoch + 1, {token}, {}}).ok());
  PLAZA_CHECK(*deny_list.view()->Contains(token.token_epoch, token.token));
  return 0;
}
