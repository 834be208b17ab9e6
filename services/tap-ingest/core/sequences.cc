#include "services/tap-ingest/core/sequences.h"

#include <algorithm>

#include "libs/base/check.h"
#include "services/tap-ingest/errors.h"
#include "services/tap-ingest/limits.h"

namespace plaza::tap_ingest {
namespace {

void PutNumber(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

// False at the end of the text or for more than 64 bits.
bool TakeNumber(std::string_view& text, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (text.empty()) return false;
    const auto octet = static_cast<std::uint8_t>(text.front());
    text.remove_prefix(1);
    value |= static_cast<std::uint64_t>(octet & 0x7F) << shift;
    if ((octet & 0x80) == 0) return true;
  }
  return false;
}

}  // namespace

std::vector<SequenceWindow::Range>::const_iterator SequenceWindow::GapAtOrAfter(
    std::uint64_t sequence) const {
  return std::lower_bound(gaps_.begin(), gaps_.end(), sequence,
                          [](const Range& gap, std::uint64_t s) { return gap.last < s; });
}

bool SequenceWindow::Seen(std::uint64_t sequence) const {
  if (sequence > high_water_) return false;
  const auto gap = GapAtOrAfter(sequence);
  return gap == gaps_.end() || sequence < gap->first;
}

bool SequenceWindow::Mark(std::uint64_t sequence) {
  PLAZA_CHECK(sequence >= 1 && !Seen(sequence));
  if (sequence > high_water_) {
    if (sequence - high_water_ > 1) {
      if (gaps_.size() >= kGapsMax) return false;
      gaps_.push_back({high_water_ + 1, sequence - 1});
    }
    high_water_ = sequence;
    return true;
  }
  const auto at = gaps_.begin() + (GapAtOrAfter(sequence) - gaps_.cbegin());
  const Range gap = *at;
  if (gap.first == gap.last) {
    gaps_.erase(at);
  } else if (sequence == gap.first) {
    at->first = sequence + 1;
  } else if (sequence == gap.last) {
    at->last = sequence - 1;
  } else {
    if (gaps_.size() >= kGapsMax) return false;
    at->last = sequence - 1;
    gaps_.insert(at + 1, {sequence + 1, gap.last});
  }
  return true;
}

std::string SequenceWindow::EncodeGaps() const {
  std::string out;
  std::uint64_t end = 0;
  for (const Range& gap : gaps_) {
    PutNumber(out, gap.first - end);
    PutNumber(out, gap.last - gap.first + 1);
    end = gap.last;
  }
  return out;
}

Result<SequenceWindow> SequenceWindow::Decode(std::uint64_t high_water, std::string_view gaps) {
  SequenceWindow window;
  window.high_water_ = high_water;
  std::uint64_t end = 0;
  while (!gaps.empty()) {
    std::uint64_t distance = 0;
    std::uint64_t length = 0;
    const bool read = TakeNumber(gaps, distance) && TakeNumber(gaps, length);
    const bool ordered = read && distance >= 1 && length >= 1 && distance < high_water - end &&
                         length < high_water - end - distance + 1;
    if (!ordered) return Error(kBadStoredState, "the gaps of a validator's sequences");
    const std::uint64_t first = end + distance;
    window.gaps_.push_back({first, first + length - 1});
    end = first + length - 1;
  }
  return window;
}

}  // namespace plaza::tap_ingest
