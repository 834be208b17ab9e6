// What Entry Point and kernels ask of the reader (EMV Contactless Book A, 6.2 and 9.4): an outcome
// with its parameters. An outcome is no error.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "libs/base/error.h"

namespace plaza::emv {

enum class OutcomeKind : std::uint8_t {
  kSelectNext,
  kTryAgain,
  kApproved,
  kDeclined,
  kOnlineRequest,
  kTryAnotherInterface,
  kEndApplication,
};
std::string_view OutcomeName(OutcomeKind kind);  // "try_another_interface"

// Where Entry Point goes on: A pre-processing, B protocol activation, C combination selection, D
// kernel activation.
enum class Start : std::uint8_t { kNone, kA, kB, kC, kD };

// Book A, Table 9-2.
enum class UiMessage : std::uint8_t {
  kNone = 0x00,
  kApproved = 0x03,
  kNotAuthorised = 0x07,
  kPresentCard = 0x15,
  kProcessing = 0x16,
  kCardReadOk = 0x17,
  kInsertOrSwipe = 0x18,
  kPresentOneCard = 0x19,
  kAuthorising = 0x1B,
  kInsertSwipeOrTryAnother = 0x1C,
  kSeePhone = 0x20,
  kTryAgain = 0x21,
};

enum class UiStatus : std::uint8_t {
  kNotReady,
  kIdle,
  kReadyToRead,
  kProcessing,
  kCardReadSuccessfully,
  kProcessingError,
};
std::string_view UiStatusName(UiStatus status);  // "ready_to_read"

struct UiRequest {
  UiMessage message = UiMessage::kNone;
  UiStatus status = UiStatus::kNotReady;
  bool operator==(const UiRequest&) const = default;
};

enum class OnlineResponseData : std::uint8_t { kNone, kEmvData, kAny };
enum class OutcomeCvm : std::uint8_t { kNotApplicable, kNoCvm, kOnlinePin, kSignature, kDeviceCvm };

struct Outcome {
  OutcomeKind kind = OutcomeKind::kEndApplication;
  Start start = Start::kNone;
  std::optional<UiRequest> ui_on_outcome{};
  std::optional<UiRequest> ui_on_restart{};
  OnlineResponseData online_response_data = OnlineResponseData::kNone;
  OutcomeCvm cvm = OutcomeCvm::kNotApplicable;
  std::optional<int> field_off_100ms{};  // the field goes off for so long; none: it stays
  int removal_timeout_100ms = 0;         // 0: nobody waits for the card to leave
  bool operator==(const Outcome&) const = default;
};

// Of a card that left, erred or is not alone in the field (CARD_REMOVED, MULTIPLE_CARDS: again from
// Start B; NO_APPLICATION and all else: the end).
Outcome OutcomeOf(const Error& error);

}  // namespace plaza::emv
