#include "libs/emv/vsam/dukpt_terminal.h"

#include <gtest/gtest.h>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"

namespace plaza::emv {
namespace {

using enum DukptAlgorithm;

struct Scheme {
  DukptAlgorithm algorithm;
  std::size_t key_bytes;
  std::size_t id_bytes;
};
constexpr Scheme kSchemes[] = {
    {kAes128, 16, 8}, {kAes192, 24, 8}, {kAes256, 32, 8}, {kTdes, 16, 10}};

Bytes IdOf(const Scheme& scheme) {
  Bytes id(scheme.id_bytes, 0xA5);
  if (scheme.algorithm == kTdes) id[7] = 0xE0, id[8] = 0, id[9] = 0;
  return id;
}

// Walks a terminal over `steps` transactions; whenever `watched` says so, its key must be the
// host's.
template <class Watched>
std::size_t WalkAndCompare(const Scheme& scheme, std::size_t steps, Watched watched,
                           std::uint32_t first = 1) {
  const Bytes initial(scheme.key_bytes, 0x3C);
  const Bytes id = IdOf(scheme);
  const DukptWorkingKey wanted{DukptUsage::kMacGeneration, OwnKeyType(scheme.algorithm)};
  auto terminal = DukptTerminal::Load(scheme.algorithm, initial, id, first);
  EXPECT_TRUE(terminal.ok());
  std::vector<std::uint32_t> counters;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < steps && terminal->ksn(); ++i) {
    const std::uint32_t counter = terminal->ksn()->counter;
    EXPECT_TRUE(IsTransactionCounter(scheme.algorithm, counter));
    if (watched(counter)) {
      counters.push_back(counter);
      keys.push_back(ToHex(terminal->WorkingKey(wanted)->view()));
    }
    EXPECT_TRUE(terminal->Advance().ok());
  }
  const auto host = DeriveWorkingKeys(scheme.algorithm, initial, id, counters, wanted);
  EXPECT_TRUE(host.ok());
  for (std::size_t i = 0; i < counters.size(); ++i) {
    EXPECT_EQ(keys[i], ToHex((*host)[i].view())) << std::hex << counters[i];
  }
  return counters.size();
}

// TDES skips from 7FF on, so that this crosses it.
TEST(DukptTerminalTest, AgreesWithTheHostForTheFirstThousands) {
  for (const Scheme& scheme : kSchemes) {
    EXPECT_EQ(WalkAndCompare(scheme, 5000, [](std::uint32_t) { return true; }), 5000U);
  }
}

TEST(DukptTerminalTest, AgreesWithTheHostWhereAesSkips) {
  const auto watched = [](std::uint32_t counter) {
    return counter > 0x1FF00 || counter % 997 == 0;
  };
  // 1FFFF is not used: 1FFFE is the 131,070th, 20000 the next one.
  EXPECT_EQ(WalkAndCompare(kSchemes[0], 0x20100, watched), 131'072U / 997 + 256 - 1 + 0x101);
}

TEST(DukptTerminalTest, TheCounterAndTheKsnGoTogether) {
  auto terminal = DukptTerminal::Load(kTdes, Bytes(16, 1), IdOf(kSchemes[3]));
  ASSERT_TRUE(terminal.ok());
  EXPECT_EQ(terminal->ksn()->counter, 1U);
  EXPECT_EQ(ToHex(EncodeKsn(kTdes, *terminal->ksn())), "A5A5A5A5A5A5A5E00001");
  ASSERT_TRUE(terminal->Advance().ok());
  EXPECT_EQ(ToHex(EncodeKsn(kTdes, *terminal->ksn())), "A5A5A5A5A5A5A5E00002");
}

// Loaded anywhere, it goes on as one that walked there.
TEST(DukptTerminalTest, MayBeginAtAnyCounter) {
  for (const Scheme& scheme : kSchemes) {
    for (const std::uint32_t first : {2U, 3U, 0x3FFU, 0x7FEU, 0x1000U, 0xFF801U, 0x155000U}) {
      EXPECT_EQ(WalkAndCompare(
                    scheme, 300, [](std::uint32_t) { return true; }, first),
                300U);
    }
  }
  const Bytes key(16);
  EXPECT_TRUE(DukptTerminal::Load(kAes128, key, Bytes(8), 0).error().Is(errors::kKsnCounter));
  EXPECT_TRUE(DukptTerminal::Load(kAes128, key, Bytes(8), 0x1FFFF).error().Is(errors::kKsnCounter));
}

// To the end: afterwards it refuses.
TEST(DukptTerminalTest, IsExhaustedAfterItsLastCounter) {
  const struct {
    Scheme scheme;
    std::uint32_t first;
    std::uint32_t last;
  } cases[] = {{kSchemes[0], 0xFFFC0000, 0xFFFF0000}, {kSchemes[3], 0x1FE000, 0x1FF800}};
  for (const auto& c : cases) {
    auto terminal = DukptTerminal::Load(c.scheme.algorithm, Bytes(16, 1), IdOf(c.scheme), c.first);
    ASSERT_TRUE(terminal.ok());
    std::uint32_t last = 0;
    for (int i = 0; i < 1000 && terminal->ksn(); ++i) {
      last = terminal->ksn()->counter;
      ASSERT_TRUE(
          terminal->WorkingKey({DukptUsage::kPinEncryption, OwnKeyType(c.scheme.algorithm)}).ok());
      ASSERT_TRUE(terminal->Advance().ok());
    }
    EXPECT_EQ(last, c.last);
    EXPECT_FALSE(terminal->ksn());
    EXPECT_TRUE(terminal->Advance().error().Is(errors::kDukptExhausted));
    const auto key = terminal->WorkingKey({DukptUsage::kPinEncryption, DukptKeyType::k2Tdea});
    ASSERT_FALSE(key.ok());
    EXPECT_TRUE(key.error().Is(errors::kDukptExhausted));
  }
}

TEST(DukptTerminalTest, RefusesWhatCannotBeLoaded) {
  EXPECT_TRUE(DukptTerminal::Load(kAes128, Bytes(15), Bytes(8)).error().Is(errors::kKeyLength));
  EXPECT_TRUE(DukptTerminal::Load(kAes128, Bytes(16), Bytes(12)).error().Is(errors::kKsnLength));
  const auto terminal = DukptTerminal::Load(kTdes, Bytes(16), Bytes(10));
  ASSERT_TRUE(terminal.ok());
  const auto key = terminal->WorkingKey({DukptUsage::kKeyEncryption, DukptKeyType::k2Tdea});
  ASSERT_FALSE(key.ok());
  EXPECT_TRUE(key.error().Is(errors::kDukptUsage));
}

}  // namespace
}  // namespace plaza::emv
