#include "libs/emv/dol/dictionary.h"

#include <gmock/gmock.h>

#include <set>

#include "libs/base/hex.h"
#include "libs/emv/dol/dol.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;

TEST(DictionaryTest, RowsAreWhole) {
  EXPECT_GE(Dictionary().size(), 150u);
  std::set<std::pair<Tag, int>> seen;
  for (const DataElement& row : Dictionary()) {
    EXPECT_TRUE(seen.emplace(row.tag, row.kernel).second) << TagText(row.tag);
    EXPECT_FALSE(row.name.empty()) << TagText(row.tag);
    EXPECT_LE(row.least, row.most) << TagText(row.tag);
    EXPECT_TRUE(row.in_template == 0 || IsConstructed(row.in_template)) << TagText(row.tag);
    // What a terminal or an issuer makes is in no template of the card's.
    EXPECT_TRUE(row.origin == Origin::kCard || row.in_template == 0) << TagText(row.tag);
  }
}

TEST(DictionaryTest, ATagMayMeanAnotherThingToAnotherKernel) {
  struct Case {
    Tag tag;
    std::uint8_t kernel;
    const char* name;
  };
  for (const Case& c :
       {Case{0x9F6E, 2, "Third Party Data"}, Case{0x9F6E, 3, "Form Factor Indicator"},
        Case{0x9F6E, 4, "Enhanced Contactless Reader Capabilities"},
        Case{0x9F6E, kAnyKernel, "Form Factor Indicator"},
        Case{0x9F66, 7, "Terminal Transaction Qualifiers"}, Case{0x9F66, 2, "PUNATC (Track2)"},
        Case{0x9F5D, 2, "Application Capabilities Information"},
        Case{0x9F70, kAnyKernel, "Protected Data Envelope 1"},
        Case{0x5A, 4, "Application Primary Account Number"}}) {
    const DataElement* row = FindDataElement(c.tag, c.kernel);
    ASSERT_NE(row, nullptr) << TagText(c.tag);
    EXPECT_EQ(row->name, c.name);
  }
  EXPECT_EQ(FindDataElement(0x9F70, 7), nullptr);
  EXPECT_EQ(FindDataElement(0xDF7F), nullptr);
}

TEST(DictionaryTest, Lengths) {
  struct Case {
    Tag tag;
    std::size_t length;
    bool valid;
  };
  for (const Case& c : {Case{tag::kAip, 2, true}, Case{tag::kAip, 3, false},
                        Case{tag::kPan, 10, true}, Case{tag::kPan, 11, false},
                        Case{tag::kFormFactor, 3, false}, Case{tag::kFormFactor, 4, true},
                        Case{tag::kSdaTagList, 4000, true}, Case{0xDF7F, 4000, true}}) {
    EXPECT_EQ(HasValidLength(c.tag, c.length), c.valid) << TagText(c.tag) << " " << c.length;
  }
}

// One value, asked for shorter and longer, by each format's rule (Book 3, 5.4).
TEST(DictionaryTest, FormatsPadAndCut) {
  struct Case {
    Tag tag;
    std::uint8_t kernel;
    const char* shorter;
    const char* longer;
  };
  for (const Case& c : {Case{tag::kAmount, kAnyKernel, "56", "0000123456"},
                        Case{tag::kPan, kAnyKernel, "12", "123456FFFF"},
                        Case{tag::kMerchantName, kAnyKernel, "12", "1234560000"},
                        Case{0x5F55, kAnyKernel, "12", "1234560000"},
                        Case{tag::kPar, kAnyKernel, "12", "1234560000"},
                        Case{tag::kUnpredictableNumber, kAnyKernel, "12", "1234560000"},
                        Case{0x9F5D, 3, "56", "0000123456"}, Case{0x9F5D, 2, "12", "1234560000"},
                        Case{0xDF7F, kAnyKernel, "12", "1234560000"}}) {
    Bytes cut;
    AppendFitted(cut, c.tag, Hex("123456"), 1, c.kernel);
    EXPECT_EQ(ToHex(cut), c.shorter) << TagText(c.tag);
    Bytes padded;
    AppendFitted(padded, c.tag, Hex("123456"), 5, c.kernel);
    EXPECT_EQ(ToHex(padded), c.longer) << TagText(c.tag);
  }
}

}  // namespace
}  // namespace plaza::emv
