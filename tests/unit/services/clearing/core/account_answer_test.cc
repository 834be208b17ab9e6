#include <gmock/gmock.h>

#include "services/clearing/errors.h"
#include "services/clearing/limits.h"
#include "tests/unit/services/clearing/core/fold_fixture.h"

namespace plaza::clearing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kMorning = "2026-11-23T08:00:00-06:00";
constexpr const char* kDay = "2026-11-23";

class AnswerTest : public FoldTest {
 protected:
  // One leg of `amount`, closed: authorising.
  void Authorising(std::int64_t amount = 1000) {
    TapAt(kMorning, "G1:1");
    Answered(Purpose::kVerification, "00");
    Charged("G1:1", 1, kMorning, {{OperatorId("siteur"), amount}});
    Close(kDay, {TapValue(kMorning, "G1:1")});
  }
  Effects Refund(std::int64_t amount) {
    const std::uint32_t revision = state.legs.at(0).revision + 1;
    return Charged("G1:1", revision, kMorning, {{OperatorId("siteur"), -amount}});
  }
  AggregateState Now() const { return state.aggregates.at(0).state; }
};

TEST_F(AnswerTest, CloseAsksForTheTotalWithTheEarliestChargedTap) {
  for (const char* leg : {"G2:1", "G1:2", "G1:1"}) {
    Charged(leg, 1, kMorning, {{OperatorId("siteur"), 500}});
  }
  Charged("G1:1", 2, kMorning, {{OperatorId("siteur"), -500}});  // refunded: no longer charged
  const Effects out = Close(kDay, {TapValue("2026-11-23T07:00:00-06:00", "G1:1"),
                                   TapValue("2026-11-23T06:00:00-06:00", "G9:9"),  // not charged
                                   TapValue(kMorning, "G2:1", 'b'), TapValue(kMorning, "G1:2")});
  EXPECT_THAT(Requests(out), ElementsAre("authorisation/1 1000 G1:2"));
  EXPECT_EQ(out.requests[0].chip_data, "chip-G1:2");
  EXPECT_EQ(out.requests[0].card, TokenOf('a'));
  EXPECT_EQ(out.requests[0].business_day, Day(kDay));
  EXPECT_EQ(Now(), AggregateState::kAuthorising);
}

TEST_F(AnswerTest, AnEmptyAggregateAsksNothing) {
  Charged("G1:1", 1, kMorning, {{OperatorId("siteur"), 500}});
  Charged("G1:1", 2, kMorning, {{OperatorId("siteur"), -500}});
  EXPECT_THAT(Requests(Close(kDay, {TapValue(kMorning, "G1:1")})), IsEmpty());
  EXPECT_EQ(Now(), AggregateState::kEmpty);
}

// A refund that came between the two cut-offs of a day took the leg out of the search for the
// opening tap.
TEST_F(AnswerTest, ARefundBetweenTheCutOffsOfChargesAndTapsLeavesTheOpeningTapAsItWas) {
  Charged("G1:1", 1, kMorning, {{OperatorId("siteur"), 500}});
  open_from = Day("2026-11-24");  // charges have passed the cut-off, taps have not
  Refund(500);
  EXPECT_TRUE(WantsTap(state, TapId("G1:1")));
  EXPECT_THAT(Requests(Close(kDay, {TapValue(kMorning, "G1:1")})),
              ElementsAre("authorisation/1 500 G1:1"));
}

TEST_F(AnswerTest, WithoutItsTapItWaitsAndAsksWhenTheTapComes) {
  Charged("G1:1", 1, kMorning, {{OperatorId("siteur"), 500}});
  EXPECT_THAT(Requests(Close(kDay, {})), IsEmpty());
  EXPECT_EQ(AggregateStateName(Now()), "open");
  EXPECT_EQ(state.EarliestOpenDay(), Day(kDay));
  TapAt(kMorning, "G7:7");
  EXPECT_EQ(Now(), AggregateState::kWaitingTap);
  EXPECT_THAT(Requests(TapAt(kMorning, "G1:1")), ElementsAre("authorisation/1 500 G1:1"));
  EXPECT_EQ(Now(), AggregateState::kAuthorising);
}

TEST_F(AnswerTest, ADifferenceToALegWhoseTapIsGoneUsesTheCardOfItsAggregateBefore) {
  Authorising();
  Charged("G1:1", 2, kMorning, {{OperatorId("siteur"), 200}});
  const Effects out = Close("2026-11-24", {});
  EXPECT_THAT(Requests(out), ElementsAre("authorisation/1 200 G1:1"));
  EXPECT_EQ(out.requests[0].card, TokenOf('a'));
  EXPECT_EQ(out.requests[0].chip_data, "");
}

TEST_F(AnswerTest, ApprovedIsCapturedAndPostedOnceTheCaptureIsAnswered) {
  Authorising();
  const Effects approved = Answered(Purpose::kAuthorisation, "00");
  EXPECT_THAT(Requests(approved), ElementsAre("capture/1 1000 G1:1"));
  EXPECT_THAT(Lines(approved), IsEmpty());
  EXPECT_EQ(Now(), AggregateState::kCapturing);
  const Effects captured = Answered(Purpose::kCapture, "00");
  EXPECT_THAT(Lines(captured), ElementsAre("acquirer_receivable>card_receivable 1000 2026-11-23"));
  EXPECT_EQ(Now(), AggregateState::kCaptured);
  for (const Purpose purpose : {Purpose::kAuthorisation, Purpose::kCapture}) {
    EXPECT_TRUE(Answered(purpose, "00").duplicate);
  }
}

TEST_F(AnswerTest, DeclinedIsDebtAndDeniesEveryToken) {
  TapAt(kMorning, "G5:5", 'b');
  Authorising();
  const Effects out = Answered(Purpose::kAuthorisation, "51");
  EXPECT_THAT(Lines(out), ElementsAre("debt_receivable>card_receivable 1000 2026-11-23"));
  EXPECT_THAT(DenyChanges(out), ElementsAre("+debt b", "+debt a"));
  EXPECT_EQ(Now(), AggregateState::kDebt);
  EXPECT_TRUE(Answered(Purpose::kAuthorisation, "00").duplicate);
  // A token that is seen later is denied too.
  EXPECT_THAT(DenyChanges(TapAt(kMorning, "G6:6", 'c')), ElementsAre("+debt c"));
}

TEST_F(AnswerTest, TheTableOfCodesDecidesWhatIsApproved) {
  const struct {
    const char* code;
    AggregateState state;
  } table[] = {{"00", AggregateState::kCapturing},
               {"51", AggregateState::kDebt},
               {"41", AggregateState::kDebt},
               {"99", AggregateState::kDebt}};
  for (const auto& row : table) {
    state = AccountState();
    state.id = AccountOf("a");
    open_from.reset();
    Authorising();
    Answered(Purpose::kAuthorisation, row.code);
    EXPECT_EQ(Now(), row.state) << row.code;
  }
}

TEST_F(AnswerTest, ARefundWhileItIsUnderWayWaitsAndFollowsTheOutcome) {
  const struct {
    const char* authorisation;
    const char* capture;  // null: none
    std::vector<std::string> lines;
    std::vector<std::string> requests;
    std::int64_t amount;
  } table[] = {
      {"00",
       "00",
       {"acquirer_receivable>card_receivable 1000 2026-11-23",
        "card_receivable>refunds_payable 300 2026-11-24"},
       {"refund/1 300 G1:1"},
       1000},
      {"51",
       nullptr,
       {"debt_receivable>card_receivable 1000 2026-11-23",
        "card_receivable>debt_receivable 300 2026-11-24"},
       {},
       700},
      {"00", "96", {}, {}, 700},
  };
  for (const auto& row : table) {
    state = AccountState();
    state.id = AccountOf("a");
    open_from.reset();
    Authorising();
    EXPECT_THAT(Lines(Refund(300)),
                ElementsAre("operator_payable:siteur>card_receivable 300 2026-11-24"));
    EXPECT_EQ(state.parked.size(), 1U);
    Effects last = Answered(Purpose::kAuthorisation, row.authorisation);
    if (row.capture != nullptr) last = Answered(Purpose::kCapture, row.capture);
    EXPECT_EQ(Lines(last), row.lines);
    EXPECT_EQ(Requests(last), row.requests);
    EXPECT_TRUE(state.parked.empty());
    EXPECT_EQ(state.aggregates[0].amount_minor, row.amount);
  }
}

TEST_F(AnswerTest, ARefundOfWhatWasCapturedIsAskedForAndPostedWhenPaid) {
  Authorising();
  Answered(Purpose::kAuthorisation, "00");
  Answered(Purpose::kCapture, "00");
  const Effects out = Refund(400);
  EXPECT_THAT(Lines(out), ElementsAre("operator_payable:siteur>card_receivable 400 2026-11-24",
                                      "card_receivable>refunds_payable 400 2026-11-24"));
  EXPECT_THAT(Requests(out), ElementsAre("refund/1 400 G1:1"));
  EXPECT_THAT(Requests(Refund(100)), ElementsAre("refund/2 100 G1:1"));
  EXPECT_THAT(Lines(Answered(Purpose::kRefund, "00", 2)),
              ElementsAre("refunds_payable>acquirer_receivable 100 2026-11-24"));
  EXPECT_TRUE(Answered(Purpose::kRefund, "00", 2).duplicate);
  const Effects refused = Answered(Purpose::kRefund, "96", 1);
  EXPECT_TRUE(refused.broken);
  EXPECT_THAT(Lines(refused), IsEmpty());
}

TEST_F(AnswerTest, ADebtRefundedToNothingLeavesTheDenyList) {
  Authorising();
  Answered(Purpose::kAuthorisation, "51");
  EXPECT_THAT(DenyChanges(Refund(400)), IsEmpty());
  EXPECT_EQ(state.aggregates[0].amount_minor, 600);
  EXPECT_THAT(DenyChanges(Refund(600)), ElementsAre("-refunded a"));
  EXPECT_EQ(Now(), AggregateState::kEmpty);
  EXPECT_FALSE(state.denied);
}

TEST_F(AnswerTest, FirstUse) {
  EXPECT_THAT(Requests(TapAt(kMorning, "G1:1")), ElementsAre("verification/1 0 G1:1"));
  EXPECT_THAT(Requests(TapAt(kMorning, "G1:2")), IsEmpty());  // one is under way
  EXPECT_THAT(DenyChanges(Answered(Purpose::kVerification, "51")), IsEmpty());
  EXPECT_THAT(Requests(TapAt(kMorning, "G1:3")), ElementsAre("verification/2 0 G1:3"));
  EXPECT_TRUE(Answered(Purpose::kVerification, "00", 1).duplicate);  // late
  EXPECT_THAT(DenyChanges(Answered(Purpose::kVerification, "41", 2)),
              ElementsAre("+first_use_declined a"));
  EXPECT_THAT(Requests(TapAt(kMorning, "G1:4")), IsEmpty());
  // The first reason stays when debt comes on top; an approved total clears what is not owed.
  Charged("G1:1", 1, kMorning, {{OperatorId("siteur"), 500}});
  Close(kDay, {TapValue(kMorning, "G1:1")});
  EXPECT_THAT(DenyChanges(Answered(Purpose::kAuthorisation, "00")), ElementsAre("-verified a"));
}

TEST_F(AnswerTest, AnAnswerAboutNothingIsRefused) {
  Effects out;
  Answer answer;
  answer.aggregate = AggregateId(Uuid::V5(id_space::Aggregate(), "x"));
  const Result<void> done = ApplyAnswer(context(), state, answer, out);
  ASSERT_FALSE(done.ok());
  EXPECT_TRUE(done.error().Is(kUnknownAggregate));
}

TEST_F(AnswerTest, WhatIsOldAndSettledIsForgotten) {
  Authorising();
  Answered(Purpose::kAuthorisation, "00");
  Answered(Purpose::kCapture, "00");
  const Date last = Day(kDay) + kLegsKeptDays - 1;
  Close(last.ToText().c_str(), {});
  EXPECT_EQ(state.legs.size(), 1U);
  Close((last + 1).ToText().c_str(), {});
  EXPECT_TRUE(state.legs.empty());
  EXPECT_TRUE(state.aggregates.empty());
}

TEST_F(AnswerTest, ADebtIsNeverForgotten) {
  Authorising();
  Answered(Purpose::kAuthorisation, "51");
  Close((Day(kDay) + 400).ToText().c_str(), {});
  EXPECT_TRUE(state.Owing());
}

}  // namespace
}  // namespace plaza::clearing
