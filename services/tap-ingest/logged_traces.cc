#include "services/tap-ingest/logged_traces.h"

namespace plaza::tap_ingest {

void LoggedTraces::Recorded(std::span<const TracedTap> taps,
                            const std::optional<TraceContext>& call) {
  runtime::TraceLines lines("tap-ingest", settings_);
  for (const TracedTap& tap : taps) {
    lines.Add({.what = "recorded",
               .context = tap.context,
               .parent = SpanIdOf(tap.context.trace, kGateSpan),
               .event_time = tap.event_time,
               .tap = tap.tap.value(),
               .detail = tap.detail,
               .call = call ? FormatTraceparent(*call) : "",
               .at = tap.at});
  }
  lines.Write();
}

}  // namespace plaza::tap_ingest
