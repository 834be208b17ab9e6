#include "libs/emv/transit/decision.h"

#include <gmock/gmock.h>

namespace plaza::emv {
namespace {

struct Row {
  bool Findings::*finding;
  const char* action;
  const char* reason;
};

// In order: a finding hides all that follow.
constexpr Row kTable[] = {
    {&Findings::card_removed, "retry", "card_removed"},
    {&Findings::no_application, "retry", "no_application"},
    {&Findings::gate_error, "retry", "gate_error"},
    {&Findings::card_error, "retry", "card_error"},
    {&Findings::pan_mismatch, "deny", "pan_mismatch"},
    {&Findings::card_declined, "deny", "card_declined"},
    {&Findings::oda_failed, "deny", "oda_failed"},
    {&Findings::expired, "deny", "expired"},
    {&Findings::not_yet_valid, "deny", "not_yet_valid"},
    {&Findings::not_accepted, "deny", "not_accepted"},
    {&Findings::deny_listed, "deny", "deny_listed"},
    {&Findings::passed_back, "deny", "passed_back"},
};
constexpr std::size_t kRows = std::size(kTable);

// Every set of findings there is.
TEST(DecisionTest, TheFirstFindingIsTheReason) {
  for (unsigned set = 0; set < 1U << kRows; ++set) {
    Findings findings;
    std::string action = "accept";
    std::string reason = "none";
    for (std::size_t row = kRows; row-- > 0;) {
      if ((set >> row & 1U) == 0) continue;
      findings.*kTable[row].finding = true;
      action = kTable[row].action;
      reason = kTable[row].reason;
    }
    const Judgement judgement = Decide(findings);
    EXPECT_EQ(GateActionName(judgement.action), action) << set;
    const bool retry = judgement.action == GateAction::kRetry;
    EXPECT_EQ(retry ? RetryReasonName(judgement.retry) : ReasonName(judgement.reason), reason);
    EXPECT_EQ(judgement.reason == Reason::kNone, judgement.action != GateAction::kDeny);
    EXPECT_EQ(judgement.retry == RetryReason::kNone, judgement.action != GateAction::kRetry);
  }
}

}  // namespace
}  // namespace plaza::emv
