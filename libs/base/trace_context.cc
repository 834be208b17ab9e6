#include "libs/base/trace_context.h"

#include <algorithm>

namespace plaza {
namespace {

// version "-" trace-id "-" parent-id "-" trace-flags
constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kSpanAt = 36;
constexpr std::size_t kFlagsAt = 53;
constexpr std::size_t kChars = 55;
constexpr std::uint8_t kSampledFlag = 0x01;

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// False if there is anything but lower-case hex digits.
template <std::size_t N>
bool ReadHex(std::string_view text, std::array<std::uint8_t, N>& out) {
  for (std::size_t i = 0; i < N; ++i) {
    const int high = DigitOf(text[2 * i]);
    const int low = DigitOf(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

template <std::size_t N>
void AppendHex(const std::array<std::uint8_t, N>& octets, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::uint8_t octet : octets) {
    out.push_back(kDigits[octet >> 4]);
    out.push_back(kDigits[octet & 0x0F]);
  }
}

}  // namespace

std::optional<TraceContext> ParseTraceparent(std::string_view text) {
  if (text.size() != kChars || !text.starts_with("00-")) return std::nullopt;
  if (text[kSpanAt - 1] != '-' || text[kFlagsAt - 1] != '-') return std::nullopt;
  TraceContext context;
  std::array<std::uint8_t, 1> flags{};
  if (!ReadHex(text.substr(kTraceAt), context.trace) ||
      !ReadHex(text.substr(kSpanAt), context.span) || !ReadHex(text.substr(kFlagsAt), flags)) {
    return std::nullopt;
  }
  if (context.trace == TraceId{} || context.span == SpanId{}) return std::nullopt;
  context.sampled = (flags[0] & kSampledFlag) != 0;
  return context;
}

std::string FormatTraceparent(const TraceContext& context) {
  std::string text;
  text.reserve(kChars);
  text += "00-";
  AppendHex(context.trace, text);
  text += '-';
  AppendHex(context.span, text);
  text += context.sampled ? "-01" : "-00";
  return text;
}

std::string TraceparentOfFact(const TraceContext& context) {
  return context.sampled ? FormatTraceparent(context) : std::string();
}

std::string TraceText(const TraceId& id) {
  std::string text;
  AppendHex(id, text);
  return text;
}

std::string SpanText(const SpanId& id) {
  std::string text;
  AppendHex(id, text);
  return text;
}

TraceId TraceIdOf(const TapId& tap) {
  TraceId id;
  std::ranges::copy(Uuid::V5(id_space::Trace(), tap.value()).bytes(), id.begin());
  return id;
}

SpanId SpanIdOf(const TraceId& trace, std::string_view what) {
  SpanId id;
  const Uuid named = Uuid::V5(Uuid(trace), what);
  std::copy_n(named.bytes().begin(), id.size(), id.begin());
  return id;
}

TraceContext Child(const TraceContext& parent, std::string_view what) {
  return {parent.trace, SpanIdOf(parent.trace, what), parent.sampled};
}

bool IsSampled(const TraceId& trace, std::int64_t per_million) {
  // Its first four octets are a digest's, all 32 bits of them.
  std::uint64_t digest = 0;
  for (std::size_t i = 0; i < 4; ++i) digest = digest << 8 | trace[i];
  return static_cast<std::int64_t>(digest * 1'000'000 >> 32) < per_million;
}

TraceContext RecordedContext(const TapId& tap, std::int64_t sample_per_million) {
  const TraceId trace = TraceIdOf(tap);
  return {trace, SpanIdOf(trace, kRecordedSpan), IsSampled(trace, sample_per_million)};
}

}  // namespace plaza
