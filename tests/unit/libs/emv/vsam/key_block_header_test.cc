#include "libs/emv/vsam/key_block_header.h"

#include <gtest/gtest.h>

#include "libs/emv/errors.h"

namespace plaza::emv {
namespace {

// A header's text with its length field put right, and what follows it.
std::string Block(std::string head, std::size_t rest) {
  const std::string length = std::to_string(head.size() + rest);
  head.replace(1, 4, std::string(4 - length.size(), '0') + length);
  return head + std::string(rest, '0');
}

std::string ReasonOf(const std::string& block) {
  const auto parsed = ParseKeyBlockHeader(block);
  return parsed.ok() ? "" : std::string(parsed.error().reason());
}

TEST(KeyBlockHeaderTest, FieldsAreRead) {
  const auto parsed =
      ParseKeyBlockHeader(Block("B0000B0TX12S0220KS1800604B120F9292800000PB0800 ~", 64));
  ASSERT_TRUE(parsed.ok()) << parsed.error().ToString();
  const KeyBlockHeader expected{.version = 'B',
                                .usage = "B0",
                                .algorithm = 'T',
                                .mode = 'X',
                                .version_number = "12",
                                .exportability = 'S',
                                .context = '2',
                                .optional_blocks = {{"KS", "00604B120F9292800000"}}};
  EXPECT_EQ(parsed->header, expected);
  EXPECT_EQ(parsed->size, 48U);
  EXPECT_EQ(parsed->version.mac_bytes, 8U);
}

TEST(KeyBlockHeaderTest, ExtendedLengthsAreRead) {
  for (const char* optional : {"KS000114ABCDEFGHIJKL", "KS00020016ABCDEFGHIJKL"}) {
    std::string head = std::string("D0000P0AE00E0200") + optional;
    const std::size_t fill = 48 - head.size();
    head += std::string("PB") + (fill < 16 ? "0" : "1") + "0123456789ABCDEF"[fill % 16] +
            std::string(fill - 4, 'x');
    const auto parsed = ParseKeyBlockHeader(Block(head, 96));
    ASSERT_TRUE(parsed.ok()) << parsed.error().ToString();
    EXPECT_EQ(parsed->header.optional_blocks, (std::vector<OptionalBlock>{{"KS", "ABCDEFGHIJKL"}}));
  }
}

TEST(KeyBlockHeaderTest, BadOptionalBlocksAreRefused) {
  for (const char* optionals : {
           "01 K",                    // nothing that is an id
           "01KS",                    // no length
           "01KS1",                   // half a length
           "01KSG0ABCD",              // no hex
           "01KS1aABCD",              // lower case
           "01KS03",                  // shorter than id and length
           "01KS0CABCDEFG",           // beyond what there is
           "01KS00",                  // no extended length
           "01KS0000",                // an extended length of nothing
           "01KS0005000000000FABCD",  // of too much
           "01KS000107",              // shorter than its head
           "01KS0002FFFF",            // beyond
           "01KS0800\x01\x02",        // not printable
           "01K*080000",              // id
           "01KS0700000",             // not a multiple of 8
           "02PB080000KS080000",      // PB is not the last
           "02KS080000KS080001",      // twice
           "02KS080000",              // fewer than said
       }) {
    const std::string text = optionals;
    const std::string head = "B0000B0TX12S" + text.substr(0, 2) + "00" + text.substr(2);
    EXPECT_EQ(ReasonOf(Block(head, 0)), "KEY_BLOCK_OPTIONAL") << optionals;
  }
}

TEST(KeyBlockHeaderTest, EveryFixedFieldIsChecked) {
  const std::string good = Block("D0000P0AE00E0000", 96);
  EXPECT_EQ(ReasonOf(good), "");
  for (std::size_t i = 0; i < 16; ++i) {
    std::string bad = good;
    bad[i] = '\x7F';
    EXPECT_EQ(ReasonOf(bad), i == 0  ? "KEY_BLOCK_VERSION"
                             : i < 5 ? "KEY_BLOCK_LENGTH"
                                     : "KEY_BLOCK_HEADER")
        << i;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(ReasonOf(good.substr(0, size)), "KEY_BLOCK_LENGTH") << size;
  }
}

TEST(KeyBlockHeaderTest, PaddingFillsTheCipherBlock) {
  for (const char version : {'B', 'D', 'E'}) {
    for (std::size_t size = 0; size < 600; ++size) {
      KeyBlockHeader header{.version = version};
      header.optional_blocks.push_back({"AB", std::string(size, '!')});
      const auto text = EncodeKeyBlockHeader(header, 96);
      ASSERT_TRUE(text.ok()) << text.error().ToString();
      EXPECT_EQ(text->size() % (version == 'B' ? 8 : 16), 0U);
      const auto parsed = ParseKeyBlockHeader(*text + std::string(96, '0'));
      ASSERT_TRUE(parsed.ok());
      EXPECT_EQ(parsed->header, header);
      EXPECT_EQ(parsed->size, text->size());
    }
  }
}

TEST(KeyBlockHeaderTest, WhatCouldNotBeReadIsNotWritten) {
  const auto reason = [](const KeyBlockHeader& header) {
    const auto text = EncodeKeyBlockHeader(header, 96);
    return text.ok() ? "" : std::string(text.error().reason());
  };
  EXPECT_EQ(reason({}), "");
  EXPECT_EQ(reason({.version = 'F'}), "KEY_BLOCK_VERSION");
  EXPECT_EQ(reason({.usage = "P00"}), "KEY_BLOCK_HEADER");
  EXPECT_EQ(reason({.algorithm = '*'}), "KEY_BLOCK_HEADER");
  EXPECT_EQ(reason({.version_number = "-1"}), "KEY_BLOCK_HEADER");
  EXPECT_EQ(reason({.exportability = 'Y'}), "KEY_BLOCK_HEADER");
  EXPECT_EQ(reason({.context = '3'}), "KEY_BLOCK_HEADER");
  EXPECT_EQ(reason({.optional_blocks = {{"PB", ""}}}), "KEY_BLOCK_OPTIONAL");
  EXPECT_EQ(reason({.optional_blocks = {{"K", ""}}}), "KEY_BLOCK_OPTIONAL");
  EXPECT_EQ(reason({.optional_blocks = {{"KS", "\n"}}}), "KEY_BLOCK_OPTIONAL");
  EXPECT_EQ(reason({.optional_blocks = {{"KS", ""}, {"KS", ""}}}), "KEY_BLOCK_OPTIONAL");
  EXPECT_EQ(reason({.optional_blocks = {{"KS", std::string(9990, '0')}}}), "KEY_BLOCK_LENGTH");
  KeyBlockHeader many;
  for (int i = 0; i < 100; ++i) {
    many.optional_blocks.push_back(
        {std::string(1, static_cast<char>('A' + i / 10)) + std::to_string(i % 10), "0123456789AB"});
  }
  EXPECT_EQ(reason(many), "KEY_BLOCK_LENGTH");
  many.optional_blocks.pop_back();
  EXPECT_EQ(reason(many), "");
}

TEST(KeyBlockHeaderTest, AKeyIsOnlyForWhatItsHeaderSays) {
  const KeyBlockHeader key{.usage = "D0", .algorithm = 'A', .mode = 'B', .exportability = 'N'};
  const auto reason = [](const KeyBlockHeader& header, const KeyUse& use) {
    const auto checked = CheckKeyUse(header, use);
    return checked.ok() ? "" : std::string(checked.error().reason());
  };
  EXPECT_EQ(reason(key, {"D0", 'A', 'E'}), "");
  EXPECT_EQ(reason(key, {"D0", 'A', 'D'}), "");
  EXPECT_EQ(reason(key, {"P0", 'A', 'E'}), "KEY_BLOCK_USAGE");
  EXPECT_EQ(reason(key, {"D0", 'T', 'E'}), "KEY_BLOCK_ALGORITHM");
  EXPECT_EQ(reason(key, {"D0", 'A', 'G'}), "KEY_BLOCK_MODE");
  EXPECT_EQ(reason(key, {"D0", 'A', 'E', true}), "KEY_BLOCK_EXPORTABILITY");
  KeyBlockHeader other = key;
  other.exportability = 'E';
  EXPECT_EQ(reason(other, {"D0", 'A', 'E', true}), "");
  const struct {
    char mode;
    std::string allowed;
  } modes[] = {{'N', "BCDEGNSTVXY"}, {'B', "BDE"}, {'C', "CGV"}, {'T', "TSD"},
               {'E', "E"},           {'D', "D"},   {'G', "G"},   {'V', "V"},
               {'S', "S"},           {'X', "X"},   {'Y', "Y"}};
  for (const auto& m : modes) {
    other.mode = m.mode;
    for (const char wanted : std::string("BCDEGNSTVXY")) {
      EXPECT_EQ(reason(other, {"D0", 'A', wanted}).empty(),
                m.allowed.find(wanted) != std::string::npos)
          << m.mode << wanted;
    }
  }
}

}  // namespace
}  // namespace plaza::emv
