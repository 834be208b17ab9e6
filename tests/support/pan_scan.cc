#include "tests/support/pan_scan.h"

#include <fstream>
#include <sstream>

#include "libs/base/check.h"

namespace plaza::testing {
namespace {

constexpr std::size_t kDigits = 16;

}  // namespace

PanScanner::PanScanner(const std::vector<std::string>& pans) {
  for (const std::string& pan : pans) {
    PLAZA_CHECK(pan.size() == kDigits);
    std::uint64_t packed = 0;
    for (char c : pan) packed = packed << 4 | static_cast<std::uint64_t>(c - '0');
    packed_.insert(packed);
  }
}

std::vector<PanFinding> PanScanner::ScanBytes(std::string_view bytes,
                                              const std::string& name) const {
  std::vector<PanFinding> found;
  std::uint64_t ascii = 0, bcd = 0;
  std::size_t run = 0;       // ASCII digits so far
  unsigned char before = 0;  // the byte that fell out of `bcd`
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte >= '0' && byte <= '9') {
      ascii = ascii << 4 | static_cast<std::uint64_t>(byte - '0');
      if (++run >= kDigits && packed_.contains(ascii))
        found.push_back({name, i + 1 - kDigits, "ascii"});
    } else {
      run = 0;
    }
    before = static_cast<unsigned char>(bcd >> 56);
    bcd = bcd << 8 | byte;
    if (i + 1 >= 8 && packed_.contains(bcd)) found.push_back({name, i + 1 - 8, "bcd"});
    const std::uint64_t half = bcd >> 4 | static_cast<std::uint64_t>(before) << 60;
    if (i + 1 >= 9 && packed_.contains(half))
      found.push_back({name, i + 1 - 9, "bcd at a half byte"});
  }
  return found;
}

std::vector<PanFinding> PanScanner::ScanFolder(const std::filesystem::path& folder) const {
  std::vector<PanFinding> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    const auto more = ScanBytes(text.str(), entry.path().string());
    found.insert(found.end(), more.begin(), more.end());
  }
  return found;
}

}  // namespace plaza::testing
