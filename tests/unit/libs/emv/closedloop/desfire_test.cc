#include "libs/emv/closedloop/desfire.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "tests/support/emv/desfire_card.h"
#include "tests/support/emv/purse_card.h"
#include "tests/support/emv/test_ca.h"

namespace plaza::emv {
namespace {

using test::DesfireFileSpec;
using test::Hex;
using test::SeededRandom;
using test::TestKey;
using Kind = DesfireFileSpec::Kind;

constexpr DesfireAid kAid = {0x42, 0x54, 0xF4};
constexpr DesfireKeyNumber kGate{1};
constexpr DesfireKeyNumber kLoader{2};

AesBlock Block(std::string_view hex) {
  AesBlock block{};
  std::ranges::copy(Hex(hex), block.begin());
  return block;
}

// NXP AN12343, 5.4 (key of zeros), and AN12196, 6.6.
TEST(DesfireSessionTest, Ev2KeysOfNxpsExamples) {
  const Ev2Keys light = DeriveEv2Keys(AesKey(), {Block("B04D0787C93EE0CC8CACC8E86F16C6FE"),
                                                 Block("FA659AD0DCA738DD65DC7DC38612AD81")});
  EXPECT_EQ(ToHex(light.enc.octets()), "63DC07286289A7A6C0334CA31C314A04");
  EXPECT_EQ(ToHex(light.mac.octets()), "774F26743ECE6AF5033B6AE8522946F6");
  const Ev2Keys ntag = DeriveEv2Keys(AesKey(), {Block("13C5DB8A5930439FC3DEF9A4C675360F"),
                                                Block("B9E2FC789B64BF237CCCAA20EC7E6E48")});
  EXPECT_EQ(ToHex(ntag.enc.octets()), "1309C877509E5A215007FF0ED19CA564");
  EXPECT_EQ(ToHex(ntag.mac.octets()), "4C6626F5E72EA694202139295C7A7FC7");
}

// AN12343: WriteData and ReadData in CommMode MAC, both commands and both answers.
TEST(DesfireSessionTest, Ev2MacsOfNxpsExample) {
  const AesKey mac_key(Block("9366FA195EB566F5BD2BAD4020B83002"));
  Ev2Session session({AesKey(), mac_key}, {0xE2, 0xD3, 0xAF, 0x69});
  const std::string data(50, '2');
  EXPECT_EQ(ToHex(session.Mac(0x8D, Hex("00000000190000" + data))), "68F2C28C575A1628");
  ASSERT_TRUE(session.Count());
  EXPECT_EQ(ToHex(session.Mac(0x00, {})), "0820F68898C2A7F1");
  EXPECT_EQ(ToHex(session.Mac(0xAD, Hex("00000000300000"))), "0D9BE191D5960834");
  ASSERT_TRUE(session.Count());
  EXPECT_EQ(ToHex(session.Mac(0x00, Hex(data + std::string(46, '0')))), "A49A44222D926666");
}

// The initialisation vector, from Proxmark3's desfiretest.c: the first block of an encryption is
// E(plain ⊕ IV).
TEST(DesfireSessionTest, Ev2InitialisationVector) {
  const AesKey key(Block("66A8CB93269DC9BC2885B7A91B9C697B"));
  const Ev2Session session({key, AesKey()}, {0xED, 0x56, 0xF6, 0xE6});
  AesBlock first = Block("DA0F644A4986275957CF1EC3AF4CCE53");
  first[0] ^= 0x80;  // the padding of nothing
  EXPECT_EQ(ToHex(session.Encrypt({}, Ev2Session::kCommandLabel)),
            ToHex(AesEncryptBlock(key, first)));
}

TEST(DesfireSessionTest, Padding) {
  const Ev2Session session({TestKey(1), TestKey(2)}, {1, 2, 3, 4});
  for (const std::size_t length : {0U, 1U, 15U, 16U, 17U, 32U}) {
    const Bytes plain(length, 0x00);
    const Bytes cipher = session.Encrypt(plain, Ev2Session::kAnswerLabel);
    EXPECT_EQ(cipher.size(), (length / 16 + 1) * 16);
    EXPECT_EQ(*session.Decrypt(cipher, Ev2Session::kAnswerLabel), plain);
  }
  for (const std::size_t length : {0U, 15U, 17U}) {
    EXPECT_FALSE(session.Decrypt(Bytes(length, 0x11), Ev2Session::kAnswerLabel).ok());
  }
}

// Two octets of each end of each challenge: independent of the rest.
TEST(DesfireSessionTest, Ev1Key) {
  EXPECT_EQ(ToHex(DeriveEv1AesKey({Block("000102030405060708090A0B0C0D0E0F"),
                                   Block("F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF")})
                      .octets()),
            "00010203F0F1F2F30C0D0E0FFCFDFEFF");
}

bool Contains(ByteView whole, ByteView part) {
  return std::search(whole.begin(), whole.end(), part.begin(), part.end()) != whole.end();
}

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

DesfireFileSpec FileOf(Kind kind, CommMode mode) {
  return {.kind = kind, .mode = mode, .read = 1, .write = 1, .read_write = 2, .value_max = 10000};
}

// Files 0 to 2: standard, 3 to 5: backup, 6 to 8: value; plain, MAC, full of each.
class DesfireTest : public testing::Test {
 protected:
  static test::DesfireCardSpec Spec() {
    test::DesfireCardSpec spec{
        .aid = kAid, .keys = {TestKey(0), TestKey(1), TestKey(2)}, .files = {}};
    std::uint8_t number = 0;
    for (const Kind kind : {Kind::kStandard, Kind::kBackup, Kind::kValue}) {
      for (const CommMode mode : kModes) spec.files[{number++}] = FileOf(kind, mode);
    }
    return spec;
  }
  static constexpr std::array kModes = {CommMode::kPlain, CommMode::kMac, CommMode::kFull};
  static DesfireFile File(int kind, CommMode mode) {
    return {static_cast<std::uint8_t>(3 * kind + static_cast<int>(mode))};
  }
  void Enter(DesfireKeyNumber number) {
    ASSERT_TRUE(terminal_.SelectApplication(kAid).ok());
    ASSERT_TRUE(terminal_.AuthenticateEv2First(number, TestKey(number.number)).ok());
  }

  test::DesfireCard card_{Spec()};
  Wire wire_{card_};
  DesfireTerminal terminal_{wire_, SeededRandom(7)};
};

TEST_F(DesfireTest, StandardFilesInEachMode) {
  Enter(kGate);
  const Bytes data = Hex("00112233445566778899AABBCCDDEEFF00");
  for (const CommMode mode : kModes) {
    const DesfireFile file = File(0, mode);
    ASSERT_TRUE(terminal_.WriteData(file, 3, data, mode).ok());
    EXPECT_EQ(*terminal_.ReadData({file, 3, data.size()}, mode), data);
    EXPECT_EQ(terminal_.ReadData({file, 0, 4}, mode)->back(), 0x00);
  }
  // On the wire, it is readable unless the mode is full.
  const auto seen = [&](std::size_t commands_from) {
    for (std::size_t i = commands_from; i < wire_.commands.size(); ++i) {
      if (Contains(wire_.commands[i], data)) return true;
      if (Contains(wire_.answers[i], data)) return true;
    }
    return false;
  };
  const std::size_t sent = wire_.commands.size();
  ASSERT_TRUE(terminal_.WriteData(File(0, CommMode::kFull), 0, data, CommMode::kFull).ok());
  ASSERT_TRUE(terminal_.ReadData({File(0, CommMode::kFull), 0, 17}, CommMode::kFull).ok());
  EXPECT_FALSE(seen(sent));
  EXPECT_TRUE(seen(0));
}

TEST_F(DesfireTest, ValuesTakeEffectWithTheCommit) {
  Enter(kLoader);
  for (const CommMode mode : kModes) {
    const DesfireFile file = File(2, mode);
    ASSERT_TRUE(terminal_.Credit(file, 1500, mode).ok());
    EXPECT_EQ(*terminal_.GetValue(file, mode), 0);
    ASSERT_TRUE(terminal_.Commit().ok());
    EXPECT_EQ(*terminal_.GetValue(file, mode), 1500);
    ASSERT_TRUE(terminal_.Debit(file, 400, mode).ok());
    ASSERT_TRUE(terminal_.Abort().ok());
    EXPECT_TRUE(terminal_.Commit().error().Is(errors::kCardRefused));
    Enter(kLoader);
    EXPECT_EQ(*terminal_.GetValue(file, mode), 1500);
    EXPECT_TRUE(terminal_.Debit(file, 1501, mode).error().Is(errors::kCardRefused));
    Enter(kLoader);
    EXPECT_TRUE(terminal_.Credit(file, 8501, mode).error().Is(errors::kCardRefused));
    Enter(kLoader);
  }
}

TEST_F(DesfireTest, ABackupFileTakesEffectWithTheCommit) {
  Enter(kGate);
  const DesfireFile file = File(1, CommMode::kFull);
  const Bytes data = Hex("A1A2A3A4");
  ASSERT_TRUE(terminal_.WriteData(file, 0, data, CommMode::kFull).ok());
  EXPECT_EQ(*terminal_.ReadData({file, 0, 4}, CommMode::kFull), Bytes(4));
  ASSERT_TRUE(terminal_.Commit().ok());
  EXPECT_EQ(*terminal_.ReadData({file, 0, 4}, CommMode::kFull), data);
  ASSERT_TRUE(terminal_.WriteData(file, 0, Bytes(4), CommMode::kFull).ok());
  Enter(kGate);  // a new selection forgets what was not committed
  EXPECT_EQ(*terminal_.ReadData({file, 0, 4}, CommMode::kFull), data);
}

TEST_F(DesfireTest, RightsAndPlaces) {
  const DesfireFile value = File(2, CommMode::kFull);
  const std::vector<std::function<Result<void>()>> refused = {
      [&] { return terminal_.Credit(value, 1, CommMode::kFull); },
      [&] { return terminal_.WriteData(value, 0, Bytes(4), CommMode::kFull); },
      [&] { return terminal_.WriteData({9}, 0, Bytes(4), CommMode::kMac); },
      [&] { return terminal_.WriteData(File(0, CommMode::kMac), 30, Bytes(4), CommMode::kMac); },
      // A mode that is not the file's.
      [&] { return terminal_.WriteData(File(0, CommMode::kMac), 0, Bytes(4), CommMode::kPlain); },
      [&] { return terminal_.Commit(); },  // of nothing
      [&] {
        return terminal_.SelectApplication({1, 2, 3});
      },
  };
  for (std::size_t i = 0; i < refused.size(); ++i) {
    Enter(kGate);
    EXPECT_TRUE(refused[i]().error().Is(errors::kCardRefused)) << i;
    EXPECT_TRUE(terminal_.GetValue(value, CommMode::kFull).error().Is(errors::kNoSession)) << i;
  }
}

TEST_F(DesfireTest, Authentications) {
  EXPECT_TRUE(terminal_.AuthenticateEv2NonFirst(kGate, TestKey(1)).error().Is(errors::kNoSession));
  Enter(kGate);
  ASSERT_TRUE(terminal_.ReadData({File(0, CommMode::kFull), 0, 4}, CommMode::kFull).ok());
  ASSERT_TRUE(terminal_.AuthenticateEv2NonFirst(kLoader, TestKey(2)).ok());
  // Identifier and counter went on, and the rights are the new key's.
  ASSERT_TRUE(terminal_.Credit(File(2, CommMode::kFull), 5, CommMode::kFull).ok());
  ASSERT_TRUE(terminal_.Commit().ok());
  EXPECT_FALSE(terminal_.AuthenticateEv2NonFirst(kLoader, TestKey(9)).ok());
  EXPECT_FALSE(terminal_.has_session());
  EXPECT_TRUE(terminal_.AuthenticateEv2First(kGate, TestKey(9)).error().Is(errors::kCardRefused));
  EXPECT_TRUE(terminal_.AuthenticateEv1Aes(kGate, TestKey(9)).error().Is(errors::kCardRefused));
}

TEST_F(DesfireTest, Ev1Aes) {
  ASSERT_TRUE(terminal_.SelectApplication(kAid).ok());
  const AesBlock rnd_a = SeededRandom(7)();
  const auto session_key = terminal_.AuthenticateEv1Aes(kGate, TestKey(1));
  ASSERT_TRUE(session_key.ok());
  EXPECT_TRUE(
      std::ranges::equal(ByteView(session_key->octets()).first(4), ByteView(rnd_a).first(4)));
  for (std::size_t step = 0; step < 2; ++step) {
    for (std::size_t bit = 0; bit < 16 * 8; ++bit) {
      std::size_t seen = 0;
      wire_.change = [&](Bytes& answer) {
        if (seen++ == step) answer[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      };
      EXPECT_FALSE(terminal_.AuthenticateEv1Aes(kGate, TestKey(1)).ok()) << step << ", " << bit;
    }
  }
}

TEST_F(DesfireTest, AChangedEv2AuthenticationIsRefused) {
  ASSERT_TRUE(terminal_.SelectApplication(kAid).ok());
  for (const std::size_t step : {0U, 1U}) {
    for (std::size_t bit = 0; bit < (step == 0 ? 18 : 34) * 8; ++bit) {
      std::size_t seen = 0;
      wire_.change = [&](Bytes& answer) {
        if (seen++ == step) answer[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      };
      EXPECT_FALSE(terminal_.AuthenticateEv2First(kGate, TestKey(1)).ok()) << step << ", " << bit;
      EXPECT_FALSE(terminal_.has_session());
    }
  }
}

using Step = std::function<bool(DesfireTerminal&)>;

TEST_F(DesfireTest, AChangedAnswerIsRefused) {
  const std::vector<std::pair<const char*, Step>> steps = {
      {"read",
       [](auto& t) {
         return t.ReadData({{2}, 0, 16}, CommMode::kFull).ok();
       }},
      {"MAC read",
       [](auto& t) {
         return t.ReadData({{1}, 0, 16}, CommMode::kMac).ok();
       }},
      {"value", [](auto& t) { return t.GetValue({8}, CommMode::kFull).ok(); }},
      {"write", [](auto& t) { return t.WriteData({5}, 0, Bytes(8), CommMode::kFull).ok(); }},
      {"credit and commit",
       [](auto& t) { return t.Credit({8}, 1, CommMode::kFull).ok() && t.Commit().ok(); }},
  };
  for (const auto& [name, step] : steps) {
    wire_.change = nullptr;
    Enter(kLoader);
    ASSERT_TRUE(step(terminal_)) << name;
    const std::size_t length = wire_.answers.back().size();
    for (std::size_t bit = 0; bit < length * 8; ++bit) {
      wire_.change = nullptr;
      Enter(kLoader);
      wire_.change = [bit](Bytes& answer) {
        if (bit / 8 < answer.size()) answer[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      };
      ASSERT_FALSE(step(terminal_)) << name << ", bit " << bit;
      ASSERT_FALSE(terminal_.has_session());
    }
    for (std::size_t size = 0; size < length; ++size) {
      wire_.change = nullptr;
      Enter(kLoader);
      wire_.change = [size](Bytes& answer) {  // the status stays
        Bytes cut(answer.begin(), answer.begin() + std::min(size, answer.size() - 2));
        cut.insert(cut.end(), answer.end() - 2, answer.end());
        answer = cut;
      };
      ASSERT_EQ(step(terminal_), size + 2 >= length) << name << ", " << size;
    }
  }
}

TEST_F(DesfireTest, ReplayedAnswersAreRefused) {
  Enter(kLoader);
  ASSERT_TRUE(terminal_.GetValue({8}, CommMode::kFull).ok());
  const Bytes old = wire_.answers.back();
  const auto replay = [&old](Bytes& answer) { answer = old; };
  wire_.change = replay;
  EXPECT_TRUE(terminal_.GetValue({8}, CommMode::kFull).error().Is(errors::kCardNotAuthentic));
  wire_.change = nullptr;
  Enter(kLoader);
  wire_.change = replay;
  EXPECT_TRUE(terminal_.GetValue({8}, CommMode::kFull).error().Is(errors::kCardNotAuthentic));
}

TEST_F(DesfireTest, TheCardRefusesReplayedCommands) {
  Enter(kLoader);
  ASSERT_TRUE(terminal_.Credit({8}, 100, CommMode::kFull).ok());
  const Bytes credit = wire_.commands.back();
  EXPECT_EQ(ToHex(card_.Answer(credit)), "911E");
}

// A tear in a standard file leaves half of the write: why a purse is not kept in one.
TEST_F(DesfireTest, AStandardFileIsTorn) {
  Enter(kGate);
  ASSERT_TRUE(terminal_.WriteData({2}, 0, Bytes(8, 0x11), CommMode::kFull).ok());
  test::Field field(card_, test::Tear{3, test::Tear::Moment::kDuring, 0});
  DesfireTerminal torn(field, SeededRandom(8));
  ASSERT_TRUE(torn.SelectApplication(kAid).ok());
  ASSERT_TRUE(torn.AuthenticateEv2First(kGate, TestKey(1)).ok());
  EXPECT_TRUE(
      torn.WriteData({2}, 0, Bytes(8, 0x22), CommMode::kFull).error().Is(errors::kCardRemoved));
  EXPECT_EQ(ToHex(ByteView(card_.files[{2}]).first(8)), "2222222211111111");
}

}  // namespace
}  // namespace plaza::emv
