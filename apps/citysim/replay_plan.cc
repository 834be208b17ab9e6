#include "apps/citysim/replay_plan.h"

#include <utility>

#include "apps/citysim/random.h"
#include "libs/base/digest.h"
#include "libs/emv/journal/tap_record.h"

namespace plaza::citysim {
namespace {

enum Purpose : std::uint64_t { kPlace = 0x100, kOrder, kOffline };
// A recording ends with the close of the day after its own (Options::close_next_day): what comes in
// the second day after that was made three days before, as late as fare's window lets it be.
constexpr int kOfflineDays = 2;

// The last window that a record of this window may be sent in without passing a cut-off.
std::size_t LastOfDay(const std::vector<ReplayWindow>& windows, std::size_t at) {
  std::size_t last = at;
  while (!windows[last].cut_off && last + 1 < windows.size()) ++last;
  return last;
}

bool IsOffline(const ReplayOptions& options, const Bytes& record) {
  const auto tap = emv::DecodeTapRecord(record);
  if (!tap.ok()) return false;  // tap-ingest says what is wrong with it
  const Sha256Digest name = Sha256(AsBytes(tap->record.validator_id));
  const std::uint64_t gate = static_cast<std::uint64_t>(name[0]) << 8 | name[1];
  return Random(options.shuffle_seed, kOffline, gate).Below(100) < options.offline_percent;
}

std::vector<Bytes> TakeOffline(const ReplayOptions& options, std::vector<ReplayWindow>& windows) {
  std::vector<Bytes> held;
  for (ReplayWindow& window : windows) {
    std::vector<Bytes> rest;
    for (Bytes& record : window.records) {
      (IsOffline(options, record) ? held : rest).push_back(std::move(record));
    }
    window.records = std::move(rest);
  }
  return held;
}

// The days after the recording's last cut-off, each closed, and in the last of them what was held.
void ComeBack(std::vector<Bytes> held, std::vector<ReplayWindow>& windows) {
  Instant now;
  std::optional<Date> closed;
  for (const ReplayWindow& window : windows) {
    if (!window.clock.empty()) now = window.clock.back();
    if (window.cut_off) closed = window.cut_off;
  }
  if (!closed) return;
  for (int day = 1; day <= kOfflineDays; ++day) {
    ReplayWindow& next = windows.emplace_back();
    next.clock = {now + Seconds(std::int64_t{day} * 24 * 3600)};
    next.cut_off = *closed + day;
  }
  windows.back().records = std::move(held);
}

}  // namespace

ReplayChanges ChangeOrder(const ReplayOptions& options, std::vector<ReplayWindow>& windows) {
  ReplayChanges changes;
  const bool shuffle = options.shuffle_seed != 0;
  if (options.offline_percent > 0) {
    std::vector<Bytes> held = TakeOffline(options, windows);
    changes.offline = held.size();
    ComeBack(std::move(held), windows);
  }
  Random random(options.shuffle_seed, kPlace, 0);
  std::vector<std::vector<Bytes>> placed(windows.size());
  for (std::size_t at = 0; at < windows.size(); ++at) {
    for (Bytes& record : windows[at].records) {
      std::size_t first = at;
      std::size_t last = LastOfDay(windows, at);
      if (random.Below(100) < options.late_percent && windows[last].cut_off &&
          last + 1 < windows.size()) {
        first = last + 1;
        last = LastOfDay(windows, first);
        ++changes.late;
      }
      const std::size_t to = shuffle ? first + random.Below(last - first + 1) : first;
      if (random.Below(100) < options.repeat_percent) {
        const std::size_t again = shuffle ? to + random.Below(last - to + 1) : to;
        placed[again].push_back(record);
        ++changes.repeated;
      }
      placed[to].push_back(std::move(record));
    }
  }
  for (std::size_t at = 0; at < windows.size(); ++at) {
    std::vector<Bytes>& records = placed[at];
    Random order(options.shuffle_seed, kOrder, at);
    for (std::size_t i = records.size(); shuffle && i > 1; --i) {
      std::swap(records[i - 1], records[order.Below(i)]);
    }
    windows[at].records = std::move(records);
  }
  return changes;
}

}  // namespace plaza::citysim
