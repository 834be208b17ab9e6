#include "libs/emv/crypto/block_cipher.h"

#include <gtest/gtest.h>

#include "libs/base/hex.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;

const char* const kPlain = "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51";
const char* const kAes128 = "2B7E151628AED2A6ABF7158809CF4F3C";

std::string Ecb(CipherKind kind, std::string_view key, std::string_view plain) {
  const Bytes in = Hex(plain);
  Bytes out(in.size());
  const BlockCipher cipher(kind, Hex(key));
  cipher.Encrypt(in, out);
  Bytes back(in.size());
  cipher.Decrypt(out, back);
  EXPECT_EQ(back, in);
  return ToHex(out);
}

// NIST SP 800-38A, F.1; FIPS 81 for single DES; X9.24-1's key for two-key TDEA.
TEST(BlockCipherTest, KnownBlocks) {
  EXPECT_EQ(Ecb(CipherKind::kAes, kAes128, kPlain),
            "3AD77BB40D7A3660A89ECAF32466EF97F5D3D58503B9699DE785895A96FDBAAF");
  EXPECT_EQ(Ecb(CipherKind::kAes, "8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B", kPlain),
            "BD334F1D6E45F25FF712A214571FA5CC974104846D0AD3AD7734ECB3ECEE4EEF");
  EXPECT_EQ(Ecb(CipherKind::kAes,
                "603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4", kPlain),
            "F3EED1BDB5D2A03C064B5A7E3DB181F8591CCB10D410ED26DC5BA74A31362870");
  EXPECT_EQ(Ecb(CipherKind::kTdea, "0123456789ABCDEF", "4E6F772069732074"), "3FA40E8A984D4815");
  EXPECT_EQ(Ecb(CipherKind::kTdea, "0123456789ABCDEFFEDCBA9876543210", "FFFF9876543210E0"),
            "6AC292FAA1315B4D");
}

// SP 800-38A, F.2.1 and F.5.1.
TEST(BlockCipherTest, ChainingModes) {
  const BlockCipher cipher(CipherKind::kAes, Hex(kAes128));
  const Bytes iv = Hex("000102030405060708090A0B0C0D0E0F");
  const SecretBytes chained = CbcEncrypt(cipher, iv, Hex(kPlain));
  EXPECT_EQ(ToHex(chained.view()),
            "7649ABAC8119B246CEE98E9B12E9197D5086CB9B507219EE95DB113A917678B2");
  EXPECT_EQ(ToHex(CbcDecrypt(cipher, iv, chained.view()).view()), kPlain);

  const Bytes counter = Hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF");
  const std::string counted = "874D6191B620E3261BEF6864990DB6CE9806F66B7970FDFF8617187BB9FFFDFF";
  EXPECT_EQ(ToHex(CounterCrypt(cipher, counter, Hex(kPlain)).view()), counted);
  const Bytes part = Hex(std::string(kPlain).substr(0, 42));
  EXPECT_EQ(ToHex(CounterCrypt(cipher, counter, part).view()), counted.substr(0, 42));
  EXPECT_TRUE(CounterCrypt(cipher, counter, {}).empty());
}

// The counter is the whole block and wraps to zeros; the stream is AES of it.
TEST(BlockCipherTest, TheCounterCarriesThroughTheWholeBlock) {
  const BlockCipher cipher(CipherKind::kAes, Hex(kAes128));
  const SecretBytes stream = CounterCrypt(cipher, Bytes(16, 0xFF), Bytes(32));
  EXPECT_EQ(ToHex(stream.view().last(16)),
            Ecb(CipherKind::kAes, kAes128, "00000000000000000000000000000000"));
}

TEST(BlockCipherTest, KeyLengths) {
  for (std::size_t bytes = 0; bytes <= 40; ++bytes) {
    const bool both = bytes == 16 || bytes == 24;
    EXPECT_EQ(IsKeyLength(CipherKind::kAes, bytes), both || bytes == 32) << bytes;
    EXPECT_EQ(IsKeyLength(CipherKind::kTdea, bytes), both || bytes == 8) << bytes;
  }
}

TEST(BlockCipherDeathTest, WrongLengthsAreBugs) {
  EXPECT_DEATH(BlockCipher(CipherKind::kAes, Bytes(8)), "IsKeyLength");
  const BlockCipher cipher(CipherKind::kAes, Bytes(16));
  EXPECT_DEATH(CbcEncrypt(cipher, Bytes(16), Bytes(15)), "in.size");
  EXPECT_DEATH(CbcDecrypt(cipher, Bytes(8), Bytes(16)), "iv.size");
}

}  // namespace
}  // namespace plaza::emv
