#include "libs/emv/closedloop/sl3.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "libs/base/hex.h"
#include "libs/emv/closedloop/value_block.h"
#include "libs/emv/errors.h"
#include "tests/support/emv/purse_card.h"
#include "tests/support/emv/sl3_card.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;
using test::SeededRandom;
using test::TestKey;

constexpr Sl3KeyBlock kKeyA{0x4002};
constexpr Sl3KeyBlock kKeyB{0x4003};
constexpr Sl3KeyBlock kOtherSectorsKey{0x4004};
constexpr Sl3Block kData{4};
constexpr Sl3Block kValue{5};
constexpr Sl3Block kValueTo{6};
constexpr Sl3Block kOtherSector{8};

AesBlock Filled(std::uint8_t octet) { return TestKey(octet).octets(); }

bool Contains(ByteView whole, ByteView part) {
  return std::search(whole.begin(), whole.end(), part.begin(), part.end()) != whole.end();
}

// Passes commands on; may change an answer.
class Wire final : public CardChannel {
 public:
  explicit Wire(test::ClosedLoopCard& card) : card_(card) {}
  Result<Bytes> Transmit(ByteView command) override {
    commands.push_back(ToBytes(command));
    Bytes answer = card_.Answer(command);
    if (change) change(answer);
    answers.push_back(answer);
    return answer;
  }
  std::function<void(Bytes&)> change;
  std::vector<Bytes> commands;
  std::vector<Bytes> answers;

 private:
  test::ClosedLoopCard& card_;
};

class Sl3Test : public testing::Test {
 protected:
  test::Sl3Card card_{
      {.keys = {{kKeyA, TestKey(1)}, {kKeyB, TestKey(2)}, {kOtherSectorsKey, TestKey(3)}},
       .value_blocks = {kValue, kValueTo}}};
  Wire wire_{card_};
  Sl3Terminal terminal_{wire_, SeededRandom(7)};

  void SetUp() override {
    card_.blocks[kData] = Filled(0x44);
    card_.blocks[kValue] = MakeValueBlock(1000, 5);
    card_.blocks[kOtherSector] = Filled(0x88);
  }
  std::optional<std::int32_t> ValueOf(Sl3Block block) {
    return ReadValueBlock(card_.blocks[block]);
  }
};

TEST_F(Sl3Test, ReadsAndWrites) {
  ASSERT_TRUE(terminal_.AuthenticateFirst(kKeyA, TestKey(1)).ok());
  for (const Sl3Mode mode : {Sl3Mode::kEncrypted, Sl3Mode::kPlain}) {
    EXPECT_EQ(*terminal_.Read(kData, 1, mode), ToBytes(Filled(0x44)));
    ASSERT_TRUE(terminal_.Write(kData, Filled(0x45), mode).ok());
    EXPECT_EQ(card_.blocks[kData], Filled(0x45));
    ASSERT_TRUE(terminal_.Write(kData, Filled(0x44), mode).ok());
  }
  const Bytes three = *terminal_.Read(kData, 3, Sl3Mode::kEncrypted);
  EXPECT_EQ(BlockAt(three, 0), Filled(0x44));
  EXPECT_EQ(ReadValueBlock(BlockAt(three, 16)), 1000);
}

// Only what is meant to be seen is seen on the wire.
TEST_F(Sl3Test, EncryptedDataIsNotOnTheWire) {
  const auto on_the_wire = [this](const AesBlock& data) {
    for (const auto* frames : {&wire_.commands, &wire_.answers}) {
      for (const Bytes& frame : *frames) {
        if (Contains(frame, data)) return true;
      }
    }
    return false;
  };
  ASSERT_TRUE(terminal_.AuthenticateFirst(kKeyA, TestKey(1)).ok());
  ASSERT_TRUE(terminal_.Read(kData, 1, Sl3Mode::kEncrypted).ok());
  ASSERT_TRUE(terminal_.Write(kData, Filled(0x45), Sl3Mode::kEncrypted).ok());
  EXPECT_FALSE(on_the_wire(Filled(0x44)) || on_the_wire(Filled(0x45)));
  ASSERT_TRUE(terminal_.Read(kData, 1, Sl3Mode::kPlain).ok());
  EXPECT_TRUE(on_the_wire(Filled(0x45)));
}

TEST_F(Sl3Test, ValueOperations) {
  ASSERT_TRUE(terminal_.AuthenticateFirst(kKeyB, TestKey(2)).ok());
  ASSERT_TRUE(terminal_.Increment(kValue, 50).ok());
  EXPECT_EQ(ValueOf(kValue), 1000);
  ASSERT_TRUE(terminal_.Transfer(kValue).ok());
  EXPECT_EQ(ValueOf(kValue), 1050);
  ASSERT_TRUE(terminal_.Decrement(kValue, 2000).ok());
  ASSERT_TRUE(terminal_.Transfer(kValueTo).ok());
  EXPECT_EQ(ValueOf(kValueTo), -950);
  ASSERT_TRUE(terminal_.Restore(kValue).ok());
  ASSERT_TRUE(terminal_.Transfer(kValueTo).ok());
  EXPECT_EQ(ValueOf(kValueTo), 1050);
  ASSERT_TRUE(terminal_.DecrementTransfer({kValue, kValueTo}, 1050).ok());
  EXPECT_EQ(ValueOf(kValueTo), 0);
  ASSERT_TRUE(terminal_.IncrementTransfer({kValueTo, kValue}, 0x7FFFFFFF).ok());
  EXPECT_EQ(ValueOf(kValue), 0x7FFFFFFF);
  EXPECT_TRUE(terminal_.Increment(kValue, 1).error().Is(errors::kCardRefused));
  EXPECT_EQ(card_.blocks[kValueTo][12], 5);  // the address goes with the value
}

TEST_F(Sl3Test, RightsOfKeyA) {
  const std::vector<std::function<Result<void>()>> forbidden = {
      [this] { return terminal_.Increment(kValue, 1); },
      [this] {
        return terminal_.IncrementTransfer({kValue, kValueTo}, 1);
      },
      [this] { return terminal_.Write(kValue, MakeValueBlock(9999), Sl3Mode::kEncrypted); },
      [this] { return terminal_.Write(kOtherSector, Filled(0), Sl3Mode::kEncrypted); },
      [this] { return terminal_.Write(Sl3Block{7}, Filled(0), Sl3Mode::kEncrypted); },
      [this] { return terminal_.Decrement(kData, 1); },
      [this] { return terminal_.Transfer(kValueTo); },  // with nothing in the buffer
  };
  for (std::size_t i = 0; i < forbidden.size(); ++i) {
    ASSERT_TRUE(terminal_.AuthenticateFirst(kKeyA, TestKey(1)).ok());
    EXPECT_TRUE(forbidden[i]().error().Is(errors::kCardRefused)) << i;
    EXPECT_FALSE(terminal_.has_session()) << i;
  }
  EXPECT_EQ(ValueOf(kValue), 1000);
}

TEST_F(Sl3Test, AFollowingAuthenticationOpensTheNextSector) {
  EXPECT_TRUE(
      terminal_.AuthenticateNonFirst(kOtherSectorsKey, TestKey(3)).error().Is(errors::kNoSession));
  ASSERT_TRUE(terminal_.AuthenticateFirst(kKeyA, TestKey(1)).ok());
  ASSERT_TRUE(terminal_.Read(kData, 1, Sl3Mode::kEncrypted).ok());
  ASSERT_TRUE(terminal_.Write(kData, Filled(1), Sl3Mode::kEncrypted).ok());
  ASSERT_TRUE(terminal_.AuthenticateNonFirst(kOtherSectorsKey, TestKey(3)).ok());
  EXPECT_EQ(*terminal_.Read(kOtherSector, 1, Sl3Mode::kEncrypted), ToBytes(Filled(0x88)));
  EXPECT_TRUE(terminal_.Read(kData, 1, Sl3Mode::kEncrypted).error().Is(errors::kCardRefused));
}

TEST_F(Sl3Test, WrongKeys) {
  // The card refuses what the terminal could not have known.
  EXPECT_TRUE(terminal_.AuthenticateFirst(kKeyA, TestKey(9)).error().Is(errors::kCardRefused));
  EXPECT_TRUE(terminal_.AuthenticateFirst({0x4050}, TestKey(1)).error().Is(errors::kCardRefused));
  EXPECT_FALSE(terminal_.has_session());
  ASSERT_TRUE(terminal_.AuthenticateFirst(kKeyA, TestKey(1)).ok());
  EXPECT_TRUE(terminal_.AuthenticateNonFirst(kOtherSectorsKey, TestKey(9))
                  .error()
                  .Is(errors::kCardRefused));
  EXPECT_TRUE(terminal_.Read(kData, 1, Sl3Mode::kPlain).error().Is(errors::kNoSession));
}

using Step = std::function<bool(Sl3Terminal&)>;
const std::vector<std::pair<const char*, Step>>& AuthenticatedSteps() {
  static const std::vector<std::pair<const char*, Step>> steps = {
      {"read", [](Sl3Terminal& t) { return t.Read(kData, 1, Sl3Mode::kEncrypted).ok(); }},
      {"plain read", [](Sl3Terminal& t) { return t.Read(kData, 1, Sl3Mode::kPlain).ok(); }},
      {"write",
       [](Sl3Terminal& t) { return t.Write(kData, Filled(0x44), Sl3Mode::kEncrypted).ok(); }},
      {"decrement", [](Sl3Terminal& t) { return t.Decrement(kValue, 1).ok(); }},
      {"move",
       [](Sl3Terminal& t) {
         return t.DecrementTransfer({kValue, kValueTo}, 1).ok();
       }},
  };
  return steps;
}

// Every bit of every authenticated answer, the status too; and each length.
TEST_F(Sl3Test, AChangedAnswerIsRefused) {
  for (const auto& [name, step] : AuthenticatedSteps()) {
    wire_.change = nullptr;
    ASSERT_TRUE(terminal_.AuthenticateFirst(kKeyA, TestKey(1)).ok());
    ASSERT_TRUE(step(terminal_)) << name;
    const std::size_t length = wire_.answers.back().size();
    for (std::size_t bit = 0; bit < length * 8; ++bit) {
      wire_.change = nullptr;
      ASSERT_TRUE(terminal_.AuthenticateFirst(kKeyA, TestKey(1)).ok());
      wire_.change = [bit](Bytes& answer) {
        answer[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      };
      ASSERT_FALSE(step(terminal_)) << name << ", bit " << bit;
      ASSERT_FALSE(terminal_.has_session());
    }
    for (std::size_t size = 0; size < length + 20; ++size) {
      wire_.change = nullptr;
      ASSERT_TRUE(terminal_.AuthenticateFirst(kKeyA, TestKey(1)).ok());
      wire_.change = [size](Bytes& answer) { answer.resize(size); };
      ASSERT_EQ(step(terminal_), size == length) << name << ", " << size << " bytes";
    }
  }
}

// Both steps; the octets that are nobody's proof (capabilities) share a block with some that are.
TEST_F(Sl3Test, AChangedAuthenticationIsRefused) {
  for (const std::size_t step : {0U, 1U}) {
    const std::size_t length = step == 0 ? 17 : 33;
    for (std::size_t bit = 0; bit < length * 8; ++bit) {
      std::size_t seen = 0;
      wire_.change = [&](Bytes& answer) {
        if (seen++ == step) answer[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      };
      EXPECT_FALSE(terminal_.AuthenticateFirst(kKeyA, TestKey(1)).ok()) << step << ", " << bit;
      EXPECT_FALSE(terminal_.has_session());
    }
  }
}

TEST_F(Sl3Test, ReplayedAndReorderedAnswersAreRefused) {
  ASSERT_TRUE(terminal_.AuthenticateFirst(kKeyA, TestKey(1)).ok());
  ASSERT_TRUE(terminal_.Read(kData, 1, Sl3Mode::kEncrypted).ok());
  const Bytes old = wire_.answers.back();
  wire_.change = [&old](Bytes& answer) { answer = old; };
  EXPECT_TRUE(terminal_.Read(kData, 1, Sl3Mode::kEncrypted).error().Is(errors::kCardNotAuthentic));
  // Of another session.
  wire_.change = nullptr;
  ASSERT_TRUE(terminal_.AuthenticateFirst(kKeyA, TestKey(1)).ok());
  wire_.change = [&old](Bytes& answer) { answer = old; };
  EXPECT_TRUE(terminal_.Read(kData, 1, Sl3Mode::kEncrypted).error().Is(errors::kCardNotAuthentic));
  // Of another block under the same counter, and of another command.
  wire_.change = nullptr;
  ASSERT_TRUE(terminal_.AuthenticateFirst(kKeyA, TestKey(1)).ok());
  EXPECT_EQ(terminal_.Write(kData, Filled(1), Sl3Mode::kPlain).ok(), true);
  const Bytes write_answer = wire_.answers.back();
  wire_.change = [&write_answer](Bytes& answer) { answer = write_answer; };
  EXPECT_TRUE(
      terminal_.Write(kData, Filled(2), Sl3Mode::kPlain).error().Is(errors::kCardNotAuthentic));
}

// The MAC names the block: an answer for another one does not pass for it.
TEST_F(Sl3Test, AnAnswerIsForItsBlock) {
  const Sl3Session session({TestKey(1), TestKey(2)}, {1, 2, 3, 4});
  const Bytes covered =
      Hex("040001"
          "00000000000000000000000000000000");
  const CutCmac mac = session.Mac(Sl3Counter::kRead, kSl3Ok, covered);
  EXPECT_TRUE(session.Verify(Sl3Counter::kRead, kSl3Ok, covered, mac));
  for (std::size_t i = 0; i < 3; ++i) {
    Bytes other = covered;
    other[i] ^= 1;
    EXPECT_FALSE(session.Verify(Sl3Counter::kRead, kSl3Ok, other, mac)) << i;
  }
}

TEST_F(Sl3Test, EachCounterGoesIntoItsMacs) {
  Sl3Session session({TestKey(1), TestKey(2)}, {1, 2, 3, 4});
  for (const Sl3Counter counter : {Sl3Counter::kRead, Sl3Counter::kWrite}) {
    const Sl3Counter other = counter == Sl3Counter::kRead ? Sl3Counter::kWrite : Sl3Counter::kRead;
    const CutCmac mac = session.Mac(counter, kSl3Ok, {});
    const CutCmac of_other = session.Mac(other, kSl3Ok, {});
    ASSERT_TRUE(session.Count(counter));
    EXPECT_NE(session.Mac(counter, kSl3Ok, {}), mac);
    EXPECT_EQ(session.Mac(other, kSl3Ok, {}), of_other);
  }
  ASSERT_TRUE(session.Count(Sl3Counter::kWrite));
  EXPECT_EQ(ToHex(session.CommandIv()), "01020304010002000100020001000200");
  EXPECT_EQ(ToHex(session.AnswerIv()), "01000200010002000100020001020304");
  int left = 0;
  while (session.Count(Sl3Counter::kRead)) ++left;
  EXPECT_EQ(left, 0xFFFE);  // a counter never starts again within a session
}

TEST_F(Sl3Test, TheCardRefusesChangedCommands) {
  ASSERT_TRUE(terminal_.AuthenticateFirst(kKeyA, TestKey(1)).ok());
  ASSERT_TRUE(terminal_.Write(kData, Filled(0x45), Sl3Mode::kEncrypted).ok());
  const Bytes replayed = wire_.commands.back();
  EXPECT_EQ(card_.Answer(replayed), Bytes{0x08});
  EXPECT_EQ(card_.Answer(replayed), Bytes{0x0B});  // and the session is over
}

TEST(ValueBlockTest, Codec) {
  EXPECT_EQ(ToHex(MakeValueBlock(0x12345678, 0x17)),
            "78563412"
            "87A9CBED"
            "78563412"
            "17E817E8");
  for (const std::int32_t value : {0, 1, -1, 1100, std::numeric_limits<std::int32_t>::min()}) {
    const AesBlock block = MakeValueBlock(value, 3);
    EXPECT_EQ(ReadValueBlock(block), value);
    for (std::size_t bit = 0; bit < 128; ++bit) {
      AesBlock changed = block;
      changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      EXPECT_EQ(ReadValueBlock(changed), std::nullopt) << bit;
    }
  }
  EXPECT_EQ(ReadValueBlock(AesBlock{}), std::nullopt);
}

TEST(Sl3BlockTest, SectorTrailers) {
  for (const std::uint16_t number :
       std::initializer_list<std::uint16_t>{3, 7, 127, 143, 159, 255}) {
    EXPECT_TRUE(IsSectorTrailer({number})) << number;
  }
  for (const std::uint16_t number :
       std::initializer_list<std::uint16_t>{0, 4, 126, 128, 131, 142, 254}) {
    EXPECT_FALSE(IsSectorTrailer({number})) << number;
  }
}

}  // namespace
}  // namespace plaza::emv
