#include <gmock/gmock.h>

#include "services/clearing/errors.h"
#include "services/clearing/limits.h"
#include "tests/unit/services/clearing/core/fold_fixture.h"

namespace plaza::clearing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kMorning = "2026-11-23T08:00:00-06:00";

Share S(const char* id, std::int64_t amount) { return {OperatorId(id), amount}; }

TEST_F(FoldTest, EachShareIsPostedByItself) {
  const Effects out = Charged("G1:1", 1, kMorning, {S("siteur", 700), S("mimacro", 400)});
  EXPECT_THAT(Lines(out), ElementsAre("card_receivable>suspense 400 2026-11-23",
                                      "card_receivable>suspense 700 2026-11-23"));
  EXPECT_EQ(out.postings[1].id,
            Uuid::V5(id_space::Posting(), "G1:1/" + state.id.value().ToText() + "/siteur/1"));
  EXPECT_EQ(out.postings[1].reference, "G1:1");
  ASSERT_EQ(state.aggregates.size(), 1U);
  EXPECT_EQ(state.aggregates[0].amount_minor, 1100);
  EXPECT_EQ(state.aggregates[0].id.value(),
            Uuid::V5(id_space::Aggregate(), state.id.value().ToText() + "/2026-11-23/1"));
}

TEST_F(FoldTest, TheSameRevisionAgainChangesNothing) {
  Charged("G1:1", 1, kMorning, {S("siteur", 1100)});
  Charged("G1:1", 2, kMorning, {S("siteur", -600)});
  for (const std::uint32_t revision : {1U, 2U}) {
    const Effects out = Charged("G1:1", revision, kMorning, {S("siteur", 1100)});
    EXPECT_TRUE(out.duplicate);
    EXPECT_THAT(Lines(out), IsEmpty());
  }
  EXPECT_EQ(state.aggregates[0].amount_minor, 500);
}

TEST_F(FoldTest, RefusesWhatItCannotTakeAndStaysAsItWas) {
  Charged("G1:1", 1, kMorning, {S("siteur", 1100)});
  open_from = Day("2026-11-23");
  Charge usd = ChargeOf("G1:2", 1, kMorning, {S("siteur", 1)});
  usd.amount = Money(1, *Currency::Parse("USD"));
  Charge unbalanced = ChargeOf("G1:2", 1, kMorning, {S("siteur", 5)});
  unbalanced.amount = Money(6, policy.currency);
  const struct {
    Charge charge;
    const ErrorKind& kind;
  } table[] = {
      {usd, kBadCharge},
      {unbalanced, kBadCharge},
      {ChargeOf("G1:2", 0, kMorning, {S("siteur", 1)}), kBadCharge},
      {ChargeOf("", 1, kMorning, {S("siteur", 1)}), kBadCharge},
      {ChargeOf("G1:2", 1, kMorning, {S("", 1)}), kBadCharge},
      {ChargeOf("G1:2", 1, kMorning, {S("siteur", kAmountMinorMax + 1)}), kBadCharge},
      {ChargeOf("G1:2", 2, kMorning, {S("siteur", 1)}), kRevisionGap},
      {ChargeOf("G1:1", 3, kMorning, {S("siteur", 1)}), kRevisionGap},
      {ChargeOf("G1:1", 2, kMorning, {S("siteur", -1101)}), kRefundExceedsCharge},
      {ChargeOf("G1:1", 2, kMorning, {S("mimacro", -1)}), kRefundExceedsCharge},
      {ChargeOf("G1:1", 2, kMorning, {S("siteur", 5), S("mimacro", -1)}), kRefundExceedsCharge},
      {ChargeOf("G1:3", 1, "2026-11-08T08:00:00-06:00", {S("siteur", 1)}), kChargeTooOld},
  };
  for (const auto& row : table) {
    Effects out;
    const Result<void> done = ApplyCharge(context(), state, row.charge, out);
    ASSERT_FALSE(done.ok()) << row.kind.reason;
    EXPECT_TRUE(done.error().Is(row.kind)) << done.error().ToString();
    EXPECT_FALSE(out.changed);
    EXPECT_THAT(Lines(out), IsEmpty());
  }
  EXPECT_EQ(state.legs.size(), 1U);
  EXPECT_EQ(state.aggregates[0].amount_minor, 1100);
}

TEST_F(FoldTest, AChargeBelongsToItsDayOrToTheDayThatIsOpen) {
  const struct {
    const char* at;
    const char* open_from;  // null: no cut-off passed yet
    const char* day;
  } table[] = {
      {"2026-11-23T08:00:00-06:00", nullptr, "2026-11-23"},
      {"2026-11-24T02:59:59-06:00", nullptr, "2026-11-23"},       // before the cut-off
      {"2026-11-24T03:00:00-06:00", nullptr, "2026-11-24"},       // at the cut-off
      {"2026-11-23T08:00:00-06:00", "2026-11-24", "2026-11-24"},  // late: the open day
      {"2026-11-25T08:00:00-06:00", "2026-11-24", "2026-11-25"},  // early: its own day
  };
  int n = 0;
  for (const auto& row : table) {
    open_from = row.open_from ? std::optional<Date>(Day(row.open_from)) : std::nullopt;
    const Effects out = Charged("L:" + std::to_string(++n), 1, row.at, {S("siteur", 100)});
    EXPECT_EQ(out.postings.at(0).business_day.ToText(), row.day) << row.at;
  }
}

TEST_F(FoldTest, WithinTheDayADifferenceComesOutOfSuspenseAndLowersTheAggregate) {
  Charged("G1:1", 1, kMorning, {S("siteur", 1100)});
  const Effects out = Charged("G1:1", 2, kMorning, {S("siteur", -600)});
  EXPECT_THAT(Lines(out), ElementsAre("suspense>card_receivable 600 2026-11-23"));
  EXPECT_THAT(Requests(out), IsEmpty());
  EXPECT_EQ(state.aggregates[0].amount_minor, 500);
}

TEST_F(FoldTest, SharesThatMoveBetweenOperatorsTouchNoCard) {
  Charged("G1:1", 1, kMorning, {S("siteur", 1000)});
  const Effects out = Charged("G1:1", 2, kMorning, {S("mimacro", 300), S("siteur", -300)});
  EXPECT_THAT(Lines(out), ElementsAre("card_receivable>suspense 300 2026-11-23",
                                      "suspense>card_receivable 300 2026-11-23"));
  EXPECT_EQ(state.aggregates[0].amount_minor, 1000);
  EXPECT_TRUE(state.parked.empty());
}

TEST_F(FoldTest, AfterTheDayASharesRefundComesOutOfWhatTheOperatorIsOwed) {
  Charged("G1:1", 1, kMorning, {S("siteur", 1000)});
  open_from = Day("2026-11-24");
  const Effects more = Charged("G1:1", 2, kMorning, {S("siteur", 200)});
  EXPECT_THAT(Lines(more), ElementsAre("card_receivable>suspense 200 2026-11-24"));
  // 200 of today, then 300 of yesterday: two rows with two ids.
  const Effects less = Charged("G1:1", 3, kMorning, {S("siteur", -500)});
  EXPECT_THAT(Lines(less), ElementsAre("suspense>card_receivable 200 2026-11-24",
                                       "operator_payable:siteur>card_receivable 300 2026-11-24"));
  EXPECT_NE(less.postings[0].id, less.postings[1].id);
  // Today's aggregate gives its 200 back at once; yesterday's 300 waits for the acquirer.
  EXPECT_EQ(state.aggregates.at(1).amount_minor, 0);
  ASSERT_EQ(state.parked.size(), 1U);
  EXPECT_EQ(state.parked[0].amount_minor, 300);
  EXPECT_EQ(state.parked[0].aggregate.day, Day("2026-11-23"));
}

TEST_F(FoldTest, SubsidiesAreNotedByOperatorAndNotPosted) {
  Charge charge = ChargeOf("G1:1", 1, kMorning, {S("mimacro", 300), S("siteur", 600)});
  charge.subsidies_minor = 100;
  Effects out;
  ASSERT_TRUE(ApplyCharge(context(), state, charge, out).ok());
  ASSERT_EQ(out.subsidies.size(), 2U);
  EXPECT_EQ(out.subsidies[0].amount_minor, 33);
  EXPECT_EQ(out.subsidies[1].amount_minor, 67);
  EXPECT_EQ(out.postings.size(), 2U);
}

}  // namespace
}  // namespace plaza::clearing
