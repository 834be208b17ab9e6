// Known answers; whole cryptograms are in tests/vectors/emv/arqc.jsonl.
#include "libs/emv/crypto/cryptogram.h"

#include <gmock/gmock.h>

#include "libs/base/hex.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;

TripleDesKey Key(std::string_view hex) {
  const Bytes bytes = Hex(hex);
  TripleDesKey key{};
  std::copy_n(bytes.begin(), key.size(), key.begin());
  return key;
}
const TripleDesKey kMaster = Key("0123456789ABCDEFFEDCBA9876543210");

// Source: the published examples of pyemv's documentation (kd.py).
TEST(CryptogramTest, CardKeys) {
  constexpr std::string_view kLongPan = "12345678901234567";
  EXPECT_EQ(ToHex(DeriveCardKey(kMaster, kLongPan, 0x01, CardKeyDerivation::kOptionA)),
            "73AD54688CEF2934B0979857E3C719F1");
  EXPECT_EQ(ToHex(DeriveCardKey(kMaster, kLongPan, 0x01, CardKeyDerivation::kOptionB)),
            "AD406D7F6D7570916D75E5DCAB8CF737");
  for (const std::string_view pan : {"47617390", "4761739001010010"}) {
    EXPECT_EQ(DeriveCardKey(kMaster, pan, 0x01, CardKeyDerivation::kOptionA),
              DeriveCardKey(kMaster, pan, 0x01, CardKeyDerivation::kOptionB));
  }
}

TEST(CryptogramTest, SessionKeys) {
  EXPECT_EQ(ToHex(DeriveCommonSessionKey(kMaster, {0x00, 0x1C})),
            "E9FB384AF807B940FEDCEA613461B0C4");
  EXPECT_EQ(DeriveMastercardSessionKey(kMaster, {0x00, 0x1C}, {}),
            DeriveCommonSessionKey(kMaster, {0x00, 0x1C}));
  EXPECT_NE(DeriveMastercardSessionKey(kMaster, {0x00, 0x1C}, {0, 0, 0, 1}),
            DeriveCommonSessionKey(kMaster, {0x00, 0x1C}));
}

// One block of zeros padded: DES (FIPS 46, key 0123456789ABCDEF, "Now is t") known answer.
TEST(CryptogramTest, AMacOfOneBlockUnderEqualHalvesIsDes) {
  const TripleDesKey single = Key("0123456789ABCDEF0123456789ABCDEF");
  EXPECT_EQ(ToHex(RetailMac(single, AsBytes("Now is t"), MacPadding::kZeros)), "3FA40E8A984D4815");
  EXPECT_EQ(RetailMac(single, Hex("00"), MacPadding::kZeros),
            RetailMac(single, Hex(""), MacPadding::kZeros));
  EXPECT_NE(RetailMac(single, Hex("00"), MacPadding::kIso9797Method2),
            RetailMac(single, Hex(""), MacPadding::kIso9797Method2));
}

TEST(CryptogramTest, Schemes) {
  EXPECT_EQ(FindCryptogramScheme("visa-cvn18")->name, "visa-cvn18");
  EXPECT_EQ(FindCryptogramScheme("visa-cvn99"), nullptr);
}

}  // namespace
}  // namespace plaza::emv
