#include "services/vault/core/card.h"

#include <gmock/gmock.h>

#include "services/vault/errors.h"
#include "tests/unit/services/vault/test_pan.h"

namespace plaza::vault {
namespace {

Bytes Tlv(std::initializer_list<std::pair<emv::Tag, std::string>> objects) {
  Bytes out;
  for (const auto& [tag, text] : objects) emv::AppendTlv(out, tag, Packed(text));
  return out;
}

TEST(CardTest, ReadsWhatAValidatorSeals) {
  for (const std::size_t length : {13u, 15u, 16u, 19u}) {
    const std::string pan = TestPan("476173", 1234, length);
    const auto card = ParseCardData(CardTlv(pan, "310531"));
    ASSERT_TRUE(card.ok()) << length << ": " << card.error().ToString();
    EXPECT_EQ(card->pan(), pan);
    EXPECT_EQ(ExpiryText(*card), "2031-05");
  }
}

TEST(CardTest, RefusesWhatIsNoCardAndNeverQuotesIt) {
  const std::string pan = TestPan("476173", 1);
  const std::string other = TestPan("476173", 2);
  struct Case {
    const char* name;
    Bytes tlv;
    const char* reason;
    const char* where;
  };
  for (const Case& c : {
           Case{"nothing", {}, "BAD_CARD_DATA", "5A"},
           Case{"no PAN", Tlv({{0x5F24, "310531"}}), "BAD_CARD_DATA", "5A"},
           Case{"short PAN", Tlv({{0x5A, "47617300001"}, {0x5F24, "310531"}}), "BAD_CARD_DATA",
                "5A"},
           Case{"long PAN", Tlv({{0x5A, pan + "0000"}, {0x5F24, "310531"}}), "BAD_CARD_DATA", "5A"},
           Case{"letters in the PAN", Tlv({{0x5A, "4761730000A01230"}, {0x5F24, "310531"}}),
                "BAD_CARD_DATA", "5A"},
           Case{"digits after the filler", Tlv({{0x5A, pan + "F1"}, {0x5F24, "310531"}}),
                "BAD_CARD_DATA", "5A"},
           Case{"no expiry", Tlv({{0x5A, pan}}), "BAD_CARD_DATA", "5F24"},
           Case{"month 13", Tlv({{0x5A, pan}, {0x5F24, "311331"}}), "BAD_CARD_DATA", "5F24"},
           Case{"short expiry", Tlv({{0x5A, pan}, {0x5F24, "3105"}}), "BAD_CARD_DATA", "5F24"},
           Case{"letters in the expiry", Tlv({{0x5A, pan}, {0x5F24, "31053A"}}), "BAD_CARD_DATA",
                "5F24"},
           Case{"track 2 of another card",
                Tlv({{0x5A, pan}, {0x5F24, "310531"}, {0x57, other + "D31052010000"}}),
                "BAD_CARD_DATA", "57"},
           Case{"track 2 without a separator", Tlv({{0x5A, pan}, {0x5F24, "310531"}, {0x57, pan}}),
                "BAD_CARD_DATA", "57"},
           Case{"cut off", Bytes{0x5A, 0x08, 0x47}, "BAD_TLV", nullptr},
       }) {
    const auto card = ParseCardData(c.tlv);
    ASSERT_FALSE(card.ok()) << c.name;
    EXPECT_EQ(card.error().reason(), c.reason) << c.name;
    if (c.where != nullptr) {
      EXPECT_EQ(card.error().where(), c.where) << c.name;
    }
    EXPECT_THAT(card.error().ToString(), ::testing::Not(::testing::HasSubstr("4761"))) << c.name;
  }
}

TEST(CardTest, AMovedCardIsEmpty) {
  auto parsed = ParseCardData(CardTlv(TestPan("476173", 7)));
  ASSERT_TRUE(parsed.ok());
  CardData card = std::move(*parsed);
  EXPECT_EQ(parsed->pan(), "");
  EXPECT_EQ(card.pan(), TestPan("476173", 7));
}

TEST(CardTest, ShowsSixAndFour) {
  const std::string pan = TestPan("476173", 1234);
  EXPECT_EQ(MaskPan(pan), "476173******" + pan.substr(12));
  EXPECT_EQ(MaskPan("4761730012345"), "476173***2345");
  EXPECT_EQ(MaskPan("47617301234"), "***********");  // too short to hide anything in between
  EXPECT_EQ(MaskPan(""), "");
}

TEST(CardTest, NamesTheScheme) {
  for (const auto& [pan, scheme] : std::initializer_list<std::pair<const char*, const char*>>{
           {"4761730000000000", "visa"},
           {"5413330000000000", "mastercard"},
           {"2221000000000000", "mastercard"},
           {"2720990000000000", "mastercard"},
           {"2721000000000000", "other"},
           {"374245000000000", "amex"},
           {"5062000000000000", "carnet"},
           {"2869000000000000", "carnet"},
           {"6011000000000000", "other"},
           {"", "other"}}) {
    EXPECT_EQ(SchemeOf(pan), scheme) << pan;
  }
}

TEST(CardTest, OnlyAuthenticatedTapsTeach) {
  EXPECT_TRUE(TeachesCard(emv::Decision::kAccepted, emv::Reason::kNone));
  for (int reason = 0; reason <= 8; ++reason) {
    const bool expected = reason == 4 || reason == 5;  // deny-listed, passed back
    EXPECT_EQ(TeachesCard(emv::Decision::kDenied, static_cast<emv::Reason>(reason)), expected)
        << reason;
  }
}

}  // namespace
}  // namespace plaza::vault
