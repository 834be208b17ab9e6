// The outcome of each failure is in tests/vectors/emv/oda.jsonl; here is what a table of inputs
// does not show: the cache, and certificates of our own test CA.
#include "libs/emv/oda/oda.h"

#include <gmock/gmock.h>

#include "libs/emv/kernel3/kernel3.h"
#include "libs/emv/limits.h"
#include "libs/emv/oda/issuer_key_cache.h"
#include "libs/emv/oda/pan.h"
#include "libs/emv/oda/reasons.h"
#include "tests/support/emv/test_card.h"

namespace plaza::emv {
namespace {

using test::Hex;

class OdaTest : public ::testing::Test {
 protected:
  OdaTest() {
    EXPECT_TRUE(terminal_.Add(tag::kUnpredictableNumber, Hex("38393031"), Source::kTerminal));
    EXPECT_TRUE(terminal_.Add(tag::kAmount, Hex("000000001100"), Source::kTerminal));
    EXPECT_TRUE(terminal_.Add(tag::kCurrency, Hex("0484"), Source::kTerminal));
    test::TestCard card{test::TestCardSpec{}};
    const auto fci = Exchange(card, SelectByName(aid_));
    auto outcome = RunKernel3(
        card,
        {.aid = aid_, .fci = fci->data, .terminal = &terminal_, .capks = &capks_, .date = date_});
    EXPECT_TRUE(outcome.ok());
    card_ = std::move(outcome->data);
    static_data_ = outcome->static_data;
    input_.date = date_;
    input_.aid = aid_;
    input_.capks = &capks_;
    input_.card = &card_;
    input_.terminal = &terminal_;
    input_.static_data = static_data_;
  }

  const Bytes aid_ = Hex("A0000000031010");
  const Date date_ = *Date::FromCivil(2026, 11, 23);
  CapkTable capks_ = test::TestCapks(test::Keys().ca);
  DataElements terminal_;
  DataElements card_;
  Bytes static_data_;
  OdaInput input_;
};

TEST_F(OdaTest, RecoversTheKeysOfTheTestCa) {
  const OdaOutcome outcome = AuthenticateOffline(input_);
  EXPECT_EQ(outcome.result, OdaResult::kPassed) << outcome.reason;
  EXPECT_EQ(outcome.issuer_key->modulus, test::Keys().issuer.modulus());
  EXPECT_EQ(outcome.icc_key->modulus, test::Keys().icc.modulus());
  EXPECT_EQ(outcome.signed_data_format, 0x95);
}

TEST_F(OdaTest, ACachedIssuerKeyGivesTheSameOutcome) {
  IssuerKeyCache cache;
  input_.issuer_keys = &cache;
  EXPECT_EQ(AuthenticateOffline(input_).result, OdaResult::kPassed);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(AuthenticateOffline(input_).result, OdaResult::kPassed);
  EXPECT_EQ(cache.size(), 1u);
}

// What changes from day to day is checked each time, cached or not.
TEST_F(OdaTest, ACachedIssuerKeyStillExpiresAndIsRevoked) {
  IssuerKeyCache cache;
  input_.issuer_keys = &cache;
  EXPECT_EQ(AuthenticateOffline(input_).result, OdaResult::kPassed);
  input_.date = *Date::FromCivil(2031, 1, 1);
  EXPECT_EQ(AuthenticateOffline(input_).reason, oda_reason::kIssuerCertificateExpired);
  input_.date = date_;
  capks_.Revoke(test::kTestRid, test::kTestIndex, {0x00, 0x00, 0x01});
  EXPECT_EQ(AuthenticateOffline(input_).reason, oda_reason::kIssuerCertificateRevoked);
}

TEST_F(OdaTest, AnotherCaKeyOfTheSameIndexIsNotTheCachedOne) {
  IssuerKeyCache cache;
  input_.issuer_keys = &cache;
  EXPECT_EQ(AuthenticateOffline(input_).result, OdaResult::kPassed);
  const auto other = RsaPrivateKey::Generate(1408, 3);
  ASSERT_TRUE(
      capks_.Add({test::kTestRid, test::kTestIndex, other->modulus(), other->exponent(), {}}).ok());
  EXPECT_EQ(AuthenticateOffline(input_).result, OdaResult::kFailed);
}

// Every bit of what is signed matters.
TEST_F(OdaTest, NoChangedBitPasses) {
  for (const Tag tag : {tag::kIssuerCertificate, tag::kIccCertificate, tag::kSignedDynamicData,
                        tag::kCardAuthData, tag::kPan, tag::kIssuerExponent, tag::kIccExponent}) {
    const Bytes good = ToBytes(card_.Get(tag));
    const std::size_t stride = std::max<std::size_t>(1, good.size() / 4);
    for (std::size_t at = 0; at < good.size(); at += stride) {
      DataElements card;
      for (std::size_t i = 0; i < card_.size(); ++i) {
        Bytes value = ToBytes(card_.value_at(i));
        if (card_.tag_at(i) == tag) value[at] ^= 0x01;
        ASSERT_TRUE(card.Add(card_.tag_at(i), value, Source::kCard));
      }
      input_.card = &card;
      EXPECT_EQ(AuthenticateOffline(input_).result, OdaResult::kFailed)
          << TagText(tag) << " " << at;
    }
  }
}

TEST(IssuerKeyCacheTest, IsBounded) {
  IssuerKeyCache cache;
  const auto& keys = test::Keys();
  const CaKey ca{test::kTestRid, 1, keys.ca.modulus(), keys.ca.exponent(), {}};
  const auto part = [](std::size_t n) {
    return Bytes{static_cast<std::uint8_t>(n), static_cast<std::uint8_t>(n >> 8)};
  };
  for (std::size_t n = 0; n < kIssuerKeysCachedMax + 3; ++n) {
    auto key = RsaPublicKey::Make(keys.issuer.modulus(), keys.issuer.exponent());
    cache.Keep(ca, {part(n), {}, {}}, {{}, {}, {}, std::move(key).value()});
  }
  EXPECT_EQ(cache.size(), kIssuerKeysCachedMax);
  EXPECT_EQ(cache.Find(ca, {part(2), {}, {}}), nullptr);
  EXPECT_NE(cache.Find(ca, {part(3), {}, {}}), nullptr);
}

TEST(PanTest, Compressed) {
  for (const auto& [hex, digits] : {std::pair{"4761739001010010", "4761739001010010"},
                                    {"476173900101001F", "476173900101001"},
                                    {"47617390FFFFFFFF", "47617390"},
                                    {"4761739001010010123F", "4761739001010010123"},
                                    {"47617390010100101234", ""},  // 20 digits
                                    {"476173FF", ""},              // too few
                                    {"4761F39001010010", ""},      // a digit after padding
                                    {"47617A9001010010", ""},
                                    {"", ""}}) {
    const auto pan = Pan::FromCompressed(Hex(hex));
    EXPECT_EQ(pan ? pan->digits() : "", digits) << hex;
  }
}

TEST(PanTest, Track2) {
  for (const auto& [hex, digits] :
       {std::pair{"4761739001010010D29122010000000000", "4761739001010010"},
        {"476173900101001D291220100000000F", "476173900101001"},
        {"4761739001010010", ""},  // no separator
        {"476173D0", ""},
        {"4761739F01010010D2912201", ""}}) {
    const auto pan = Pan::FromTrack2(Hex(hex));
    EXPECT_EQ(pan ? pan->digits() : "", digits) << hex;
  }
}

TEST(CapkTest, ReplacesExpiresAndRefuses) {
  CapkTable table = test::TestCapks(test::Keys().ca);
  const Date today = *Date::FromCivil(2026, 11, 23);
  EXPECT_NE(table.Find(test::kTestRid, test::kTestIndex, today), nullptr);
  EXPECT_EQ(table.Find(test::kTestRid, 0x93, today), nullptr);
  ASSERT_TRUE(
      table.Add({test::kTestRid, test::kTestIndex, test::Keys().ca.modulus(), {0x00, 0x03}, today})
          .ok());
  EXPECT_EQ(table.keys().size(), 4u);  // as many as before
  EXPECT_EQ(table.keys()[0].exponent, Bytes{0x03});
  EXPECT_NE(table.Find(test::kTestRid, test::kTestIndex, today), nullptr);
  EXPECT_EQ(table.Find(test::kTestRid, test::kTestIndex, today + 1), nullptr);
  EXPECT_FALSE(table.Add({test::kTestRid, 1, Bytes(64, 0xFE), {0x03}, {}}).ok());
}

}  // namespace
}  // namespace plaza::emv
