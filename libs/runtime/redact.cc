#include <array>
#include <cctype>
#include <vector>

#include "libs/runtime/limits.h"
#include "libs/runtime/log.h"

namespace plaza::runtime {
namespace {

constexpr std::string_view kMask = "****";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSeparator(char c) { return c == ' ' || c == '-'; }

// Digits of one run, each with its place in the text. Single blanks or hyphens between digits
// belong to the run.
struct Run {
  std::string digits;
  std::vector<std::size_t> at;
  std::size_t end = 0;  // in the text, after the last digit
  bool GroupBegins(std::size_t i) const { return i == 0 || at[i] != at[i - 1] + 1; }
  bool GroupEnds(std::size_t i) const { return i + 1 == at.size() || at[i + 1] != at[i] + 1; }
};

Run TakeRun(std::string_view text, std::size_t from) {
  Run run;
  std::size_t i = from;
  while (i < text.size()) {
    if (IsDigit(text[i])) {
      run.digits.push_back(text[i]);
      run.at.push_back(i);
      run.end = ++i;
    } else if (IsSeparator(text[i]) && i + 1 < text.size() && IsDigit(text[i + 1])) {
      ++i;
    } else {
      break;
    }
  }
  return run;
}

// ISO/IEC 7812-1, annex B, over digits[from, from + length).
bool PassesLuhn(std::string_view digits, std::size_t from, std::size_t length) {
  int sum = 0;
  for (std::size_t i = 0; i < length; ++i) {
    int digit = digits[from + length - 1 - i] - '0';
    if (i % 2 == 1) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
  }
  return sum % 10 == 0;
}

// Does a card number of this length begin so? Leading digits of ISO/IEC 7812-1: 3 to 6 are travel
// and banking; 22 to 28 are series of 16 digits; 8 and 9 are national, masked only when they stand
// alone. Milliseconds since 1970 begin with 1, dates with 19 or 20, and stay readable.
bool PlausibleStart(std::string_view digits, std::size_t from, std::size_t length) {
  const char first = digits[from];
  if (first >= '3' && first <= '6') return true;
  if (length < 16) return false;
  if (first == '2') return digits[from + 1] >= '2' && digits[from + 1] <= '8';
  return (first == '8' || first == '9') && from == 0 && length == digits.size();
}

// Which digits belong to something that looks like a PAN. Every window counts, since in BCD hex a
// tag and a length may stand right before it; what is marked is their union, so that no part of a
// PAN is left.
std::vector<bool> Suspicious(const Run& run) {
  std::vector<bool> marked(run.digits.size(), false);
  const std::size_t n = run.digits.size();
  for (std::size_t from = 0; from + kPanDigitsMin <= n; ++from) {
    for (std::size_t length = kPanDigitsMin; length <= kPanDigitsMax && from + length <= n;
         ++length) {
      const std::size_t last = from + length - 1;
      const bool spans_groups = run.at[last] - run.at[from] != last - from;
      if (spans_groups && (!run.GroupBegins(from) || !run.GroupEnds(last))) continue;
      if (!PlausibleStart(run.digits, from, length)) continue;
      if (!PassesLuhn(run.digits, from, length)) continue;
      for (std::size_t i = from; i <= last; ++i) marked[i] = true;
    }
  }
  return marked;
}

// What follows a PAN on track 2 (ISO/IEC 7813): a separator, '=' or D, then expiry, service code,
// discretionary data.
std::size_t TrackTwoTail(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return at;
  if (text[at] != '=' && text[at] != 'D' && text[at] != 'd') return at;
  if (!IsDigit(text[at + 1])) return at;
  std::size_t end = at + 1;
  while (end < text.size() && IsDigit(text[end])) ++end;
  return end;
}

// Appends the run with what is suspicious masked; returns where to go on in the text.
std::size_t AppendRun(std::string_view text, const Run& run, std::string& out) {
  const std::vector<bool> marked = Suspicious(run);
  std::size_t copied = run.at.front();
  for (std::size_t i = 0; i < marked.size(); ++i) {
    if (!marked[i]) continue;
    out.append(text.substr(copied, run.at[i] - copied));
    out.append(kMask);
    while (i + 1 < marked.size() && marked[i + 1]) ++i;
    copied = run.at[i] + 1;
  }
  out.append(text.substr(copied, run.end - copied));
  return !marked.empty() && marked.back() ? TrackTwoTail(text, run.end) : run.end;
}

}  // namespace

std::string Redact(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t i = 0;
  while (i < text.size()) {
    if (!IsDigit(text[i])) {
      out.push_back(text[i++]);
      continue;
    }
    const Run run = TakeRun(text, i);
    i = AppendRun(text, run, out);
  }
  return out;
}

}  // namespace plaza::runtime
