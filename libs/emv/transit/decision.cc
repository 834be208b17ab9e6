#include "libs/emv/transit/decision.h"

namespace plaza::emv {
namespace {

struct Rule {
  bool Findings::*finding;
  Reason reason;
};

// What is surest and hardest to mend goes first: a forged card is told that it is forged, not that
// it is expired; and only a card that is known to be genuine and valid is told that it is on a
// list.
constexpr Rule kRules[] = {
    {&Findings::pan_mismatch, Reason::kPanMismatch},
    {&Findings::card_declined, Reason::kCardDeclined},
    {&Findings::oda_failed, Reason::kOdaFailed},
    {&Findings::expired, Reason::kExpired},
    {&Findings::not_yet_valid, Reason::kNotYetValid},
    {&Findings::not_accepted, Reason::kNotAccepted},
    {&Findings::deny_listed, Reason::kDenyListed},
    {&Findings::passed_back, Reason::kPassedBack},
};

}  // namespace

Reason Decide(const Findings& findings) {
  for (const Rule& rule : kRules) {
    if (findings.*rule.finding) return rule.reason;
  }
  return Reason::kNone;
}

}  // namespace plaza::emv
