#include "libs/base/big_endian.h"

#include <gtest/gtest.h>

#include <array>

namespace plaza {
namespace {

TEST(BigEndianTest, NumbersComeBack) {
  std::array<std::uint8_t, 3> three{};
  PutBigEndian(three, 0xA1B2C3D4);
  EXPECT_EQ(three, (std::array<std::uint8_t, 3>{0xB2, 0xC3, 0xD4}));
  EXPECT_EQ(GetBigEndian(three), 0xB2C3D4U);
  EXPECT_EQ(GetBigEndian({}), 0U);
  Bytes out{0xFF};
  AppendBigEndian(out, 0x0102030405060708, 8);
  AppendBigEndian(out, 9, 2);
  EXPECT_EQ(out, (Bytes{0xFF, 1, 2, 3, 4, 5, 6, 7, 8, 0, 9}));
  EXPECT_EQ(GetBigEndian(ByteView(out).subspan(1, 8)), 0x0102030405060708U);
}

}  // namespace
}  // namespace plaza
