// The steps of sampled taps, told to the log: one line a step, once its transaction is committed
// (docs/operating/tracing.md). Times come from here, so nothing that is decided depends on them.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/trace_context.h"

namespace plaza::runtime {

struct TraceSettings {
  std::int64_t sample_per_million = 0;
  bool silent = false;  // facts say who is sampled, but no line is written: a rebuild
};

struct TraceStep {
  std::string what;      // "charged"
  TraceContext context;  // of this step
  SpanId parent{};       // the span that it followed from
  Instant event_time;
  std::string tap{};        // its id, if the step knows it
  std::string detail{};     // "16.50 MXN, revision 1"
  std::string aggregate{};  // id of the aggregate that it is about
  std::string from{};       // "<topic>/<partition>/<offset>" of the fact that was read
  std::string call{};       // traceparent that the caller gave
  std::chrono::system_clock::time_point at = std::chrono::system_clock::now();
};

// "plaza.taps.v1/3/4711"
std::string TracePlace(std::string_view topic, int partition, std::int64_t offset);

// The steps of one transaction: added inside it, each with its moment, written after its commit.
// What is not sampled is not kept. Not thread-safe; a copy may be written by another thread.
class TraceLines {
 public:
  explicit TraceLines(std::string_view service, const TraceSettings& settings)
      : service_(service), silent_(settings.silent) {}
  bool Wants(const TraceContext& context) const { return context.sampled && !silent_; }
  void Add(TraceStep step);
  void Write() const;

 private:
  std::string service_;
  bool silent_;
  std::vector<TraceStep> steps_;
};

}  // namespace plaza::runtime
