#include "apps/citysim/cards/card.h"

#include <gtest/gtest.h>

#include <set>

#include "apps/citysim/cards/limits.h"
#include "libs/base/hex.h"
#include "tests/unit/apps/validator/gate_fixture.h"

namespace plaza::citysim {
namespace {

using testing::Scheme;
using testing::Spec;

TEST(PanTest, IsLuhnValidAndNeverTheSameTwice) {
  std::set<std::string> seen;
  for (std::uint64_t account = 0; account < 5000; ++account) {
    for (const Issuer issuer : {Issuer::kPlastic, Issuer::kPhone}) {
      const std::string pan = PanOf(42, account, issuer);
      EXPECT_EQ(pan.size(), 16U);
      EXPECT_TRUE(LuhnValid(pan)) << account;
      EXPECT_TRUE(pan.starts_with(IssuerBin(issuer)));
      EXPECT_TRUE(seen.insert(pan).second) << account;
    }
  }
  EXPECT_EQ(PanOf(42, 7, Issuer::kPlastic), PanOf(42, 7, Issuer::kPlastic));
  EXPECT_NE(PanOf(42, 7, Issuer::kPlastic), PanOf(43, 7, Issuer::kPlastic));
  EXPECT_FALSE(LuhnValid("4761730000000000"));
  EXPECT_TRUE(LuhnValid("4111111111111111"));
}

TEST(ParTest, FollowsFromTheAccountDigitsAlone) {
  const std::string card = PanOf(1, 9, Issuer::kPlastic);
  const std::string phone = PanOf(1, 9, Issuer::kPhone);
  EXPECT_EQ(TestPar(card), TestPar(phone));
  EXPECT_NE(TestPar(card), TestPar(PanOf(1, 10, Issuer::kPlastic)));
  EXPECT_EQ(TestPar(card).size(), 29U);
  EXPECT_TRUE(TestPar(card).starts_with("V0010013"));
  // SHA-256 of "plaza test par 123456789", by base32: computed apart (Python hashlib and base64).
  EXPECT_EQ(TestPar("4761731234567890"), "V0010013A63PTTJSCOXNHKRC3HOAD");
}

class CardTapTest : public ::testing::Test {
 protected:
  std::string Send(CardTap& tap, std::string_view hex) {
    const auto command = FromHex(hex);
    EXPECT_TRUE(command.ok());
    const auto answer = tap.Transmit(*command);
    EXPECT_TRUE(answer.ok());
    return ToHex(*answer);
  }
  CardTap Tap(const Card& card) { return {card, 1, Scheme::Get().pki, *Scheme::Get().crypto}; }

  static constexpr const char* kSelectPpse = "00A404000E325041592E5359532E444446303100";
  static constexpr const char* kSelectVisa = "00A4040007A000000003101000";
  // TTQ 21800000, amount 11.00, Mexico, MXN, 2026-11-23, number 01020304.
  static constexpr const char* kOptions =
      "80A8000023832121800000000000001100000000000000048400000000000484261123000102030400";
};

TEST_F(CardTapTest, NamesItsApplicationAndAsksForTerminalData) {
  const Card card(Spec(CardKind::kGood));
  CardTap tap = Tap(card);
  const std::string directory = Send(tap, kSelectPpse);
  EXPECT_NE(directory.find("4F07A0000000031010"), std::string::npos);
  EXPECT_TRUE(directory.ends_with("9000"));
  const std::string fci = Send(tap, kSelectVisa);
  EXPECT_NE(fci.find("9F3818"), std::string::npos);
  EXPECT_TRUE(fci.ends_with("9000"));
}

TEST_F(CardTapTest, AnswersNothingBeforeItIsSelected) {
  const Card card(Spec(CardKind::kGood));
  CardTap tap = Tap(card);
  EXPECT_EQ(Send(tap, kOptions), "6985");
  EXPECT_EQ(Send(tap, "00B2011400"), "6985");
  EXPECT_EQ(Send(tap, "00A4040007A000000004101000"), "6A82");
  EXPECT_EQ(Send(tap, "00CA9F1700"), "6D00");
}

TEST_F(CardTapTest, GivesACryptogramAndASignature) {
  const Card card(Spec(CardKind::kGood));
  CardTap tap = Tap(card);
  Send(tap, kSelectVisa);
  EXPECT_EQ(Send(tap,
                 "80A80000028300"
                 "00"),
            "6700");
  const std::string answer = Send(tap, kOptions);
  EXPECT_TRUE(answer.ends_with("9000"));
  EXPECT_NE(answer.find("9F360200019F2701809F2608"), std::string::npos) << answer;
  EXPECT_NE(answer.find("9F4B8180"), std::string::npos) << answer;
  EXPECT_EQ(Send(tap, "00B2041400"), "6A83");
  EXPECT_NE(Send(tap, "00B2031400").find("9F6907"), std::string::npos);
  for (const char* record : {"00B2011400", "00B2021400", "00B2031400"}) {
    const std::string body = Send(tap, record);
    EXPECT_TRUE(body.ends_with("9000"));
    EXPECT_LE(body.size(), 2 * 258U);
  }
}

TEST_F(CardTapTest, SignsOnlyWhereTheReaderAsks) {
  const Card card(Spec(CardKind::kGood));
  CardTap tap = Tap(card);
  Send(tap, kSelectVisa);
  std::string options = kOptions;
  options.replace(options.find("2121800000") + 2, 2,
                  "20");  // TTQ without ODA for online authorisations
  EXPECT_EQ(Send(tap, options).find("9F4B"), std::string::npos);
}

TEST_F(CardTapTest, TheSameQuestionGetsTheSameCryptogram) {
  const Card card(Spec(CardKind::kGood));
  CardTap first = Tap(card);
  CardTap second = Tap(card);
  Send(first, kSelectVisa);
  Send(second, kSelectVisa);
  EXPECT_EQ(Send(first, kOptions), Send(second, kOptions));
}

TEST_F(CardTapTest, CertificatesAreNotSharedThoughKeysAre) {
  const Card a(Spec(CardKind::kGood, 2));
  const Card b(Spec(CardKind::kGood, 4));  // the same key of a pool of two
  CardTap first = Tap(a);
  CardTap second = Tap(b);
  Send(first, kSelectVisa);
  Send(second, kSelectVisa);
  EXPECT_NE(Send(first, "00B2031400"), Send(second, "00B2031400"));
}

}  // namespace
}  // namespace plaza::citysim
