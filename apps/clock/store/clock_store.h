// The clock's one row: what it has said so far.
#pragma once
#include <optional>
#include <vector>

#include "apps/clock/core/schedule.h"
#include "libs/base/result.h"
#include "libs/store/db.h"

namespace plaza::store {
std::vector<Migration> ClockMigrations();  // compiled in from apps/clock/store/migrations
}

namespace plaza::clock {

// Nothing if the clock has never run.
Result<std::optional<ClockState>> LoadState(store::Tx& tx);
void SaveState(store::Tx& tx, const ClockState& state);

}  // namespace plaza::clock
