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

double Floor(const std::string& folder, const Bytes& record) {
  const std::string path = folder + "/floor";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
  PLAZA_CHECK(fd >= 0);
  const Bytes zeros(1 << 20);
  PLAZA_CHECK(::pwrite(fd, zeros.data(), zeros.size(), 0) == static_cast<ssize_t>(zeros.size()));
  PLAZA_CHECK(::fsync(fd) == 0);
  off_t at = 0;
  const double floor = bench::BestMicroseconds(kRuns, [&] {
    PLAZA_CHECK(::pwrite(fd, record.data(), record.size(), at) ==
                static_cast<ssize_t>(record.size()));
    PLAZA_CHECK(::fdatasync(fd) == 0);
    at += static_cast<off_t>(record.size());
  });
  ::close(fd);
  return floor;
}

}  // namespace
}  // namespace plaza::emv

int main() {
  using namespace plaza::emv;
  std::string folder = (std::filesystem::temp_directory_path() / "plaza_bench_XXXXXX").string();
  PLAZA_CHECK(::mkdtemp(folder.data()) != nullptr);
  const plaza::Bytes record(420, 0x5A);
  auto journal = Journal::Open(PosixFiles(), {.folder = folder + "/journal"});
  PLAZA_CHECK(journal.ok());
  const double append = bench::BestMicroseconds(
      kRuns, [&] { PLAZA_CHECK((*journal)->Append((*journal)->next_sequence(), record).ok()); });
  const double floor = Floor(folder, record);
  std::printf(
      "{\"bench\":\"journal_append\",\"unit\":\"us\",\"value\":%.1f,\"floor\":%.1f,\"ratio\":%.2f}"
      "\n",
      append, floor, append / floor);
  std::filesystem::remove_all(folder);
  return 0;
}
