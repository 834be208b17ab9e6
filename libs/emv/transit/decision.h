// What a gate decides of a tap, as one table: the first finding that holds is the reason. Pure.
#pragma once
#include "libs/emv/journal/tap_record.h"

namespace plaza::emv {

// What was found out about a tap. Those of the kernel come first: nothing after them was looked at.
struct Findings {
  bool pan_mismatch = false;   // 5A and 57 name two cards
  bool card_declined = false;  // AAC, or a TC where an ARQC was asked
  bool oda_failed = false;     // failed, or not possible
  bool expired = false;
  bool not_yet_valid = false;
  bool not_accepted = false;  // by the city's policy
  bool deny_listed = false;
  bool passed_back = false;
};
Reason Decide(const Findings& findings);  // kNone: accept

}  // namespace plaza::emv
