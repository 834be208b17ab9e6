// Which sequences of one validator have been received: a high-water mark and the gaps below it
// (docs/architecture.md, "The event log"). Pure; a value.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"

namespace plaza::tap_ingest {

class SequenceWindow {
 public:
  struct Range {
    std::uint64_t first;
    std::uint64_t last;  // inclusive
    bool operator==(const Range&) const = default;
  };

  bool Seen(std::uint64_t sequence) const;
  // False if it would need more than kGapsMax gaps; then nothing changed. `sequence` is at least 1
  // and not seen (checked).
  bool Mark(std::uint64_t sequence);

  std::uint64_t high_water() const { return high_water_; }  // 0: none received
  const std::vector<Range>& gaps() const { return gaps_; }

  // The gaps as the store keeps them: per gap two LEB128 numbers, the distance of its first
  // sequence from the end of the gap before (from 0 for the first) and its length.
  std::string EncodeGaps() const;
  static Result<SequenceWindow> Decode(std::uint64_t high_water,
                                       std::string_view gaps);  // BAD_STORED_STATE
  bool operator==(const SequenceWindow&) const = default;

 private:
  std::vector<Range>::const_iterator GapAtOrAfter(std::uint64_t sequence) const;

  std::uint64_t high_water_ = 0;
  std::vector<Range> gaps_;  // ascending, none adjacent, all below high_water_
};

}  // namespace plaza::tap_ingest
