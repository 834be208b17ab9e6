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
