// Looks for card numbers in everything that a run wrote: the proof of "no PAN in logs, log topics,
// tables, metrics".
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace plaza::testing {

struct PanFinding {
  std::string file;
  std::size_t offset;
  std::string form;  // "ascii", "bcd", "bcd at a half byte"
};

// Knows the test PANs (16 digits each). Track 2 begins with the PAN in one of these forms, so it is
// found too.
class PanScanner {
 public:
  explicit PanScanner(const std::vector<std::string>& pans);
  std::vector<PanFinding> ScanBytes(std::string_view bytes, const std::string& name) const;
  // Every regular file below `folder`.
  std::vector<PanFinding> ScanFolder(const std::filesystem::path& folder) const;

 private:
  std::unordered_set<std::uint64_t> packed_;  // 16 digits, four bits each
};

}  // namespace plaza::testing
