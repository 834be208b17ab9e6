// Protobuf messages to values and back: of the log's facts and of the account's row. Pure;
// thread-safe. What comes from outside is checked: BAD_FACT, STATE_DAMAGED, BAD_ENTITLEMENT.
#pragma once
#include <string>
#include <string_view>

#include "libs/base/result.h"
#include "libs/base/trace_context.h"
#include "plaza/events/v1/events.pb.h"
#include "plaza/fare/v1/state.pb.h"
#include "services/fare/app/account.h"
#include "services/fare/app/fold.h"
#include "services/fare/app/ports.h"

namespace plaza::fare {

Result<AccountId> ToAccountId(std::string_view bytes, std::string_view field);

Result<GateTap> ToGateTap(const events::v1::TapRecorded& fact);
Result<Moved> ToMoved(const events::v1::AccountMoved& fact, Instant time);
Result<Grant> ToGrant(const events::v1::Entitlement& fact);

// Facts that fare writes, ready for the log. `event_id`'s name is what the fact is about, so a
// repeat has the same id.
events::v1::Event ToEvent(const ChargeOut& charge, const TraceContext& trace);
events::v1::Event ToEvent(const Moved& moved);
events::v1::Event ToEvent(const AccountId& account, const Grant& grant, std::string_view request_id,
                          Instant time);

std::string EncodeTap(const WindowTap& tap);
std::string EncodeAccount(const Account& account);
Result<Account> DecodeAccount(const AccountId& id, std::string_view state);

}  // namespace plaza::fare
