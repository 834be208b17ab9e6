// Shared by the files of the account's fold; nobody else includes it.
#pragma once
#include <string>

#include "services/clearing/core/account_fold.h"
#include "services/clearing/core/chart.h"

namespace plaza::clearing::internal {

inline constexpr const char* kReasonDebt = "debt";
inline constexpr const char* kReasonFirstUse = "first_use_declined";
inline constexpr const char* kReasonRefunded = "refunded";
inline constexpr const char* kReasonVerified = "verified";

// Card, attempt and tap are the caller's to fill in.
AuthorisationRequest MakeRequest(const AccountState& state, Purpose purpose, std::uint32_t attempt,
                                 std::string_view about, const Money& amount, Date business_day);

// A posting about an aggregate. `what` makes its id: "capture", "refund/2".
Posting AboutAggregate(const AccountState& state, const Aggregate& aggregate, const char* kind,
                       std::string_view what, const Money& amount, Date business_day,
                       Instant event_time);

Aggregate* Find(AccountState& state, const AggregateKey& key);
Aggregate* Find(AccountState& state, const AggregateId& id);

// Gives back money that was taken, owed, or neither, now that the aggregate's state is final.
void GiveBack(const Policy& policy, AccountState& state, const ParkedRefund& refund, Effects& out);
bool IsFinal(AggregateState state);

// Denies every token of the account, unless it is denied already: the first reason stays.
void Deny(AccountState& state, const std::string& reason, Effects& out);
// Takes the account off the deny list, unless it owes.
void Allow(AccountState& state, const std::string& reason, Effects& out);
Result<void> AddTokens(AccountState& state, std::span<const Token> tokens, Effects& out);
// Tells the survivor, if there is one and anything it should know has changed.
void TellSurvivor(AccountState& state, Effects& out);

}  // namespace plaza::clearing::internal
