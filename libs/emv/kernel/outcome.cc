#include "libs/emv/kernel/outcome.h"

#include "libs/emv/errors.h"
#include "libs/emv/kernel/kernel.h"

namespace plaza::emv {
namespace {

constexpr UiRequest kPresentAgain{UiMessage::kTryAgain, UiStatus::kReadyToRead};
constexpr int kSeePhoneFieldOff100ms = 13;  // Book C-3, 5.2.2.2

Outcome Ended() {
  return {
      .kind = OutcomeKind::kEndApplication,
      .ui_on_outcome = UiRequest{UiMessage::kInsertSwipeOrTryAnother, UiStatus::kProcessingError}};
}

Outcome Declined() {
  return {.kind = OutcomeKind::kDeclined,
          .ui_on_outcome = UiRequest{UiMessage::kNotAuthorised, UiStatus::kCardReadSuccessfully}};
}

Outcome Judged(const KernelOutcome& outcome) {
  if (outcome.oda.result != OdaResult::kPassed) return Declined();
  if (outcome.verdict == KernelVerdict::kOffline) {
    return {.kind = OutcomeKind::kApproved,
            .ui_on_outcome = UiRequest{UiMessage::kApproved, UiStatus::kCardReadSuccessfully},
            .cvm = OutcomeCvm::kNoCvm};
  }
  return {.kind = OutcomeKind::kOnlineRequest,
          .ui_on_outcome = UiRequest{UiMessage::kCardReadOk, UiStatus::kCardReadSuccessfully},
          .online_response_data = OnlineResponseData::kNone,  // the issuer is asked much later
          .cvm = OutcomeCvm::kNoCvm};
}

}  // namespace

std::string_view OutcomeName(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kSelectNext:
      return "select_next";
    case OutcomeKind::kTryAgain:
      return "try_again";
    case OutcomeKind::kApproved:
      return "approved";
    case OutcomeKind::kDeclined:
      return "declined";
    case OutcomeKind::kOnlineRequest:
      return "online_request";
    case OutcomeKind::kTryAnotherInterface:
      return "try_another_interface";
    case OutcomeKind::kEndApplication:
      return "end_application";
  }
  return "";
}

std::string_view UiStatusName(UiStatus status) {
  switch (status) {
    case UiStatus::kNotReady:
      return "not_ready";
    case UiStatus::kIdle:
      return "idle";
    case UiStatus::kReadyToRead:
      return "ready_to_read";
    case UiStatus::kProcessing:
      return "processing";
    case UiStatus::kCardReadSuccessfully:
      return "card_read_successfully";
    case UiStatus::kProcessingError:
      return "processing_error";
  }
  return "";
}

Outcome OutcomeOf(const Error& error) {
  if (error.Is(errors::kCardRemoved)) {
    return {.kind = OutcomeKind::kTryAgain, .start = Start::kB, .ui_on_restart = kPresentAgain};
  }
  if (error.Is(errors::kMultipleCards)) {  // Book B, 3.2.1.4
    return {.kind = OutcomeKind::kTryAgain,
            .start = Start::kB,
            .ui_on_restart = UiRequest{UiMessage::kPresentOneCard, UiStatus::kProcessingError}};
  }
  return Ended();
}

Outcome OutcomeOf(const KernelOutcome& outcome) {
  switch (outcome.verdict) {
    case KernelVerdict::kOnline:
    case KernelVerdict::kOffline:
      return Judged(outcome);
    case KernelVerdict::kCardDeclined:
      return Declined();
    case KernelVerdict::kPanMismatch:
      return Ended();
    case KernelVerdict::kSelectNext:
      return {.kind = OutcomeKind::kSelectNext, .start = Start::kC};
    case KernelVerdict::kSeePhone:
      return {.kind = OutcomeKind::kTryAgain,
              .start = Start::kB,
              .ui_on_outcome = UiRequest{UiMessage::kSeePhone, UiStatus::kProcessingError},
              .ui_on_restart = UiRequest{UiMessage::kSeePhone, UiStatus::kReadyToRead},
              .field_off_100ms = kSeePhoneFieldOff100ms};
    case KernelVerdict::kTryAnotherInterface:
      return {.kind = OutcomeKind::kTryAnotherInterface,
              .ui_on_outcome = UiRequest{UiMessage::kInsertOrSwipe, UiStatus::kProcessingError}};
  }
  return Ended();
}

}  // namespace plaza::emv
