// A purse over many taps, each torn or not at any command: it never loses or makes money, and its
// counters rise by exactly one with each completed operation.
#include <gtest/gtest.h>

#include "libs/emv/errors.h"
#include "libs/emv/limits.h"
#include "tests/support/emv/purse_card.h"
// After gtest: its main is gtest's.
#include <rapidcheck.h>

namespace plaza::emv {
namespace {

using test::Field;
using test::PurseCard;
using test::Tear;

constexpr int kTapsMax = 40;
constexpr std::size_t kCommandsMax = 8;  // of one tap, and one more

struct Tap {
  PurseOperation operation;
  std::int32_t amount;
  std::optional<Tear> tear;
};

Tap AnyTap(unsigned variants) {
  Tap tap{*rc::gen::element(PurseOperation::kDebit, PurseOperation::kLoad),
          *rc::gen::inRange(1, 3000), std::nullopt};
  if (*rc::gen::inRange(0, 3) == 0) return tap;
  tap.tear =
      Tear{*rc::gen::inRange<std::size_t>(0, kCommandsMax),
           *rc::gen::element(Tear::Moment::kBefore, Tear::Moment::kDuring, Tear::Moment::kAfter),
           *rc::gen::inRange(0U, variants)};
  return tap;
}

// The account kept elsewhere: what it knows of the card, by answers and by the counters.
struct Account {
  PurseState known;
  std::int64_t loaded = 0;
  std::int64_t debited = 0;
  std::uint32_t debits = 0;
  std::uint32_t operations = 0;

  void Book(PurseOperation operation, std::int32_t amount) {
    ++operations;
    const bool debit = operation == PurseOperation::kDebit;
    debits += debit ? 1 : 0;
    (debit ? debited : loaded) += amount;
  }
  void ExpectAgrees(const PurseState& state) const {
    RC_ASSERT(state.balance == loaded - debited);
    RC_ASSERT(state.last.sequence == operations);
    RC_ASSERT(state.last.debits == debits);
  }
};

void RunTap(PurseCard& card, const Tap& tap, Account& account) {
  Field field(card.card(), tap.tear);
  const bool debit = tap.operation == PurseOperation::kDebit;
  const auto purse = debit ? card.AtGate(field) : card.AtLoader(field);
  const auto opened = purse->Open();
  if (!opened.ok()) {
    RC_ASSERT(opened.error().Is(errors::kCardRemoved));
    return;
  }
  account.ExpectAgrees(*opened);
  const auto done = debit ? purse->Debit(tap.amount) : purse->Load(tap.amount);
  if (done.ok()) {
    account.Book(tap.operation, tap.amount);
    account.ExpectAgrees(*done);
    return;
  }
  if (done.error().Is(errors::kPurseAmount)) {
    RC_ASSERT(debit && tap.amount > opened->balance);
    return;
  }
  // No answer: the next tap settles it.
  RC_ASSERT(done.error().Is(errors::kCardRemoved));
  Field next(card.card());
  const auto now = card.AtGate(next)->Open();
  RC_ASSERT(now.ok());
  const Settled settled = Settle(*opened, tap.operation, tap.amount, *now);
  RC_ASSERT(settled != Settled::kSuperseded);
  if (settled == Settled::kCompleted) account.Book(tap.operation, tap.amount);
  account.ExpectAgrees(*now);
}

void ExpectKeepsMoney(std::unique_ptr<PurseCard> (*make)(std::uint64_t)) {
  EXPECT_TRUE(rc::check([make] {
    const auto card = make(*rc::gen::arbitrary<std::uint64_t>());
    Account account;
    const int taps = *rc::gen::inRange(1, kTapsMax);
    for (int i = 0; i < taps; ++i) RunTap(*card, AnyTap(card->torn_variants()), account);
  }));
}

TEST(PursePropertyTest, Sl3KeepsMoney) { ExpectKeepsMoney(test::MakeSl3PurseCard); }
TEST(PursePropertyTest, DesfireKeepsMoney) { ExpectKeepsMoney(test::MakeDesfirePurseCard); }

}  // namespace
}  // namespace plaza::emv
