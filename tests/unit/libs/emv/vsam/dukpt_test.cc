#include "libs/emv/vsam/dukpt.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;
using enum DukptAlgorithm;
using Usage = DukptUsage;
using Type = DukptKeyType;

const char* const kAesId = "1234567890123456";
const char* const kTdesKsn = "FFFF9876543210E00000";

SecretBytes InitialKey(DukptAlgorithm algorithm) {
  const std::string half = "FEDCBA9876543210F1F1F1F1F1F1F1F1";
  const std::string bdk = algorithm == kTdes     ? "0123456789ABCDEFFEDCBA9876543210"
                          : algorithm == kAes128 ? half
                          : algorithm == kAes192 ? half + "FEDCBA9876543210"
                                                 : half + half;
  auto key = DeriveInitialKey(algorithm, Hex(bdk), Hex(algorithm == kTdes ? kTdesKsn : kAesId));
  EXPECT_TRUE(key.ok());
  return std::move(*key);
}

Bytes IdOf(DukptAlgorithm algorithm) { return Hex(algorithm == kTdes ? kTdesKsn : kAesId); }

std::string Key(DukptAlgorithm algorithm, std::uint32_t counter, Usage usage, Type type) {
  const auto key = DeriveWorkingKey(algorithm, InitialKey(algorithm).view(),
                                    {IdOf(algorithm), counter}, {usage, type});
  return key.ok() ? ToHex(key->view()) : std::string(key.error().reason());
}

// ANSI X9.24-3:2017 and its supplement; ANSI X9.24-1:2009, A.4. More: tests/vectors/vsam.
TEST(DukptTest, PublishedKeys) {
  EXPECT_EQ(ToHex(InitialKey(kAes128).view()), "1273671EA26AC29AFA4D1084127652A1");
  EXPECT_EQ(ToHex(InitialKey(kTdes).view()), "6AC292FAA1315B4D858AB3A3D7D5933A");
  EXPECT_EQ(Key(kAes128, 1, Usage::kPinEncryption, Type::kAes128),
            "AF8CB133A78F8DC2D1359F18527593FB");
  EXPECT_EQ(Key(kAes128, 0xFFFE8000, Usage::kKeyDerivation, Type::kAes128),
            "0387625F189B58AE03EF0E8CCA41105E");
  EXPECT_EQ(Key(kAes128, 1, Usage::kMacGeneration, Type::k3Tdea),
            "2A1061A6EAC2C14FAC3758EA07B3648A624B24E942785BF1");
  EXPECT_EQ(Key(kAes256, kDukptUpdateCounter, Usage::kKeyEncryption, Type::kAes256),
            "AEFB210C136278A1279F7C8815F446DB8EBE2AA910B157AA4E6484D8DE9C4807");
  EXPECT_EQ(Key(kTdes, 1, Usage::kKeyDerivation, Type::k2Tdea), "042666B49184CFA368DE9628D0397BC9");
  EXPECT_EQ(Key(kTdes, 0xFF800, Usage::kKeyDerivation, Type::k2Tdea),
            "F9CDFEBF4F5B1D9EB3EC12454527E176");
}

TEST(DukptTest, BothWayTdesKeysAreThoseOfRequests) {
  const auto tdes = [](Usage usage) { return Key(kTdes, 0x15, usage, Type::k2Tdea); };
  EXPECT_EQ(tdes(Usage::kMacBoth), tdes(Usage::kMacGeneration));
  EXPECT_EQ(tdes(Usage::kDataBoth), tdes(Usage::kDataEncrypt));
  EXPECT_NE(tdes(Usage::kMacBoth), tdes(Usage::kMacVerification));
  EXPECT_NE(tdes(Usage::kDataBoth), tdes(Usage::kDataDecrypt));
}

TEST(DukptTest, KsnsAreTakenApartAndPutTogether) {
  const auto aes = ParseKsn(kAes192, Hex("123456789012345600012345"));
  ASSERT_TRUE(aes.ok());
  EXPECT_EQ(ToHex(aes->id), kAesId);
  EXPECT_EQ(aes->counter, 0x12345U);
  EXPECT_EQ(ToHex(EncodeKsn(kAes192, *aes)), "123456789012345600012345");
  // 21 bits: the id keeps the upper three of the byte that both share.
  const auto tdes = ParseKsn(kTdes, Hex("FFFF9876543210FABCDE"));
  ASSERT_TRUE(tdes.ok());
  EXPECT_EQ(ToHex(tdes->id), kTdesKsn);
  EXPECT_EQ(tdes->counter, 0x1ABCDEU);
  EXPECT_EQ(ToHex(EncodeKsn(kTdes, *tdes)), "FFFF9876543210FABCDE");
  for (std::size_t size = 0; size < 20; ++size) {
    EXPECT_EQ(ParseKsn(kAes128, Bytes(size)).ok(), size == 12);
    EXPECT_EQ(ParseKsn(kTdes, Bytes(size)).ok(), size == 10);
  }
}

TEST(DukptTest, WhichCountersATerminalUses) {
  const struct {
    DukptAlgorithm algorithm;
    std::uint32_t counter;
    bool used;
    std::optional<std::uint32_t> next;
  } cases[] = {
      {kAes128, 0, false, 1},
      {kAes128, 1, true, 2},
      {kAes128, 0xFFFF, true, 0x10000},
      {kAes128, 0x1FFFE, true, 0x20000},  // 16 bits: 1FFFF has 17
      {kAes128, 0x1FFFF, false, 0x20000},
      {kAes128, 0xFFFE8000, true, 0xFFFF0000},
      {kAes128, 0xFFFF0000, true, std::nullopt},
      {kAes128, 0xFFFFFFFF, false, std::nullopt},
      {kTdes, 0x3FF, true, 0x400},
      {kTdes, 0x7FE, true, 0x800},  // 10 bits: 7FF has 11
      {kTdes, 0x7FF, false, 0x800},
      {kTdes, 0xFF800, true, 0xFF801},  // nine bits
      {kTdes, 0xFF801, true, 0xFF802},
      {kTdes, 0xFFC00, true, 0x100000},
      {kTdes, 0x1FF800, true, std::nullopt},
      {kTdes, 0x200000, false, std::nullopt},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(IsTransactionCounter(c.algorithm, c.counter), c.used) << std::hex << c.counter;
    EXPECT_EQ(NextCounter(c.algorithm, c.counter), c.next) << std::hex << c.counter;
  }
}

// All of TDES-DUKPT's counters, once each, in order, and no other.
TEST(DukptTest, NextCounterSkipsExactlyWhatIsNotUsed) {
  std::uint32_t expected = 0;
  std::optional<std::uint32_t> counter = NextCounter(kTdes, 0);
  std::size_t count = 0;
  for (; counter; counter = NextCounter(kTdes, *counter), ++count) {
    do {
      ++expected;
    } while (std::popcount(expected) > 10);
    ASSERT_EQ(*counter, expected);
  }
  EXPECT_EQ(count, 1'048'575U);  // "over one million" (X9.24-1, A.1): 2^20 - 1
}

TEST(DukptTest, RefusalsHaveNames) {
  EXPECT_EQ(Key(kAes128, 0, Usage::kPinEncryption, Type::kAes128), "KSN_COUNTER");
  EXPECT_EQ(Key(kAes128, 0x1FFFF, Usage::kPinEncryption, Type::kAes128), "KSN_COUNTER");
  EXPECT_EQ(Key(kAes128, 0xFFFFFFFF, Usage::kMacBoth, Type::kAes128), "KSN_COUNTER");
  EXPECT_EQ(Key(kTdes, 0x7FF, Usage::kPinEncryption, Type::k2Tdea), "KSN_COUNTER");
  EXPECT_EQ(Key(kTdes, 0x200001, Usage::kPinEncryption, Type::k2Tdea), "KSN_COUNTER");
  EXPECT_EQ(Key(kTdes, 1, Usage::kKeyEncryption, Type::k2Tdea), "DUKPT_USAGE");
  EXPECT_EQ(Key(kTdes, 1, Usage::kPinEncryption, Type::k3Tdea), "DUKPT_USAGE");
  EXPECT_EQ(Key(kAes128, 1, Usage::kKeyDerivation, Type::kAes256), "DUKPT_USAGE");
  const DukptWorkingKey pin{Usage::kPinEncryption, Type::kAes128};
  EXPECT_TRUE(
      DeriveWorkingKey(kAes128, Bytes(24), {Bytes(8), 1}, pin).error().Is(errors::kKeyLength));
  EXPECT_TRUE(
      DeriveWorkingKey(kAes128, Bytes(16), {Bytes(10), 1}, pin).error().Is(errors::kKsnLength));
  EXPECT_TRUE(DeriveInitialKey(kTdes, Bytes(24), Bytes(10)).error().Is(errors::kKeyLength));
  const std::vector<std::uint32_t> many(kDukptBatchMax + 1, 1);
  EXPECT_TRUE(
      DeriveWorkingKeys(kAes128, Bytes(16), Bytes(8), many, pin).error().Is(errors::kKsnCounter));
}

// In one walk, in whatever order, the same keys as one by one.
TEST(DukptTest, ABatchGivesTheSameKeys) {
  for (const DukptAlgorithm algorithm : {kAes128, kAes192, kAes256, kTdes}) {
    const std::uint32_t high = algorithm == kTdes ? 0x180000 : 0xFE000000;
    std::vector<std::uint32_t> counters = {0x8001, 3, high, 7, 3, high | 1, 1, 0x8000, 0x10, 2, 6};
    for (std::uint32_t i = 1; i < 600; i += 7) counters.push_back(i ^ 0x155);
    std::erase_if(counters, [&](std::uint32_t c) { return !IsTransactionCounter(algorithm, c); });
    const SecretBytes initial = InitialKey(algorithm);
    const DukptWorkingKey wanted{Usage::kMacBoth, OwnKeyType(algorithm)};
    const auto keys =
        DeriveWorkingKeys(algorithm, initial.view(), IdOf(algorithm), counters, wanted);
    ASSERT_TRUE(keys.ok());
    ASSERT_EQ(keys->size(), counters.size());
    for (std::size_t i = 0; i < counters.size(); ++i) {
      EXPECT_EQ(ToHex((*keys)[i].view()), Key(algorithm, counters[i], wanted.usage, wanted.type))
          << std::hex << counters[i];
    }
    EXPECT_TRUE(DeriveWorkingKeys(algorithm, initial.view(), IdOf(algorithm), {}, wanted)->empty());
  }
}

TEST(DukptTest, AWalkDerivesEachKeyOnce) {
  const struct {
    std::vector<std::uint32_t> counters;  // ascending
    std::size_t derived;
  } cases[] = {{{1}, 1},
               {{0xFFFF0000}, 16},
               {{0x10001, 0x10002, 0x10003, 0x10003}, 4},      // 10000 is above all of them
               {{0x8000, 0xC000, 0xE000, 0xE001, 0xF000}, 5},  // each above the next, or beside
               {{3, 5, 6}, 5}};
  for (const auto& c : cases) {
    DukptWalk walk(kAes128, Bytes(16), Bytes(8));
    for (const std::uint32_t counter : c.counters) walk.KeyOf(counter);
    EXPECT_EQ(walk.derived(), c.derived) << std::hex << c.counters.back();
  }
  DukptWalk walk(kAes128, Bytes(16), Bytes(8));
  for (std::uint32_t counter = 1; counter <= 4096; ++counter) walk.KeyOf(counter);
  EXPECT_EQ(walk.derived(), 4096U);
}

}  // namespace
}  // namespace plaza::emv
