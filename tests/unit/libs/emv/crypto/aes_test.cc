#include "libs/emv/crypto/aes.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "libs/base/hex.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;

AesBlock Block(std::string_view hex) {
  AesBlock block{};
  std::ranges::copy(Hex(hex), block.begin());
  return block;
}

const char* const kMessage =
    "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51"
    "30C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710";

// RFC 4493, 4.
TEST(AesTest, Cmac) {
  const AesKey key(Block("2B7E151628AED2A6ABF7158809CF4F3C"));
  const Bytes message = Hex(kMessage);
  const std::vector<std::pair<std::size_t, const char*>> cases = {
      {0, "BB1D6929E95937287FA37D129B756746"},
      {16, "070A16B46B4D4144F79BDD9DD04A287C"},
      {40, "DFA66747DE9AE63030CA32611497C827"},
      {64, "51F0BEBF7E3B9D92FC49741779363CFE"},
  };
  for (const auto& [length, mac] : cases) {
    EXPECT_EQ(ToHex(AesCmac(key, ByteView(message).first(length))), mac) << length;
  }
  EXPECT_EQ(ToHex(AesCutCmac(key, {})), "1D295928A3127546");
}

// NIST SP 800-38A, F.2.1 and F.2.2.
TEST(AesTest, Cbc) {
  const AesKey key(Block("2B7E151628AED2A6ABF7158809CF4F3C"));
  const AesBlock iv = Block("000102030405060708090A0B0C0D0E0F");
  Bytes data = Hex(kMessage);
  AesCbcEncrypt(key, iv, data);
  EXPECT_EQ(ToHex(data),
            "7649ABAC8119B246CEE98E9B12E9197D5086CB9B507219EE95DB113A917678B2"
            "73BED6B8E3C1743B7116E69E222295163FF1CAA1681FAC09120ECA307586E1A7");
  AesCbcDecrypt(key, iv, data);
  EXPECT_EQ(ToHex(data), kMessage);
}

}  // namespace
}  // namespace plaza::emv
