// MAC checks as tap-ingest does them, against libcrypto's SHA-256 (EVP) over the same octets.
#include <cstdio>

#include "libs/base/check.h"
#include "libs/base/digest.h"
#include "libs/emv/vsam/vsam.h"
#include "tests/bench/emv/timing.h"

int main() {
  using namespace plaza::emv;
  constexpr int kRuns = 20000;
  const MacKey key(Key256{1, 2, 3});
  const plaza::Bytes record(420, 0x5A);  // a usual tap record
  const Mac mac = key.Sign(record);
  plaza::Sha256Hasher hasher;
  const bench::Times times = bench::BestMicroseconds(
      kRuns, [&] { PLAZA_CHECK(key.Verify(record, mac)); },
      [&] {
        hasher.Update(record);
        PLAZA_CHECK(hasher.Finish().size() == 32);
      });
  std::printf(
      "{\"bench\":\"mac_verify\",\"unit\":\"us\",\"value\":%.3f,\"floor\":%.3f,\"ratio\":%.2f,"
      "\"per_second\":%.0f}\n",
      times.step, times.floor, times.step / times.floor, 1e6 / times.step);
  return 0;
}
