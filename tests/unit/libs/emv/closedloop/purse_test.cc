#include "libs/emv/closedloop/purse.h"

#include <gmock/gmock.h>

#include <functional>

#include "libs/base/hex.h"
#include "libs/emv/errors.h"
#include "libs/emv/limits.h"
#include "tests/support/emv/purse_card.h"

namespace plaza::emv {
namespace {

using test::Field;
using test::PurseCard;
using test::Tear;

using Maker = std::function<std::unique_ptr<PurseCard>(std::uint64_t)>;

struct Make {
  const char* name;
  Maker maker;
};
void PrintTo(const Make& make, std::ostream* out) { *out << make.name; }

class PurseTest : public testing::TestWithParam<Make> {
 protected:
  std::unique_ptr<PurseCard> card_ = GetParam().maker(1);

  PurseState State() {
    Field field(card_->card());
    const auto state = card_->AtGate(field)->Open();
    EXPECT_TRUE(state.ok()) << state.error().ToString();
    return state.ok() ? *state : PurseState{-1, {}};
  }

  // One tap, torn or not.
  Result<PurseState> Tap(PurseOperation operation, std::int32_t amount,
                         std::optional<Tear> tear = std::nullopt, std::size_t* commands = nullptr) {
    Field field(card_->card(), tear);
    const bool debit = operation == PurseOperation::kDebit;
    const auto purse = debit ? card_->AtGate(field) : card_->AtLoader(field);
    auto done = purse->Open();
    if (done.ok()) done = debit ? purse->Debit(amount) : purse->Load(amount);
    if (commands != nullptr) *commands = field.commands();
    return done;
  }

  std::vector<Tear> AllTears(std::size_t commands) const {
    std::vector<Tear> tears;
    for (std::size_t i = 0; i < commands; ++i) {
      tears.push_back({i, Tear::Moment::kBefore, 0});
      for (unsigned v = 0; v < card_->torn_variants(); ++v) {
        tears.push_back({i, Tear::Moment::kDuring, v});
      }
      tears.push_back({i, Tear::Moment::kAfter, 0});
    }
    return tears;
  }
};

INSTANTIATE_TEST_SUITE_P(Cards, PurseTest,
                         testing::Values(Make{"sl3", test::MakeSl3PurseCard},
                                         Make{"desfire", test::MakeDesfirePurseCard}),
                         [](const auto& made) { return std::string(made.param.name); });

TEST_P(PurseTest, LoadsAndDebits) {
  EXPECT_EQ(State(), (PurseState{0, {}}));
  EXPECT_EQ(*Tap(PurseOperation::kLoad, 5000),
            (PurseState{5000, {PurseOperation::kLoad, 1, 0, 5000}}));
  EXPECT_EQ(*Tap(PurseOperation::kDebit, 1100),
            (PurseState{3900, {PurseOperation::kDebit, 2, 1, 1100}}));
  EXPECT_EQ(*Tap(PurseOperation::kDebit, 3900),
            (PurseState{0, {PurseOperation::kDebit, 3, 2, 3900}}));
  EXPECT_EQ(State(), (PurseState{0, {PurseOperation::kDebit, 3, 2, 3900}}));
}

TEST_P(PurseTest, SeveralOperationsInOneTap) {
  Field field(card_->card());
  const auto purse = card_->AtLoader(field);
  ASSERT_TRUE(purse->Open().ok());
  ASSERT_TRUE(purse->Load(300).ok());
  ASSERT_TRUE(purse->Debit(100).ok());
  EXPECT_EQ(*purse->Debit(100), (PurseState{100, {PurseOperation::kDebit, 3, 2, 100}}));
}

TEST_P(PurseTest, RefusesAmountsBeforeItSendsAnything) {
  ASSERT_TRUE(Tap(PurseOperation::kLoad, 100).ok());
  Field field(card_->card());
  const auto purse = card_->AtLoader(field);
  EXPECT_TRUE(purse->Debit(1).error().Is(errors::kNoSession));
  ASSERT_TRUE(purse->Open().ok());
  const std::size_t sent = field.commands();
  for (const std::int32_t amount : {0, -1, 101, std::numeric_limits<std::int32_t>::min()}) {
    EXPECT_TRUE(purse->Debit(amount).error().Is(errors::kPurseAmount)) << amount;
  }
  for (const std::int32_t amount :
       {0, -1, kPurseBalanceMax - 99, std::numeric_limits<std::int32_t>::max()}) {
    EXPECT_TRUE(purse->Load(amount).error().Is(errors::kPurseAmount)) << amount;
  }
  EXPECT_EQ(field.commands(), sent);
  EXPECT_EQ(purse->Load(kPurseBalanceMax - 100)->balance, kPurseBalanceMax);
}

TEST_P(PurseTest, TheGatesKeyCannotLoad) {
  Field field(card_->card());
  const auto purse = card_->AtGate(field);
  ASSERT_TRUE(purse->Open().ok());
  EXPECT_TRUE(purse->Load(100).error().Is(errors::kCardRefused));
  EXPECT_EQ(State().balance, 0);
}

// At every command, before, during and after: the purse is as before or as after, and the gate
// that was answered has the latter.
TEST_P(PurseTest, ATearLeavesTheStateBeforeOrAfter) {
  for (const PurseOperation operation : {PurseOperation::kDebit, PurseOperation::kLoad}) {
    card_ = GetParam().maker(1);
    ASSERT_TRUE(Tap(PurseOperation::kLoad, 5000).ok());
    std::size_t commands = 0;
    ASSERT_TRUE(Tap(operation, 100, std::nullopt, &commands).ok());
    bool completed = false;
    bool rolled_back = false;
    for (const Tear& tear : AllTears(commands)) {
      SCOPED_TRACE("command " + std::to_string(tear.command) + ", moment " +
                   std::to_string(static_cast<int>(tear.moment)) + ", variant " +
                   std::to_string(tear.variant));
      const PurseState before = State();
      const auto answer = Tap(operation, 100, tear);
      ASSERT_FALSE(answer.ok());
      EXPECT_TRUE(answer.error().Is(errors::kCardRemoved)) << answer.error().ToString();
      const PurseState now = State();
      const bool debit = operation == PurseOperation::kDebit;
      switch (Settle(before, operation, 100, now)) {
        case Settled::kRolledBack:
          rolled_back = true;
          EXPECT_EQ(now, before);
          break;
        case Settled::kCompleted:
          completed = true;
          EXPECT_EQ(now.balance, before.balance + (debit ? -100 : 100));
          EXPECT_EQ(now.last.debits, before.last.debits + (debit ? 1 : 0));
          break;
        case Settled::kSuperseded:
          ADD_FAILURE() << "neither";
      }
    }
    EXPECT_TRUE(completed && rolled_back);
  }
}

// Torn, and torn again at the next tap, at every pair of moments: still one state or the other, and
// the counters tell which debits took place.
TEST_P(PurseTest, TearsUponTears) {
  ASSERT_TRUE(Tap(PurseOperation::kLoad, kPurseBalanceMax).ok());
  std::size_t commands = 0;
  ASSERT_TRUE(Tap(PurseOperation::kDebit, 7, std::nullopt, &commands).ok());
  for (const Tear& first : AllTears(commands)) {
    for (const Tear& second : AllTears(commands)) {
      const PurseState before = State();
      ASSERT_FALSE(Tap(PurseOperation::kDebit, 7, first).ok());
      ASSERT_FALSE(Tap(PurseOperation::kDebit, 5, second).ok());
      const PurseState now = State();
      const std::int32_t spent = before.balance - now.balance;
      const std::uint32_t debits = now.last.debits - before.last.debits;
      ASSERT_EQ(now.last.sequence - before.last.sequence, debits);
      const std::uint32_t expected_debits = spent == 0 ? 0 : spent == 12 ? 2 : 1;
      ASSERT_EQ(debits, expected_debits) << spent;
      ASSERT_TRUE(spent == 0 || spent == 5 || spent == 7 || spent == 12) << spent;
    }
  }
}

// A tear while a used card is issued anew brings no older balance back.
TEST_P(PurseTest, ATornIssueLeavesTheOldPurseADamagedOneOrAnEmptyOne) {
  for (const int debits : {1, 2}) {
    card_ = GetParam().maker(1);
    ASSERT_TRUE(Tap(PurseOperation::kLoad, 100 * debits).ok());
    for (int i = 0; i < debits; ++i) ASSERT_TRUE(Tap(PurseOperation::kDebit, 100).ok());
    const PurseState old = State();
    for (const Tear& tear : AllTears(10)) {
      {
        Field field(card_->card(), tear);
        (void)card_->Issue(field);
      }
      Field field(card_->card());
      const auto now = card_->AtGate(field)->Open();
      if (!now.ok()) {
        EXPECT_TRUE(now.error().Is(errors::kPurseDamaged)) << now.error().ToString();
      } else {
        EXPECT_TRUE(*now == old || *now == PurseState{}) << now->balance;
      }
    }
    Field field(card_->card());
    ASSERT_TRUE(card_->Issue(field).ok());
    EXPECT_EQ(State(), PurseState{});
  }
}

TEST_P(PurseTest, ACardOfAnotherKindOpensNothing) {
  Field field(card_->card());
  const auto other = GetParam().name == std::string("sl3") ? test::MakeDesfirePurseCard()
                                                           : test::MakeSl3PurseCard();
  EXPECT_FALSE(other->AtGate(field)->Open().ok());
}

TEST(PurseRecordTest, Codec) {
  const PurseRecord record{PurseOperation::kDebit, 0x01020304, 0x0A0B0C0D, 0x7FFFFF};
  const AesBlock octets = EncodePurseRecord(record);
  EXPECT_EQ(ToHex(ByteView(octets).first(12)), "02040302010D0C0B0AFFFF7F");
  EXPECT_EQ(*DecodePurseRecord(octets), record);
  for (std::size_t bit = 0; bit < octets.size() * 8; ++bit) {
    AesBlock changed = octets;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(DecodePurseRecord(changed).ok()) << bit;
  }
  EXPECT_FALSE(DecodePurseRecord(AesBlock{}).ok());
  EXPECT_FALSE(DecodePurseRecord(ByteView(octets).first(15)).ok());
  EXPECT_FALSE(DecodePurseRecord({}).ok());
}

TEST(SettleTest, Cases) {
  const PurseState before{500, {PurseOperation::kLoad, 4, 2, 100}};
  const auto settle = [&](const PurseState& now) {
    return Settle(before, PurseOperation::kDebit, 100, now);
  };
  EXPECT_EQ(settle(before), Settled::kRolledBack);
  EXPECT_EQ(settle({400, {PurseOperation::kDebit, 5, 3, 100}}), Settled::kCompleted);
  EXPECT_EQ(settle({400, {PurseOperation::kDebit, 5, 3, 101}}), Settled::kSuperseded);
  EXPECT_EQ(settle({600, {PurseOperation::kLoad, 5, 2, 100}}), Settled::kSuperseded);
  EXPECT_EQ(settle({300, {PurseOperation::kDebit, 6, 4, 100}}), Settled::kSuperseded);
}

}  // namespace
}  // namespace plaza::emv
