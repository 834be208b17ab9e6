#include "libs/emv/vsam/an10922.h"

#include <gtest/gtest.h>

#include "libs/base/hex.h"
#include "libs/emv/crypto/cmac.h"
#include "libs/emv/errors.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;
using enum An10922Cipher;

const char* const kMaster = "00112233445566778899AABBCCDDEEFF0102030405060708090A0B0C0D0E0F00";

Bytes Master(std::size_t bytes) { return ToBytes(ByteView(Hex(kMaster)).first(bytes)); }

// AN10922, 2.2.1 to 2.4.1 and the TDEA examples, before the key version is put in; AN10957.
TEST(An10922Test, PublishedExamples) {
  const struct {
    An10922Cipher cipher;
    Bytes master;
    const char* input;
    const char* key;
  } cases[] = {
      {kAes128, Master(16), "04782E21801D803042F54E585020416275",
       "A8DD63A3B89D54B37CA802473FDA9175"},
      {kAes192, Master(24), "04782E21801D803042F54E585020416275",
       "CE39C8E1CD82D9A7BEDBE9D74AF59B23176755EE7586E12C"},
      {kAes256, Master(32), "04782E21801D803042F54E585020416275",
       "4FC6EEC820B4C54314990B8611662DB695E7880982C0001E6067488346100AED"},
      {k2Tdea, Master(16), "04782E21801D803042F54E58502041", "16F8597C9E8910C86B9648D006107DD7"},
      {k3Tdea, Master(24), "04782E21801D803042F54E5850",
       "2F0DD03675D3FB9A5705AB0BDA91CA0B55B8E07FCDBF10EC"},
      {kAes128, Hex("F3F9377698707B688EAF84ABE39E3791"), "04DEADBEEFFEED",
       "0BB408BAFF98B6EE9F2E1585777F6A51"},
  };
  for (const auto& c : cases) {
    const auto key = DiversifyAn10922(c.cipher, c.master, Hex(c.input));
    ASSERT_TRUE(key.ok()) << key.error().ToString();
    EXPECT_EQ(ToHex(key->view()), c.key);
  }
}

// 16 bytes with the constant fill one block, but AN10922 pads them to two, so it is no plain CMAC.
TEST(An10922Test, ShortInputsArePaddedToTwoBlocks) {
  const BlockCipher cipher(CipherKind::kAes, Master(16));
  for (std::size_t size = 1; size <= 31; ++size) {
    Bytes message(1 + size, 0x77);
    message[0] = 0x01;
    const auto key = DiversifyAn10922(kAes128, Master(16), ByteView(message).subspan(1));
    ASSERT_TRUE(key.ok());
    const bool plain = EqualConstantTime(key->view(), Cmac(cipher, message).view());
    EXPECT_EQ(plain, size > 15) << size;
  }
}

TEST(An10922Test, LengthsAreChecked) {
  const struct {
    An10922Cipher cipher;
    std::size_t master;
    std::size_t most;
  } cases[] = {
      {kAes128, 16, 31}, {kAes192, 24, 31}, {kAes256, 32, 31}, {k2Tdea, 16, 15}, {k3Tdea, 24, 15}};
  for (const auto& c : cases) {
    for (std::size_t size = 0; size <= 40; ++size) {
      const auto key = DiversifyAn10922(c.cipher, Master(c.master), Bytes(size));
      ASSERT_EQ(key.ok(), size >= 1 && size <= c.most) << size;
      if (key.ok()) {
        EXPECT_EQ(key->size(), c.master);
      } else {
        EXPECT_TRUE(key.error().Is(errors::kDiversificationInput));
      }
    }
    for (std::size_t size = 0; size <= 32; ++size) {
      const auto key = DiversifyAn10922(c.cipher, Master(size), Bytes(1));
      ASSERT_EQ(key.ok(), size == c.master) << size;
      EXPECT_TRUE(key.ok() || key.error().Is(errors::kKeyLength));
    }
  }
}

}  // namespace
}  // namespace plaza::emv
