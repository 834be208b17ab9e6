// Durable appends of a validator's journal against a plain pwrite and fdatasync over octets that
// are there already.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "libs/base/check.h"
#include "libs/emv/journal/journal.h"
#include "tests/bench/emv/timing.h"

namespace plaza::emv {
namespace {

constexpr int kRuns = 100;

// A file whose octets are all there already.
class PlainFile {
 public:
  explicit PlainFile(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_CREAT, 0600)) {
    PLAZA_CHECK(fd_ >= 0);
    const Bytes zeros(1 << 20);
    PLAZA_CHECK(::pwrite(fd_, zeros.data(), zeros.size(), 0) == static_cast<ssize_t>(zeros.size()));
    PLAZA_CHECK(::fsync(fd_) == 0);
  }
  ~PlainFile() { ::close(fd_); }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;
  void Append(ByteView record) {
    PLAZA_CHECK(::pwrite(fd_, record.data(), record.size(), at_) ==
                static_cast<ssize_t>(record.size()));
    PLAZA_CHECK(::fdatasync(fd_) == 0);
    at_ += static_cast<off_t>(record.size());
  }

 private:
  int fd_;
  off_t at_ = 0;
};

}  // namespace
}  // namespace plaza::emv

int main() {
  using namespace plaza::emv;
  std::string folder = (std::filesystem::temp_directory_path() / "plaza_bench_XXXXXX").string();
  PLAZA_CHECK(::mkdtemp(folder.data()) != nullptr);
  const plaza::Bytes record(420, 0x5A);
  auto journal = Journal::Open(PosixFiles(), {.folder = folder + "/journal"});
  PLAZA_CHECK(journal.ok());
  PlainFile plain(folder + "/floor");
  const bench::Times times = bench::BestMicroseconds(
      kRuns, [&] { PLAZA_CHECK((*journal)->Append((*journal)->next_sequence(), record).ok()); },
      [&] { plain.Append(record); });
  std::printf(
      "{\"bench\":\"journal_append\",\"unit\":\"us\",\"value\":%.1f,\"floor\":%.1f,\"ratio\":%.2f}"
      "\n",
      times.step, times.floor, times.step / times.floor);
  std::filesystem::remove_all(folder);
  return 0;
}
