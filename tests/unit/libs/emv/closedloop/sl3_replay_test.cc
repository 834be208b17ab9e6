#include "libs/emv/closedloop/sl3_replay.h"

#include <gmock/gmock.h>

#include "libs/emv/closedloop/sl3.h"
#include "libs/emv/closedloop/value_block.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"
#include "tests/support/emv/purse_card.h"
#include "tests/support/emv/sl3_card.h"

namespace plaza::emv {
namespace {

using test::SeededRandom;
using test::TestKey;

constexpr Sl3KeyBlock kKeyB{0x4003};
constexpr Sl3KeyBlock kOtherKey{0x4004};

class Recorder final : public CardChannel {
 public:
  explicit Recorder(test::ClosedLoopCard& card) : card_(card) {}
  Result<Bytes> Transmit(ByteView command) override {
    script.push_back({ToBytes(command), card_.Answer(command)});
    return script.back().answer;
  }
  std::vector<Sl3Exchange> script;

 private:
  test::ClosedLoopCard& card_;
};

// A terminal's whole vocabulary, recorded.
class Sl3ReplayTest : public testing::Test {
 protected:
  Sl3ReplayTest() {
    test::Sl3Card card({.keys = keys_, .value_blocks = {{5}, {6}}});
    card.blocks[{5}] = MakeValueBlock(1000);
    Recorder recorder(card);
    Sl3Terminal terminal(recorder, [this] { return rnd_a_; });
    bool good = terminal.AuthenticateFirst(kKeyB, TestKey(2)).ok();
    good = good && terminal.Write({4}, TestKey(0x11).octets(), Sl3Mode::kEncrypted).ok();
    good = good && terminal.DecrementTransfer({{5}, {6}}, 100).ok();
    good = good && terminal.Read({4}, 3, Sl3Mode::kEncrypted).ok();
    good = good && terminal.AuthenticateNonFirst(kOtherKey, TestKey(3)).ok();
    good = good && terminal.Write({8}, TestKey(0x22).octets(), Sl3Mode::kPlain).ok();
    EXPECT_TRUE(good);
    script_ = recorder.script;
  }
  Result<Sl3Replay> Replay() const { return ReplaySl3(keys_, rnd_a_, script_); }

  std::map<Sl3KeyBlock, AesKey> keys_ = {{kKeyB, TestKey(2)}, {kOtherKey, TestKey(3)}};
  AesBlock rnd_a_ = SeededRandom(3)();
  std::vector<Sl3Exchange> script_;
};

TEST_F(Sl3ReplayTest, WhatTheTerminalSaid) {
  const auto replay = Replay();
  ASSERT_TRUE(replay.ok()) << replay.error().ToString();
  ASSERT_EQ(replay->sessions.size(), 2U);
  EXPECT_EQ(replay->sessions[0].ti, replay->sessions[1].ti);
  EXPECT_NE(replay->sessions[0].keys.enc.octets(), replay->sessions[1].keys.enc.octets());
  EXPECT_EQ(replay->macs_checked, 8U);
  EXPECT_EQ(replay->macs_failed, 0U);
  EXPECT_THAT(replay->blocks,
              testing::ElementsAre(testing::Pair(Sl3Block{4}, TestKey(0x11).octets()),
                                   testing::Pair(Sl3Block{5}, MakeValueBlock(1000)),
                                   testing::Pair(Sl3Block{6}, MakeValueBlock(900)),
                                   testing::Pair(Sl3Block{8}, TestKey(0x22).octets())));
}

// Every bit of the commands and answers after the authentication: some MAC fails, or the script is
// refused; and no block has other data than it had.
TEST_F(Sl3ReplayTest, NoChangedBitPasses) {
  const auto truth = Replay()->blocks;
  const auto whole = script_;
  for (std::size_t pair = 2; pair < whole.size(); ++pair) {
    const bool authentication = pair == 5 || pair == 6;
    for (const bool answer : {false, true}) {
      const std::size_t size = answer ? whole[pair].answer.size() : whole[pair].command.size();
      for (std::size_t bit = 0; bit < size * 8; ++bit) {
        script_ = whole;
        Bytes& changed = answer ? script_[pair].answer : script_[pair].command;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        const auto replay = Replay();
        if (!replay.ok()) continue;
        ASSERT_FALSE(authentication && (answer || bit >= 8)) << pair << ", " << bit;
        ASSERT_TRUE(replay->macs_failed > 0 || replay->macs_checked < 8) << pair << ", " << bit;
        // A command under another code is passed over and not counted, so a later one decrypts
        // to something else: the missing MACs tell.
        if (!answer && bit < 8) continue;
        for (const auto& [block, data] : replay->blocks) ASSERT_EQ(data, truth.at(block));
      }
    }
  }
}

TEST_F(Sl3ReplayTest, CutScriptsAreRefusedNotReadBeyond) {
  const auto whole = script_;
  for (std::size_t pair = 0; pair < whole.size(); ++pair) {
    for (const bool answer : {false, true}) {
      const std::size_t size = answer ? whole[pair].answer.size() : whole[pair].command.size();
      for (std::size_t length = 0; length < size; ++length) {
        script_ = whole;
        (answer ? script_[pair].answer : script_[pair].command).resize(length);
        EXPECT_FALSE(Replay().ok()) << pair << ", " << length;
      }
    }
  }
}

TEST_F(Sl3ReplayTest, Bounds) {
  script_.assign(kSl3ScriptMax + 1, {{0x60}, {0x90}});
  EXPECT_TRUE(Replay().error().Is(errors::kBadReplay));
  script_.assign(1, {{0x60}, Bytes(kSl3AnswerBytesMax + 1, 0x90)});
  EXPECT_TRUE(Replay().error().Is(errors::kBadReplay));
  script_.assign(1, {Bytes(kSl3AnswerBytesMax + 1, 0x60), {0x90}});
  EXPECT_TRUE(Replay().error().Is(errors::kBadReplay));
}

}  // namespace
}  // namespace plaza::emv
