#include "services/clearing/core/account_state.h"

#include <algorithm>

#include "services/clearing/core/policy.h"

namespace plaza::clearing {

std::string_view PurposeName(Purpose purpose) {
  switch (purpose) {
    case Purpose::kVerification:
      return "verification";
    case Purpose::kAuthorisation:
      return "authorisation";
    case Purpose::kCapture:
      return "capture";
    case Purpose::kRefund:
      return "refund";
  }
  return "";
}

std::string_view AggregateStateName(AggregateState state) {
  switch (state) {
    case AggregateState::kOpen:
    case AggregateState::kWaitingTap:
      return "open";
    case AggregateState::kEmpty:
      return "empty";
    case AggregateState::kAuthorising:
      return "authorising";
    case AggregateState::kCapturing:
      return "capturing";
    case AggregateState::kCaptured:
      return "captured";
    case AggregateState::kDebt:
      return "debt";
    case AggregateState::kRefused:
      return "refused";
  }
  return "";
}

bool AccountState::Owing() const {
  return std::ranges::any_of(aggregates,
                             [](const Aggregate& a) { return a.state == AggregateState::kDebt; }) ||
         std::ranges::any_of(linked, [](const LinkedAccount& l) { return l.owing; });
}

std::optional<Date> AccountState::EarliestOpenDay() const {
  std::optional<Date> earliest;
  for (const Aggregate& a : aggregates) {
    const bool unclosed =
        a.state == AggregateState::kOpen || a.state == AggregateState::kWaitingTap;
    if (unclosed && (!earliest || a.key.day < *earliest)) earliest = a.key.day;
  }
  return earliest;
}

CodeClass ResponseCodes::ClassOf(std::string_view code) const {
  if (approved.contains(code)) return CodeClass::kApproved;
  if (retryable.contains(code)) return CodeClass::kRetryable;
  if (final_codes.contains(code)) return CodeClass::kFinal;
  return other;
}

}  // namespace plaza::clearing
