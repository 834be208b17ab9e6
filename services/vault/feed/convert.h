// Facts to and from the vault's own types.
#pragma once
#include <optional>

#include "libs/base/result.h"
#include "libs/base/trace_context.h"
#include "plaza/events/v1/events.pb.h"
#include "services/vault/app/desk.h"
#include "services/vault/app/ports.h"

namespace plaza::vault {

// None if the tap has no card for us: nothing was sealed, or it was not authenticated. BAD_FACT
// otherwise.
Result<std::optional<SealedTap>> ToSealedTap(const events::v1::TapRecorded& tap);
Result<AuthRequest> ToRequest(const events::v1::AuthorisationRequested& requested,
                              Instant event_time);

events::v1::Event ToEvent(const Answer& answer, const TraceContext& trace);
events::v1::Event ToEvent(const LearnedPar& learned);

// The token of a fact or a request. BAD_TOKEN.
Result<CardKey> ToCardKey(std::uint32_t token_epoch, std::string_view token);

}  // namespace plaza::vault
