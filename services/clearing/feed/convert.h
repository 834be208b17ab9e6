// Facts as the log has them ↔ values of the core.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "libs/base/result.h"
#include "libs/base/trace_context.h"
#include "plaza/events/v1/events.pb.h"
#include "services/clearing/core/account_fold.h"
#include "services/clearing/core/settlement.h"

namespace plaza::clearing {

Result<AccountId> AccountFrom(const std::string& bytes);
Result<Tap> TapFrom(const events::v1::TapRecorded& tap);
Result<Charge> ChargeFrom(const events::v1::Charge& charge);
Result<Answer> AnswerFrom(const events::v1::AuthorisationAnswered& answer, Instant at);
Result<Handover> HandoverFrom(const events::v1::DebtMoved& moved);
std::vector<Token> TokensFrom(
    const google::protobuf::RepeatedPtrField<events::v1::TokenRef>& tokens);

// Facts that clearing writes; ids follow from what they are about.
events::v1::Event ToEvent(const AuthorisationRequest& request, Instant at,
                          const TraceContext& trace);
events::v1::Event ToEvent(const DenyChange& change, std::uint64_t deny_list_epoch, Instant at);
events::v1::Event ToEvent(const Handover& handover, Instant at);
events::v1::Event ToEvent(const Settlement& settlement, Instant at);

// Key of plaza.denylist.v1: the token epoch in 4 bytes, big-endian, and the token.
std::string DenyListKey(const Token& token);

}  // namespace plaza::clearing
