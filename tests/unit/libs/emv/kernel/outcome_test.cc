#include "libs/emv/kernel/outcome.h"

#include <gmock/gmock.h>

#include "libs/emv/errors.h"
#include "libs/emv/kernel/kernel.h"
#include "libs/emv/kernel/reading.h"

namespace plaza::emv {
namespace {

struct Row {
  KernelVerdict verdict;
  OdaResult oda;
  OutcomeKind kind;
  Start start;
  UiMessage message;  // on outcome
  OutcomeCvm cvm;
};

TEST(OutcomeTest, OfEachVerdict) {
  for (const Row& row :
       {Row{KernelVerdict::kOnline, OdaResult::kPassed, OutcomeKind::kOnlineRequest, Start::kNone,
            UiMessage::kCardReadOk, OutcomeCvm::kNoCvm},
        Row{KernelVerdict::kOnline, OdaResult::kFailed, OutcomeKind::kDeclined, Start::kNone,
            UiMessage::kNotAuthorised, OutcomeCvm::kNotApplicable},
        Row{KernelVerdict::kOffline, OdaResult::kPassed, OutcomeKind::kApproved, Start::kNone,
            UiMessage::kApproved, OutcomeCvm::kNoCvm},
        Row{KernelVerdict::kOffline, OdaResult::kNotPossible, OutcomeKind::kDeclined, Start::kNone,
            UiMessage::kNotAuthorised, OutcomeCvm::kNotApplicable},
        Row{KernelVerdict::kCardDeclined, OdaResult::kNotPossible, OutcomeKind::kDeclined,
            Start::kNone, UiMessage::kNotAuthorised, OutcomeCvm::kNotApplicable},
        Row{KernelVerdict::kPanMismatch, OdaResult::kNotPossible, OutcomeKind::kEndApplication,
            Start::kNone, UiMessage::kInsertSwipeOrTryAnother, OutcomeCvm::kNotApplicable},
        Row{KernelVerdict::kSelectNext, OdaResult::kNotPossible, OutcomeKind::kSelectNext,
            Start::kC, UiMessage::kNone, OutcomeCvm::kNotApplicable},
        Row{KernelVerdict::kSeePhone, OdaResult::kNotPossible, OutcomeKind::kTryAgain, Start::kB,
            UiMessage::kSeePhone, OutcomeCvm::kNotApplicable},
        Row{KernelVerdict::kTryAnotherInterface, OdaResult::kNotPossible,
            OutcomeKind::kTryAnotherInterface, Start::kNone, UiMessage::kInsertOrSwipe,
            OutcomeCvm::kNotApplicable}}) {
    KernelOutcome kernel;
    kernel.verdict = row.verdict;
    kernel.oda.result = row.oda;
    const Outcome outcome = OutcomeOf(kernel);
    EXPECT_EQ(outcome.kind, row.kind) << OutcomeName(row.kind);
    EXPECT_EQ(outcome.start, row.start);
    EXPECT_EQ(outcome.ui_on_outcome.value_or(UiRequest{}).message, row.message);
    EXPECT_EQ(outcome.cvm, row.cvm);
    EXPECT_EQ(outcome.field_off_100ms.has_value(), row.verdict == KernelVerdict::kSeePhone);
  }
}

TEST(OutcomeTest, OfACardThatErredLeftOrIsNotAlone) {
  const Outcome again = OutcomeOf(Error(errors::kCardRemoved, "gone"));
  EXPECT_EQ(again.kind, OutcomeKind::kTryAgain);
  EXPECT_EQ(again.start, Start::kB);
  EXPECT_EQ(again.ui_on_restart, (UiRequest{UiMessage::kTryAgain, UiStatus::kReadyToRead}));
  const Outcome many = OutcomeOf(Error(errors::kMultipleCards, "two cards"));
  EXPECT_EQ(many.kind, OutcomeKind::kTryAgain);
  EXPECT_EQ(many.ui_on_restart->message, UiMessage::kPresentOneCard);
  EXPECT_EQ(OutcomeOf(CardError("bad")).kind, OutcomeKind::kEndApplication);
  EXPECT_EQ(OutcomeOf(Error(errors::kNoApplication, "none")).kind, OutcomeKind::kEndApplication);
}

TEST(OutcomeTest, WhatARefusalOfGetProcessingOptionsMeans) {
  EXPECT_EQ(HandBackOf(0x6984), KernelVerdict::kTryAnotherInterface);
  EXPECT_EQ(HandBackOf(0x6985), KernelVerdict::kSelectNext);
  EXPECT_EQ(HandBackOf(0x6986), KernelVerdict::kSeePhone);
  for (const std::uint16_t sw : {status::kWrongLength, status::kFunctionNotSupported}) {
    EXPECT_FALSE(HandBackOf(sw));
  }
}

}  // namespace
}  // namespace plaza::emv
