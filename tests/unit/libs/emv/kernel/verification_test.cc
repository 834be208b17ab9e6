#include "libs/emv/kernel/verification.h"

#include <gmock/gmock.h>

#include "libs/base/hex.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;
using Tags = std::vector<std::pair<Tag, const char*>>;

class VerificationTest : public ::testing::Test {
 protected:
  static DataElements Elements(const Tags& base, const Tags& changes) {
    DataElements out;
    for (const Tags* tags : {&base, &changes}) {
      for (const auto& [tag, value] : *tags) {
        EXPECT_TRUE(out.Put(tag, Hex(value), Source::kCard));
      }
    }
    return out;
  }

  Verification Of(const Tags& card_changes, const Tags& terminal_changes = {},
                  bool floor_limit_exceeded = false) const {
    const DataElements card = Elements(card_, card_changes);
    const DataElements terminal = Elements(terminal_, terminal_changes);
    KernelInput input;
    input.aid = aid_;
    input.terminal = &terminal;
    input.capks = &capks_;
    input.date = *Date::FromCivil(2026, 11, 23);
    input.floor_limit_exceeded = floor_limit_exceeded;
    return Verify(card, input);
  }

  const Bytes aid_ = Hex("A0000000041010");
  const CapkTable capks_ = test::TestCapks(test::Keys().ca);
  const Tags card_ = {
      {tag::kAip, "0180"},          {tag::kCapkIndex, "92"},      {tag::kIssuerCertificate, "00"},
      {tag::kIssuerExponent, "03"}, {tag::kIccCertificate, "00"}, {tag::kIccExponent, "03"},
      {tag::kExpiry, "291231"},     {tag::kEffective, "200101"},  {tag::kIssuerCountry, "0484"},
      {tag::kVersionCard, "0002"}};
  const Tags terminal_ = {{tag::kTerminalCapabilities, "000808"},
                          {tag::kTerminalCountry, "0484"},
                          {tag::kCurrency, "0484"},
                          {tag::kAmount, "000000001100"},
                          {tag::kVersionTerminal, "0002"}};
};

TEST_F(VerificationTest, TvrToTheBit) {
  struct Case {
    const char* name;
    Tags card;
    Tags terminal;
    bool floor;
    const char* tvr;
    bool cda;
  };
  for (const Case& c : {
           Case{"a good card", {}, {}, false, "0000000000", true},
           Case{"the card has no CDA", {{tag::kAip, "2080"}}, {}, false, "8000000000", false},
           Case{"the gate has no CDA",
                {},
                {{tag::kTerminalCapabilities, "000800"}},
                false,
                "8000000000",
                false},
           Case{"unknown CA key", {{tag::kCapkIndex, "93"}}, {}, false, "0400000000", true},
           Case{"expired yesterday", {{tag::kExpiry, "261122"}}, {}, false, "0040000000", true},
           Case{"expires today", {{tag::kExpiry, "261123"}}, {}, false, "0000000000", true},
           Case{"effective today", {{tag::kEffective, "261123"}}, {}, false, "0000000000", true},
           Case{"effective tomorrow", {{tag::kEffective, "261124"}}, {}, false, "0020000000", true},
           Case{"another version", {{tag::kVersionCard, "0003"}}, {}, false, "0080000000", true},
           Case{"all usage", {{tag::kUsageControl, "FF00"}}, {}, false, "0000000000", true},
           Case{"domestic services", {{tag::kUsageControl, "0900"}}, {}, false, "0000000000", true},
           Case{"ATMs only", {{tag::kUsageControl, "FE00"}}, {}, false, "0010000000", true},
           Case{"abroad only", {{tag::kUsageControl, "1500"}}, {}, false, "0010000000", true},
           Case{"abroad, and we are",
                {{tag::kUsageControl, "1500"}},
                {{tag::kTerminalCountry, "0840"}},
                false,
                "0000000000",
                true},
           Case{"above the floor limit", {}, {}, true, "0000008000", true},
           Case{"expired, above the floor limit",
                {{tag::kExpiry, "261122"}},
                {},
                true,
                "0040008000",
                true},
       }) {
    const Verification seen = Of(c.card, c.terminal, c.floor);
    EXPECT_EQ(ToHex(seen.tvr), c.tvr) << c.name;
    EXPECT_EQ(seen.cda, c.cda) << c.name;
  }
}

TEST_F(VerificationTest, MissingKeysOfTheCard) {
  for (const Tag missing : {tag::kCapkIndex, tag::kIssuerCertificate, tag::kIssuerExponent,
                            tag::kIccCertificate, tag::kIccExponent}) {
    Tags rest;
    for (const auto& element : card_) {
      if (element.first != missing) rest.push_back(element);
    }
    const DataElements card = Elements(rest, {});
    const DataElements terminal = Elements(terminal_, {});
    KernelInput input;
    input.aid = aid_;
    input.terminal = &terminal;
    input.capks = &capks_;
    input.date = *Date::FromCivil(2026, 11, 23);
    EXPECT_EQ(ToHex(Verify(card, input).tvr), "2400000000") << TagText(missing);
  }
}

// Book 3, 10.5: amounts X = 1000 and Y = 2000, then rules of two bytes.
TEST_F(VerificationTest, CvmResults) {
  constexpr const char* kFewAmounts = "000003E8000007D0";
  struct Case {
    const char* name;
    const char* rules;
    const char* results;
    const char* tvr;
  };
  for (const Case& c : {
           Case{"no CVM, always", "1F00", "1F0002", "0000000000"},
           Case{"no CVM, if supported", "1F03", "1F0302", "0000000000"},
           Case{"online PIN first, then none", "42001F00", "1F0002", "0000000000"},
           Case{"online PIN if supported, then none", "02031F03", "1F0302", "0000000000"},
           Case{"online PIN or fail", "02001F00", "020001", "0000800000"},
           Case{"signature, then nothing", "5E00", "3F0001", "0000800000"},
           Case{"for cash only", "1F01", "3F0001", "0000800000"},
           Case{"under X", "1F06", "3F0001", "0000800000"},
           Case{"over X", "1F07", "1F0702", "0000000000"},
           Case{"under Y", "1F08", "1F0802", "0000000000"},
           Case{"over Y", "1F09", "3F0001", "0000800000"},
           Case{"an unknown method, then none", "60001F00", "1F0002", "0000400000"},
           Case{"fail CVM processing", "00001F00", "000001", "0000800000"},
       }) {
    const std::string list = std::string(kFewAmounts) + c.rules;
    const Verification seen = Of(
        {{tag::kAip, "1180"}, {tag::kCvmList, list.c_str()}, {tag::kApplicationCurrency, "0484"}});
    EXPECT_EQ(ToHex(seen.cvm_results), c.results) << c.name;
    EXPECT_EQ(ToHex(seen.tvr), c.tvr) << c.name;
  }
  EXPECT_EQ(ToHex(Of({}).cvm_results), "3F0000");  // the card asks for none
  const Verification without_list = Of({{tag::kAip, "1180"}});
  EXPECT_EQ(ToHex(without_list.cvm_results), "3F0000");
  EXPECT_EQ(ToHex(without_list.tvr), "2000000000");
  const Verification other_currency = Of({{tag::kAip, "1180"},
                                          {tag::kCvmList, "000003E8000007D01F07"},
                                          {tag::kApplicationCurrency, "0840"}});
  EXPECT_EQ(ToHex(other_currency.cvm_results), "3F0001");
}

}  // namespace
}  // namespace plaza::emv
