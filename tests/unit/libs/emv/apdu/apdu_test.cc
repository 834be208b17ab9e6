#include "libs/emv/apdu/apdu.h"

#include <gmock/gmock.h>

#include <deque>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::Hex;

class ScriptedCard final : public CardChannel {
 public:
  using Script = std::deque<std::pair<std::string, std::string>>;
  explicit ScriptedCard(Script script) : script_(std::move(script)) {}
  Result<Bytes> Transmit(ByteView command) override {
    if (script_.empty()) return Error(errors::kCardRemoved, "the script ran out");
    const auto [expected, answer] = script_.front();
    script_.pop_front();
    EXPECT_EQ(ToHex(command), expected);
    return Hex(answer);
  }
  bool finished() const { return script_.empty(); }

 private:
  Script script_;
};

TEST(ApduTest, Commands) {
  EXPECT_EQ(ToHex(Encode(SelectByName(AsBytes("2PAY.SYS.DDF01")))),
            "00A404000E325041592E5359532E444446303100");
  EXPECT_EQ(ToHex(Encode(ReadRecord(2, 1))), "00B2011400");
  EXPECT_EQ(ToHex(Encode(GetProcessingOptions({}))), "80A8000002830000");
  EXPECT_EQ(ToHex(Encode(GetProcessingOptions(Hex("2180")))),
            "80A800000483022180"
            "00");
}

TEST(ApduTest, DecodeIsTheInverse) {
  for (const char* hex :
       {"00A40400", "00B2011400", "80A8000002830000", "00C00000FF", "80A80000028300"}) {
    const auto command = DecodeCommand(Hex(hex));
    ASSERT_TRUE(command.ok()) << hex;
    EXPECT_EQ(ToHex(Encode(*command)), hex);
  }
  for (const char* hex : {"", "00A404", "00A4040002AA", "00A4040001AABBCC", "00A404000000"}) {
    const auto command = DecodeCommand(Hex(hex));
    ASSERT_FALSE(command.ok()) << hex;
    EXPECT_TRUE(command.error().Is(errors::kBadApdu));
  }
}

TEST(ApduTest, FollowsMoreDataAndWrongLength) {
  ScriptedCard card({{"00B2011400", "6C10"},
                     {"00B2011410", "AA6102"},
                     {"00C0000002", "BBCC6101"},
                     {"00C0000001", "DD9000"}});
  const auto response = Exchange(card, ReadRecord(2, 1));
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(ToHex(response->data), "AABBCCDD");
  EXPECT_TRUE(response->ok());
  EXPECT_TRUE(card.finished());
}

TEST(ApduTest, AnErrorStatusIsAnAnswer) {
  ScriptedCard card(ScriptedCard::Script{{"00B2011400", "6A83"}});
  const auto response = Exchange(card, ReadRecord(2, 1));
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->sw, 0x6A83);
  EXPECT_FALSE(response->ok());
}

TEST(ApduTest, TheFourCases) {
  const Command none{.cla = 0x80, .ins = 0xCA, .p1 = 0x9F, .p2 = 0x36, .data = {}, .le = {}};
  Command with_le = none;
  with_le.le = 0;
  Command with_data = none;
  with_data.data = Bytes(255, 0xAB);
  Command with_both = with_data;
  with_both.le = 0x10;
  const std::string data = ToHex(Bytes(255, 0xAB));
  for (const auto& [command, hex] : {std::pair{none, std::string("80CA9F36")},
                                     {with_le, std::string("80CA9F3600")},
                                     {with_data, "80CA9F36FF" + data},
                                     {with_both, "80CA9F36FF" + data + "10"}}) {
    EXPECT_EQ(ToHex(Encode(command)), hex);
    EXPECT_EQ(*DecodeCommand(Hex(hex)), command);
  }
}

TEST(ApduTest, GenerateAcNamesWhatItAsksFor) {
  EXPECT_EQ(ToHex(Encode(GenerateAc(0x90, Hex("AABB")))), "80AE900002AABB00");
}

TEST(ApduTest, StatusWordsHaveNames) {
  for (const auto& [sw, text] : {std::pair{0x9000, "status 9000, success"},
                                 {0x6985, "status 6985, conditions of use not satisfied"},
                                 {0x6A82, "status 6A82, file not found"},
                                 {0x6110, "status 6110, more data available"},
                                 {0x6CFF, "status 6CFF, wrong Le"},
                                 {0x6283, "status 6283, warning"},
                                 {0x6988, "status 6988, checking error"},
                                 {0x9001, "status 9001, unknown"}}) {
    EXPECT_EQ(StatusText(static_cast<std::uint16_t>(sw)), text);
  }
}

// Whatever a card chains, it ends: by the bound on commands or on bytes.
TEST(ApduTest, EveryLoopOfFollowUpsEnds) {
  struct Case {
    const char* name;
    std::vector<Bytes> answers;  // in turn, over and over
    int commands_max;
  };
  const Bytes much = [] {
    Bytes answer(256, 0x5A);
    answer.insert(answer.end(), {0x61, 0x00});
    return answer;
  }();
  for (const Case& c : {Case{"61xx without data", {Hex("6101")}, kFollowUpsMax + 1},
                        Case{"6Cxx", {Hex("6C01")}, kFollowUpsMax + 1},
                        Case{"both by turns", {Hex("6C01"), Hex("AA6101")}, kFollowUpsMax + 1},
                        Case{"full answers", {much}, 5}}) {
    class Loop final : public CardChannel {
     public:
      explicit Loop(const std::vector<Bytes>& answers) : answers_(answers) {}
      Result<Bytes> Transmit(ByteView) override {
        return answers_[static_cast<std::size_t>(count++) % answers_.size()];
      }
      int count = 0;

     private:
      const std::vector<Bytes>& answers_;
    } loop(c.answers);
    const auto response = Exchange(loop, ReadRecord(2, 1));
    ASSERT_FALSE(response.ok()) << c.name;
    EXPECT_TRUE(response.error().Is(errors::kCardError)) << c.name;
    EXPECT_EQ(loop.count, c.commands_max) << c.name;
  }
}

TEST(ApduTest, AnAnswerOf256KibibytesIsRefused) {
  class Flood final : public CardChannel {
   public:
    explicit Flood(std::size_t size) : size_(size) {}
    Result<Bytes> Transmit(ByteView) override {
      Bytes answer(size_, 0x00);
      answer.insert(answer.end(), {0x90, 0x00});
      return answer;
    }

   private:
    std::size_t size_;
  };
  Flood longest(kAnswerBytesMax);
  EXPECT_EQ(Exchange(longest, ReadRecord(2, 1))->data.size(), kAnswerBytesMax);
  for (const std::size_t size : {kAnswerBytesMax + 1, std::size_t{256} << 10}) {
    Flood flood(size);
    EXPECT_TRUE(Exchange(flood, ReadRecord(2, 1)).error().Is(errors::kCardError)) << size;
  }
}

TEST(ApduTest, NoStatusWordsNoCardAndNoEnd) {
  ScriptedCard short_answer(ScriptedCard::Script{{"00B2011400", "90"}});
  EXPECT_TRUE(Exchange(short_answer, ReadRecord(2, 1)).error().Is(errors::kCardError));
  ScriptedCard gone(ScriptedCard::Script{});
  EXPECT_TRUE(Exchange(gone, ReadRecord(2, 1)).error().Is(errors::kCardRemoved));
  class Endless final : public CardChannel {
   public:
    Result<Bytes> Transmit(ByteView) override {
      ++count;
      return Bytes{0x6C, 0x01};
    }
    int count = 0;
  } endless;
  EXPECT_TRUE(Exchange(endless, ReadRecord(2, 1)).error().Is(errors::kCardError));
  EXPECT_EQ(endless.count, kFollowUpsMax + 1);
}

}  // namespace
}  // namespace plaza::emv
