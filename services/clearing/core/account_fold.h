// The fold of one account: a fact and the state before give the state after and what follows from
// it. Pure.
//
// Facts of different topics come in any order among each other, and any of them may come again.
// Hence:
//  - the business day of a charge follows from its event time and from how far the *charges*
//  partition has passed its
//    cut-offs (Context::first_open_day), never from when another topic was read;
//  - money that goes back is taken from an open aggregate only if its day is open in that sense;
//  otherwise it waits until
//    the acquirer has spoken, whatever the state is just now.
// A fact that cannot be taken is an Error and changes nothing.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "libs/base/result.h"
#include "services/clearing/core/account_state.h"
#include "services/clearing/core/policy.h"
#include "services/clearing/core/posting.h"

namespace plaza::clearing {

struct Context {
  const Policy& policy;
  std::optional<Date>
      first_open_day;  // of the account's charges partition; none before its first cut-off
};

// What payers add to rides of an operator on a day.
struct SubsidyNote {
  Date business_day;
  OperatorId operator_id;
  std::int64_t amount_minor = 0;
};

struct Effects {
  std::vector<Posting> postings;
  std::vector<AuthorisationRequest> requests;
  std::vector<DenyChange> deny_changes;
  std::vector<Aggregate> aggregates;  // closed ones that changed, as they are now
  std::vector<Handover> handovers;
  std::vector<SubsidyNote> subsidies;
  bool changed = false;    // the state is to be saved
  bool duplicate = false;  // the fact was known: nothing follows
  bool broken = false;     // a refund or capture that the acquirer did not take: for a person
};

Result<void> ApplyTap(const Context& context, AccountState& state, const Tap& tap, Effects& out);
Result<void> ApplyCharge(const Context& context, AccountState& state, const Charge& charge,
                         Effects& out);
// Closes the aggregates of `day` and before. `taps`: those of the account that are at hand.
void CloseAggregates(AccountState& state, Date day, std::span<const Tap> taps, const Policy& policy,
                     Effects& out);
Result<void> ApplyAnswer(const Context& context, AccountState& state, const Answer& answer,
                         Effects& out);
// The account's side of a link away from it, and of one to it.
Result<void> ApplyLinkedAway(AccountState& state, const AccountId& survivor,
                             std::span<const Token> tokens, Effects& out);
Result<void> ApplyLinkedHere(AccountState& state, const AccountId& from,
                             std::span<const Token> tokens, Effects& out);
Result<void> ApplyHandover(AccountState& state, const Handover& handover, Effects& out);

// Whether the tap opened a leg that one of the aggregates to be closed is charged for.
bool WantsTap(const AccountState& state, const TapId& tap);

}  // namespace plaza::clearing
