#include "libs/emv/kernel/afl.h"

#include <gmock/gmock.h>

#include "libs/emv/errors.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;

TEST(AflTest, Entries) {
  const auto afl =
      ParseAfl(Hex("10010301"
                   "F0040400"));
  ASSERT_TRUE(afl.ok());
  EXPECT_EQ(*afl, (std::vector<AflEntry>{{2, 1, 3, 1}, {30, 4, 4, 0}}));
}

TEST(AflTest, RefusesWhatBook3Forbids) {
  for (const char* afl : {"",          // nothing
                          "100103",    // no whole entry
                          "00010100",  // SFI 0
                          "F8010100",  // SFI 31
                          "11010100",  // lower bits of the SFI octet
                          "10000100",  // record 0
                          "10030200",  // last before first
                          "10010203",  // more authenticated than there are
                          "1001FF00",  // more records than a tap has time for
                          "1001280018012800"}) {
    const auto parsed = ParseAfl(Hex(afl));
    ASSERT_FALSE(parsed.ok()) << afl;
    EXPECT_TRUE(parsed.error().Is(errors::kCardError));
  }
}

}  // namespace
}  // namespace plaza::emv
