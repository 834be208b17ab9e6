#include "libs/emv/vsam/vsam.h"

#include <gmock/gmock.h>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;

Key256 Fill(std::uint8_t octet) {
  Key256 key{};
  key.fill(octet);
  return key;
}

std::unique_ptr<Vsam> Make() {
  return MakeSoftwareVsam({.validator_id = "GDL-0001",
                           .token_epoch = 2,
                           .token_key = Fill(1),
                           .mac_key = Fill(2),
                           .data_key = Fill(3)});
}

// Computed with Python's hmac and hashlib.
TEST(VsamTest, KnownAnswers) {
  EXPECT_EQ(ToHex(Make()->Tokenise("4761739001010010")),
            "605C231BCAA9B9AF6E21BCC4DEDA50FE79F4609D7EDE26ACB2374F3C4FF01325");
  EXPECT_EQ(ToHex(DeriveMacKey(Fill(7), "GDL-0001")),
            "F9110A18957E7CEAC9B4B45FF3890C5FC9C179508CBD7E3FDF611F3FFAF199C1");
  EXPECT_EQ(ToHex(DeriveDataKey(Fill(7), "GDL-0001")),
            "A9A13D36D17E29E039D995C1CDEA66E846BE458CA251105DC0A7FA18740BF6D9");
  EXPECT_EQ(ToHex(Make()->Sign(AsBytes("tap"))), "62650048A4D865B248FBA6C128034166");
}

TEST(VsamTest, AMacHoldsForItsKeyAndData) {
  const auto vsam = Make();
  const Bytes data = Hex("010203");
  const Mac mac = vsam->Sign(data);
  const MacKey key(Fill(2));
  EXPECT_TRUE(key.Verify(data, mac));
  EXPECT_TRUE(VerifyMac(Fill(2), data, mac));
  EXPECT_FALSE(VerifyMac(Fill(9), data, mac));
  EXPECT_FALSE(key.Verify(Hex("010204"), mac));
  for (std::size_t bit = 0; bit < mac.size() * 8; ++bit) {
    Mac changed = mac;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(key.Verify(data, changed));
  }
}

TEST(VsamTest, ASealOpensOnlyForItsTap) {
  const Bytes card = Hex("5A084761739001010010");
  const Bytes sealed = Make()->Seal(5, card);
  EXPECT_EQ(*OpenSealed(Fill(3), "GDL-0001", 5, sealed), card);
  for (const auto& opened :
       {OpenSealed(Fill(4), "GDL-0001", 5, sealed), OpenSealed(Fill(3), "GDL-0002", 5, sealed),
        OpenSealed(Fill(3), "GDL-0001", 6, sealed), OpenSealed(Fill(3), "GDL-0001", 5, {})}) {
    ASSERT_FALSE(opened.ok());
    EXPECT_TRUE(opened.error().Is(errors::kSealBroken));
  }
  EXPECT_NE(Make()->Seal(6, card), sealed);
}

}  // namespace
}  // namespace plaza::emv
