// What a gate decides of a tap, as one table: the first finding that holds says what to do, and
// why. Pure.
#pragma once
#include "libs/emv/journal/tap_record.h"

namespace plaza::emv {

enum class GateAction : std::uint8_t { kAccept, kDeny, kRetry };
std::string_view GateActionName(GateAction action);  // "accept"

// Why nothing was decided: nothing is recorded, the rider presents again.
enum class RetryReason : std::uint8_t {
  kNone,
  kNoApplication,
  kCardError,
  kCardRemoved,
  kGateError,
};
std::string_view RetryReasonName(RetryReason reason);  // "card_error"

// What was found out about a tap. Those that end a tap early come first: nothing after them was
// looked at.
struct Findings {
  bool card_removed = false;
  bool no_application = false;  // none that the gate accepts
  bool gate_error = false;      // its deny list cannot be read
  bool card_error = false;      // status words, malformed or missing data
  bool pan_mismatch = false;    // 5A and 57 name two cards
  bool card_declined = false;   // AAC, or a TC where an ARQC was asked
  bool oda_failed = false;      // failed, or not possible
  bool expired = false;
  bool not_yet_valid = false;
  bool not_accepted = false;  // by the city's policy
  bool deny_listed = false;
  bool passed_back = false;
};

struct Judgement {
  GateAction action = GateAction::kAccept;
  Reason reason = Reason::kNone;           // of a denial
  RetryReason retry = RetryReason::kNone;  // of a retry
  bool operator==(const Judgement&) const = default;
};
Judgement Decide(const Findings& findings);

}  // namespace plaza::emv
