#include "libs/emv/crypto/cmac.h"

#include <gtest/gtest.h>

#include "libs/base/hex.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;

struct Case {
  CipherKind kind;
  const char* key;
  std::size_t size;  // of the message's beginning
  const char* mac;
};

// NIST SP 800-38B, Appendix D (May 2005), and its updated examples.
constexpr Case kCases[] = {
    {CipherKind::kAes, "2B7E151628AED2A6ABF7158809CF4F3C", 0, "BB1D6929E95937287FA37D129B756746"},
    {CipherKind::kAes, "2B7E151628AED2A6ABF7158809CF4F3C", 16, "070A16B46B4D4144F79BDD9DD04A287C"},
    {CipherKind::kAes, "2B7E151628AED2A6ABF7158809CF4F3C", 40, "DFA66747DE9AE63030CA32611497C827"},
    {CipherKind::kAes, "2B7E151628AED2A6ABF7158809CF4F3C", 64, "51F0BEBF7E3B9D92FC49741779363CFE"},
    {CipherKind::kAes, "8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B", 0,
     "D17DDF46ADAACDE531CAC483DE7A9367"},
    {CipherKind::kAes, "8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B", 40,
     "8A1DE5BE2EB31AAD089A82E6EE908B0E"},
    {CipherKind::kAes, "8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B", 64,
     "A1D5DF0EED790F794D77589659F39A11"},
    {CipherKind::kAes, "603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4", 0,
     "028962F61B7BF89EFC6B551F4667D983"},
    {CipherKind::kAes, "603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4", 16,
     "28A7023F452E8F82BD4BF28D8C37C35C"},
    {CipherKind::kAes, "603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4", 40,
     "AAF3D8F1DE5640C232F5B169B9C911E6"},
    {CipherKind::kAes, "603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4", 64,
     "E1992190549F6ED5696A2C056C315410"},
    {CipherKind::kTdea, "8AA83BF8CBDA10620BC1BF19FBB6CD58BC313D4A371CA8B5", 0, "B7A688E122FFAF95"},
    {CipherKind::kTdea, "8AA83BF8CBDA10620BC1BF19FBB6CD58BC313D4A371CA8B5", 8, "8E8F293136283797"},
    {CipherKind::kTdea, "8AA83BF8CBDA10620BC1BF19FBB6CD58BC313D4A371CA8B5", 20, "743DDBE0CE2DC2ED"},
    {CipherKind::kTdea, "8AA83BF8CBDA10620BC1BF19FBB6CD58BC313D4A371CA8B5", 32, "33E6B1092400EAE5"},
    {CipherKind::kTdea, "4CF15134A2850DD58A3D10BA80570D38", 0, "BD2EBF9A3BA00361"},
    {CipherKind::kTdea, "4CF15134A2850DD58A3D10BA80570D38", 8, "4FF2AB813C53CE83"},
    {CipherKind::kTdea, "4CF15134A2850DD58A3D10BA80570D38", 20, "62DD1B471902BD4E"},
    {CipherKind::kTdea, "4CF15134A2850DD58A3D10BA80570D38", 32, "31B1E431DABC4EB8"},
};

TEST(CmacTest, NistExamples) {
  const Bytes message =
      Hex("6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51"
          "30C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710");
  for (const Case& c : kCases) {
    const BlockCipher cipher(c.kind, Hex(c.key));
    EXPECT_EQ(ToHex(Cmac(cipher, ByteView(message).first(c.size)).view()), c.mac)
        << c.key << " " << c.size;
  }
}

// More than one block anyway: the least number of blocks changes nothing.
TEST(CmacTest, BlocksAtLeast) {
  const BlockCipher cipher(CipherKind::kAes, Bytes(16));
  for (std::size_t size = 0; size <= 40; ++size) {
    const Bytes message(size, 0x5A);
    const bool same = EqualConstantTime(Cmac(cipher, message).view(),
                                        Cmac(cipher, message, /*blocks_min=*/2).view());
    EXPECT_EQ(same, size > 16) << size;
  }
}

}  // namespace
}  // namespace plaza::emv
