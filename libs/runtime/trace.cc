#include "libs/runtime/trace.h"

#include <cstdio>
#include <utility>

#include "libs/runtime/log.h"

namespace plaza::runtime {
namespace {

using std::chrono::microseconds;

// Several steps may fall into one millisecond. As text, since the redactor looks at long numbers.
std::string UtcWithMicros(std::chrono::system_clock::time_point at) {
  const std::int64_t us = std::chrono::duration_cast<microseconds>(at.time_since_epoch()).count();
  std::string text = FormatUtc({us / 1'000'000 * 1000});
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%06dZ", static_cast<int>(us % 1'000'000));
  text.replace(text.size() - 1, 1, fraction);
  return text;
}

}  // namespace

std::string TracePlace(std::string_view topic, int partition, std::int64_t offset) {
  return std::string(topic) + "/" + std::to_string(partition) + "/" + std::to_string(offset);
}

void TraceLines::Add(TraceStep step) {
  if (Wants(step.context)) steps_.push_back(std::move(step));
}

void TraceLines::Write() const {
  for (const TraceStep& step : steps_) {
    std::vector<LogField> fields{{"what", step.what},
                                 {"trace", TraceText(step.context.trace)},
                                 {"span", SpanText(step.context.span)},
                                 {"parent", SpanText(step.parent)},
                                 {"at", UtcWithMicros(step.at)},
                                 {"event_time", FormatUtc(step.event_time)}};
    const auto add = [&](std::string_view name, const std::string& value) {
      if (!value.empty()) fields.push_back({name, value});
    };
    add("tap", step.tap);
    add("detail", step.detail);
    add("aggregate", step.aggregate);
    add("from", step.from);
    add("call", step.call);
    Log(LogLevel::kInfo, service_, "trace", fields);
  }
}

}  // namespace plaza::runtime
