#include "libs/emv/transit/decision.h"

namespace plaza::emv {
namespace {

struct Rule {
  bool Findings::*finding;
  Judgement judgement;
};

constexpr Judgement Again(RetryReason reason) {
  return {GateAction::kRetry, Reason::kNone, reason};
}
constexpr Judgement Deny(Reason reason) { return {GateAction::kDeny, reason, RetryReason::kNone}; }

// What is surest and hardest to mend goes first: a forged card is told that it is forged, not that
// it is expired; and only a card that is known to be genuine and valid is told that it is on a
// list.
constexpr Rule kRules[] = {
    {&Findings::card_removed, Again(RetryReason::kCardRemoved)},
    {&Findings::no_application, Again(RetryReason::kNoApplication)},
    {&Findings::gate_error, Again(RetryReason::kGateError)},
    {&Findings::card_error, Again(RetryReason::kCardError)},
    {&Findings::pan_mismatch, Deny(Reason::kPanMismatch)},
    {&Findings::card_declined, Deny(Reason::kCardDeclined)},
    {&Findings::oda_failed, Deny(Reason::kOdaFailed)},
    {&Findings::expired, Deny(Reason::kExpired)},
    {&Findings::not_yet_valid, Deny(Reason::kNotYetValid)},
    {&Findings::not_accepted, Deny(Reason::kNotAccepted)},
    {&Findings::deny_listed, Deny(Reason::kDenyListed)},
    {&Findings::passed_back, Deny(Reason::kPassedBack)},
};

}  // namespace

Judgement Decide(const Findings& findings) {
  for (const Rule& rule : kRules) {
    if (findings.*rule.finding) return rule.judgement;
  }
  return {};
}

std::string_view GateActionName(GateAction action) {
  switch (action) {
    case GateAction::kAccept:
      return "accept";
    case GateAction::kDeny:
      return "deny";
    case GateAction::kRetry:
      return "retry";
  }
  return "";
}

std::string_view RetryReasonName(RetryReason reason) {
  switch (reason) {
    case RetryReason::kNone:
      return "none";
    case RetryReason::kNoApplication:
      return "no_application";
    case RetryReason::kCardError:
      return "card_error";
    case RetryReason::kCardRemoved:
      return "card_removed";
    case RetryReason::kGateError:
      return "gate_error";
  }
  return "";
}

}  // namespace plaza::emv
