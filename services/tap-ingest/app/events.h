// The facts that tap-ingest writes, serialised. Pure functions of their arguments; ids follow from
// what they are about.
#pragma once
#include <string>
#include <string_view>

#include "libs/base/trace_context.h"
#include "services/tap-ingest/core/ladder.h"
#include "services/tap-ingest/core/media.h"

namespace plaza::events::v1 {
class Event;
}

namespace plaza::tap_ingest {

inline constexpr std::string_view kTapsTopic = "plaza.taps.v1";
inline constexpr std::string_view kAccountsTopic = "plaza.accounts.v1";
inline constexpr std::string_view kDeadLetterTopic = "plaza.taps.v1.dlq";

// Topic plaza.taps.v1. `medium`: nil if the record has no token. `scratch` is reused from tap to
// tap.
std::string TapRecordedEvent(const Judged& judged, const MediumId& medium, const AccountId& account,
                             const TraceContext& trace, events::v1::Event& scratch);
TapId TapIdOf(const emv::TapRecord& record);

// Topic plaza.accounts.v1, the same for both keys.
std::string AccountLinkedEvent(const AccountLink& link, Instant at);

// Topic plaza.taps.v1.dlq. Octets that could not even be decoded are not kept, since anything might
// be in them: the message has their number and SHA-256.
std::string DeadLetterEvent(const Judged& judged, Refusal refusal, const std::string& what,
                            ByteView octets, std::int64_t sample_per_million);

}  // namespace plaza::tap_ingest
