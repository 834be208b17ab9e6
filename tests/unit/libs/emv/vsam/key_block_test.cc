#include "libs/emv/vsam/key_block.h"

#include <gtest/gtest.h>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/vsam/key_check.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;

struct Published {
  const char* kbpk;
  const char* block;
  const char* key;
};
// TR-31:2018, A.7; X9.143:2021, 8.2; ISO 20038:2017, B.2. More: tests/vectors/vsam.
constexpr Published kPublished[] = {
    {"89E88CF7931444F334BD7547FC3F380C",
     "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701",
     "F039121BEC83D26B169BDCD5B22AAF8F"},
    {"1D22BF32387C600AD97F9B97A51311AC",
     "B0104B0TX12S0100KS1800604B120F9292800000BB68BE8680A400D9191AD4ECE45B6E6C0D21C4738A52190E24871"
     "9"
     "E24B433627",
     "E8BC63E5479455E26577F715D587FE68"},
    {"B8ED59E0A279A295E9F5ED7944FD06B9",
     "C0096B0TX12S0100KS1800604B120F9292800000BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D021"
     "5"
     "5C",
     "EDB380DD340BC2620247D445F5B8D678"},
    {"E38331FBACE33F0B8694ABA5DC611CA20831949FEB8988102147291578F704E1",
     "D0192C0AVA1N0300KS08VM9ATS1A2018-06-18T20:42:39."
     "22PB0E00000000005FDAFA00A1E84F599C2EB51A1F7A76"
     "7D5E42314F0E84A3FC1A7B84C1DE81114659E6306AD544208F68F15602BD3E12DA0C7F9FC551F1C8E6385FAFC1F7B"
     "4"
     "99F5",
     "8C326037F8910BBFDBC267E5101DFBF9480433028D5E67B34673440F8ACEC972"},
    {"3235362D62697420414553207772617070696E67202849534F20323030333829",
     "E0084B0TV16N0000B2AE5E26BBA7F246E84D5EA24167E208A6B66EF2E27E55A52DB52F0AEACB94C57547",
     "777261707065642033444553206B6579"},
};

TEST(KeyBlockTest, PublishedBlocksOpen) {
  for (const Published& p : kPublished) {
    const auto opened = UnwrapKeyBlock(Hex(p.kbpk), p.block);
    ASSERT_TRUE(opened.ok()) << p.block << " " << opened.error().ToString();
    EXPECT_EQ(ToHex(opened->key.view()), p.key);
    EXPECT_EQ(opened->header.version, p.block[0]);
  }
}

// Exhaustive: each bit of each character of a block of every version.
TEST(KeyBlockTest, EverySingleBitFlipIsRefused) {
  for (const Published& p : kPublished) {
    const Bytes kbpk = Hex(p.kbpk);
    const std::string block = p.block;
    for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
      std::string changed = block;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
      EXPECT_FALSE(UnwrapKeyBlock(kbpk, changed).ok()) << changed;
    }
  }
}

TEST(KeyBlockTest, EveryCutAndEveryExtensionIsRefused) {
  for (const Published& p : kPublished) {
    const Bytes kbpk = Hex(p.kbpk);
    const std::string block = p.block;
    for (std::size_t size = 0; size < block.size(); ++size) {
      // Also with a length field that goes along.
      std::string cut = block.substr(0, size);
      EXPECT_FALSE(UnwrapKeyBlock(kbpk, cut).ok());
      if (size < 16) continue;
      const std::string length = std::to_string(size);
      cut.replace(1, 4, std::string(4 - length.size(), '0') + length);
      EXPECT_FALSE(UnwrapKeyBlock(kbpk, cut).ok()) << cut;
    }
    EXPECT_FALSE(UnwrapKeyBlock(kbpk, block + "0").ok());
  }
}

TEST(KeyBlockTest, FailuresHaveNames) {
  const Published& d = kPublished[3];
  const std::string block = d.block;
  const auto reason = [&](const std::string& text, const Bytes& kbpk) {
    const auto opened = UnwrapKeyBlock(kbpk, text);
    return opened.ok() ? "" : std::string(opened.error().reason());
  };
  const Bytes kbpk = Hex(d.kbpk);
  EXPECT_EQ(reason(block, kbpk), "");
  EXPECT_EQ(reason(block, Bytes(32)), "KEY_BLOCK_MAC");
  EXPECT_EQ(reason(block, Bytes(8)), "KEY_LENGTH");
  EXPECT_EQ(reason(kPublished[1].block, Bytes(8)), "KEY_LENGTH");
  EXPECT_EQ(reason(kPublished[1].block, Bytes(32)), "KEY_LENGTH");
  EXPECT_EQ(reason(block.substr(0, 191) + "f", kbpk), "KEY_BLOCK_HEX");
  EXPECT_EQ(reason("D0064" + block.substr(5, 59), kbpk), "KEY_BLOCK_LENGTH");
  EXPECT_EQ(reason("D0176" + block.substr(5, 171), kbpk), "KEY_BLOCK_LENGTH");
  EXPECT_EQ(reason("X" + block.substr(1), kbpk), "KEY_BLOCK_VERSION");
}

TEST(KeyBlockTest, WrappingRefusesWhatItCannotBind) {
  const auto reason = [](const KeyBlockHeader& header, std::size_t kbpk, std::size_t key,
                         std::size_t padding) {
    const auto block = WrapKeyBlock(Bytes(kbpk), header, Bytes(key), Bytes(padding));
    return block.ok() ? "" : std::string(block.error().reason());
  };
  EXPECT_EQ(reason({}, 16, 16, 14), "");
  EXPECT_EQ(reason({.version = 'E'}, 16, 16, 0), "");
  EXPECT_EQ(reason({.version = 'A', .algorithm = 'T'}, 16, 16, 6), "KEY_BLOCK_VERSION");
  EXPECT_EQ(reason({.version = 'C', .algorithm = 'T'}, 16, 16, 6), "KEY_BLOCK_VERSION");
  EXPECT_EQ(reason({}, 8, 16, 14), "KEY_LENGTH");
  EXPECT_EQ(reason({.version = 'B', .algorithm = 'T'}, 8, 16, 6), "KEY_LENGTH");
  EXPECT_EQ(reason({}, 16, 16, 13), "KEY_BLOCK_PADDING");
  EXPECT_EQ(reason({}, 16, 15, 15), "KEY_BLOCK_KEY");
  EXPECT_EQ(reason({.algorithm = 'T'}, 16, 32, 14), "KEY_BLOCK_KEY");
  EXPECT_EQ(reason({.algorithm = 'D'}, 16, 16, 14), "KEY_BLOCK_KEY");
  EXPECT_EQ(reason({.algorithm = 'H'}, 16, 0, 14), "KEY_BLOCK_KEY");
  EXPECT_EQ(reason({.algorithm = 'H'}, 16, 5000, 14), "KEY_BLOCK_KEY");
  EXPECT_EQ(reason({}, 16, 16, 4990), "KEY_BLOCK_LENGTH");
}

// Blocks with keys of one algorithm do not show by their length how long the key is.
TEST(KeyBlockTest, RandomPaddingHidesTheLengthOfTheKey) {
  const struct {
    char version;
    char algorithm;
    std::vector<std::size_t> keys;
    std::size_t together;  // length field, key and padding
  } cases[] = {{'B', 'T', {16, 24}, 32},     {'B', 'A', {16, 24, 32}, 40}, {'D', 'T', {16, 24}, 32},
               {'D', 'A', {16, 24, 32}, 48}, {'E', 'A', {16, 24, 32}, 48}, {'D', 'H', {20}, 32}};
  for (const auto& c : cases) {
    const KeyBlockHeader header{.version = c.version, .algorithm = c.algorithm};
    for (const std::size_t key : c.keys) {
      const Bytes padding = RandomKeyPadding(header, key);
      EXPECT_EQ(2 + key + padding.size(), c.together);
      EXPECT_NE(padding, RandomKeyPadding(header, key));
    }
  }
}

}  // namespace
}  // namespace plaza::emv
