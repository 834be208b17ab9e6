// W3C Trace Context (Recommendation of 23 November 2021), version 00: what is done for one tap has
// one trace id in every process. Trace and span ids follow from what they name, so that a replay
// writes the same octets, and anybody can tell the trace of a tap (docs/operating/tracing.md).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/ids.h"

namespace plaza {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

struct TraceContext {
  TraceId trace{};
  SpanId span{};  // what was done last
  bool sampled = false;
  bool operator==(const TraceContext&) const = default;
};

// Nothing unless it is exactly a traceparent of version 00: lower case, no id of zeros. Of the
// flags only "sampled" is known; the others are ignored, as the standard says.
std::optional<TraceContext> ParseTraceparent(std::string_view text);
std::string FormatTraceparent(const TraceContext& context);
// For a fact: empty unless sampled, so that a city that traces nothing has nothing more in its log.
// Nothing is lost by it, since all ids follow from the tap's.
std::string TraceparentOfFact(const TraceContext& context);
std::string TraceText(const TraceId& id);  // 32 digits, lower case
std::string SpanText(const SpanId& id);    // 16

TraceId TraceIdOf(const TapId& tap);  // UUIDv5 of its text in id_space::Trace()
// `what` is unlike all else that is done in the trace: "charged/2".
SpanId SpanIdOf(const TraceId& trace, std::string_view what);
TraceContext Child(const TraceContext& parent, std::string_view what);

// Of 1,000,000 traces so many are sampled, always the same; a higher rate includes a lower one's.
bool IsSampled(const TraceId& trace, std::int64_t per_million);

// What holds the spans of different services together: the gate's, and below it that of the tap's
// fact, from which all others descend.
inline constexpr std::string_view kGateSpan = "gate";
inline constexpr std::string_view kRecordedSpan = "recorded";
TraceContext RecordedContext(const TapId& tap, std::int64_t sample_per_million);

}  // namespace plaza
