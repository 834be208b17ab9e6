// The steps of sampled taps, as lines of the log (libs/runtime/trace.h). Thread-safe.
#pragma once
#include "libs/runtime/trace.h"
#include "services/tap-ingest/app/ports.h"

namespace plaza::tap_ingest {

class LoggedTraces : public TapTraces {
 public:
  explicit LoggedTraces(const runtime::TraceSettings& settings) : settings_(settings) {}
  void Recorded(std::span<const TracedTap> taps, const std::optional<TraceContext>& call) override;

 private:
  const runtime::TraceSettings settings_;
};

}  // namespace plaza::tap_ingest
