// What a replay changes of a recording: order within a business day, repeats, late arrivals. Pure,
// so that a test can look at it.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "apps/citysim/citysim.h"
#include "libs/base/bytes.h"
#include "libs/base/civil.h"

namespace plaza::citysim {

// What is sent between two waits for idle consumers.
struct ReplayWindow {
  std::vector<Instant> clock;
  std::vector<Bytes> records;
  std::optional<Date> cut_off;  // comes after the records
};

struct ReplayChanges {
  std::uint64_t repeated = 0;
  std::uint64_t late = 0;
  std::uint64_t offline = 0;
};

// Clock and cut-offs stay where they are. A record that is late goes into a window after the next
// cut-off (where none comes, it stays); a shuffled one into its own window or a later one before
// the next cut-off, at any place there. What gates that are offline hold comes in a window of its
// own, the last, three days after the recorded one; the days between are closed before it.
ReplayChanges ChangeOrder(const ReplayOptions& options, std::vector<ReplayWindow>& windows);

}  // namespace plaza::citysim
