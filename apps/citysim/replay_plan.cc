#include "apps/citysim/replay_plan.h"

#include <utility>

#include "apps/citysim/random.h"

namespace plaza::citysim {
namespace {

enum Purpose : std::uint64_t { kPlace = 0x100, kOrder };

// The last window that a record of this window may be sent in without passing a cut-off.
std::size_t LastOfDay(const std::vector<ReplayWindow>& windows, std::size_t at) {
  std::size_t last = at;
  while (!windows[last].cut_off && last + 1 < windows.size()) ++last;
  return last;
}

}  // namespace

ReplayChanges ChangeOrder(const ReplayOptions& options, std::vector<ReplayWindow>& windows) {
  ReplayChanges changes;
  const bool shuffle = options.shuffle_seed != 0;
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
