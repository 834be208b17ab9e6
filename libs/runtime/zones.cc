#include "libs/runtime/zones.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <date/tz.h>

#include "libs/runtime/errors.h"
#include "libs/runtime/posix_zone.h"

namespace plaza::runtime {
namespace {

constexpr char kZoneFolder[] = "/usr/share/zoneinfo/";

// 1970-01-01 and 2101-01-01, in seconds.
constexpr std::int64_t kFrom = 0;
constexpr std::int64_t kUntil = 4'133'980'800;

// "2026f". Debian's package keeps it in the first line of tzdata.zi only.
std::string Version(const date::tzdb& db) {
  if (!db.version.empty() && db.version != "unknown") return db.version;
  std::ifstream in(std::string(kZoneFolder) + "tzdata.zi");
  std::string line;
  std::getline(in, line);
  constexpr std::string_view kHead = "# version ";
  return line.starts_with(kHead) ? line.substr(kHead.size()) : "unknown";
}

// The rule for all time after the file's last transition: the line at the end of a TZif file (RFC
// 8536, 3.3). Empty if there is none.
std::string Footer(std::string_view name) {
  std::ifstream in(kZoneFolder + std::string(name), std::ios::binary);
  const std::string data((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (data.size() < 2 || data.back() != '\n') return {};
  const std::size_t before = data.rfind('\n', data.size() - 2);
  if (before == std::string::npos) return {};
  return data.substr(before + 1, data.size() - before - 2);
}

struct Found {
  std::int32_t first_offset = 0;
  std::vector<ZoneRules::Transition> transitions;
  std::int32_t last_offset = 0;

  void Add(std::int64_t begin_s, std::int32_t offset) {
    if (begin_s <= kFrom) {
      first_offset = last_offset = offset;
    } else if (offset != last_offset) {  // else only the abbreviation changes
      transitions.push_back({{begin_s * 1000}, offset});
      last_offset = offset;
    }
  }
};

// Adds what the zone's file says; returns the moment of its last entry.
std::int64_t AddFile(const date::time_zone& zone, Found& found) {
  std::int64_t at = kFrom;
  while (true) {
    const date::sys_info info = zone.get_info(date::sys_seconds(std::chrono::seconds(at)));
    found.Add(at, static_cast<std::int32_t>(info.offset.count()));
    const std::int64_t end = info.end.time_since_epoch().count();
    if (end >= kUntil || end <= at) return at;
    at = end;
  }
}

}  // namespace

Result<ZoneRules> LoadZone(std::string_view iana_name) {
  try {
    const date::tzdb& db = date::get_tzdb();
    const date::time_zone* zone =
        date::locate_zone(iana_name);  // Debian exports no tzdb::locate_zone
    Found found;
    const std::int64_t last = AddFile(*zone, found);
    // The file may end decades before 2100 while its clocks go on changing.
    const std::string footer = Footer(zone->name());
    if (footer.find(',') != std::string::npos) {
      for (const OffsetChange& change : PosixChanges(footer, last, kUntil)) {
        found.Add(change.from_s, change.offset_s);
      }
    }
    return ZoneRules::Make(std::string(iana_name), Version(db), found.first_offset,
                           std::move(found.transitions));
  } catch (const std::runtime_error&) {
    return Error(kUnknownZone, "no time zone " + std::string(iana_name.substr(0, 64)));
  }
}

}  // namespace plaza::runtime
