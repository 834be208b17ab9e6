#include "tests/support/pan_scan.h"

#include <gtest/gtest.h>

namespace plaza::testing {
namespace {

// Made up for this test; the Luhn digit is right.
constexpr const char* kPan = "4761731234567890";

TEST(PanScan, FindsEachFormOfAPlantedPan) {
  const PanScanner scanner({kPan, "4761740000000001"});
  const std::string bcd("\x47\x61\x73\x12\x34\x56\x78\x90", 8);
  const std::string half("\x04\x76\x17\x31\x23\x45\x67\x89\x0D", 9);
  const struct {
    std::string bytes;
    const char* form;
    std::size_t offset;
  } table[] = {
      {std::string("x") + kPan, "ascii", 1},
      {std::string("12") + kPan + "9", "ascii", 2},  // inside a longer run of digits
      {std::string("pan=") + kPan + "=2512", "ascii", 4},
      {std::string("\0\0", 2) + bcd + "\xD2\x51\x2F", "bcd", 2},
      {half, "bcd at a half byte", 0},
  };
  for (const auto& row : table) {
    const auto found = scanner.ScanBytes(row.bytes, "memory");
    ASSERT_EQ(found.size(), 1U) << row.form;
    EXPECT_EQ(found[0].form, row.form);
    EXPECT_EQ(found[0].offset, row.offset);
  }
}

TEST(PanScan, LeavesOthersAlone) {
  const PanScanner scanner({kPan});
  EXPECT_TRUE(scanner.ScanBytes("4761731234567891 476173123456789", "memory").empty());
  EXPECT_TRUE(scanner.ScanBytes("47617312 34567890", "memory").empty());
}

}  // namespace
}  // namespace plaza::testing
