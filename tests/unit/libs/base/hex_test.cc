#include "libs/base/hex.h"

#include <gtest/gtest.h>

namespace plaza {
namespace {

TEST(Hex, GoesThereAndBack) {
  Bytes all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<std::uint8_t>(i));
  EXPECT_EQ(FromHex(ToHex(all)).value(), all);
  EXPECT_EQ(ToHex(Bytes{0x0A, 0xF0}), "0AF0");
  EXPECT_EQ(FromHex("0aF0").value(), (Bytes{0x0A, 0xF0}));
  EXPECT_TRUE(FromHex("")->empty());
}

TEST(Hex, SaysWhereItIsWrong) {
  const struct {
    const char* text;
    const char* where;
  } table[] = {{"0", "offset 1"}, {"0G", "offset 1"}, {"G0", "offset 0"}, {"00 1", "offset 2"}};
  for (const auto& row : table) {
    const auto bytes = FromHex(row.text);
    ASSERT_FALSE(bytes.ok()) << row.text;
    EXPECT_EQ(bytes.error().where(), row.where) << row.text;
  }
}

}  // namespace
}  // namespace plaza
