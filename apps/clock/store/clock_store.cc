#include "apps/clock/store/clock_store.h"

#include <string>

namespace plaza::clock {
namespace {

Result<std::optional<Date>> DayFrom(const std::string& text) {
  if (text.empty()) return std::optional<Date>();
  PLAZA_ASSIGN_OR_RETURN(const Date day, Date::Parse(text));
  return std::optional<Date>(day);
}

std::string TextOf(const std::optional<Date>& day) { return day.has_value() ? day->ToText() : ""; }

}  // namespace

Result<std::optional<ClockState>> LoadState(store::Tx& tx) {
  const std::optional<store::Row> row =
      tx.QueryOne("SELECT now_ms, first_day, last_day FROM clock_state WHERE id = 1", {}, "itt");
  if (!row.has_value()) return std::optional<ClockState>();
  ClockState state;
  state.now = Instant{row->Int(0)};
  PLAZA_ASSIGN_OR_RETURN(state.first_day, DayFrom(row->Text(1)));
  PLAZA_ASSIGN_OR_RETURN(state.last_day, DayFrom(row->Text(2)));
  return std::optional<ClockState>(state);
}

void SaveState(store::Tx& tx, const ClockState& state) {
  tx.Exec(
      "INSERT INTO clock_state (id, now_ms, first_day, last_day) VALUES (1, :now_ms, :first_day, "
      ":last_day) "
      "ON CONFLICT (id) DO UPDATE SET now_ms = excluded.now_ms, first_day = excluded.first_day, "
      "last_day = excluded.last_day",
      {{"now_ms", state.now.unix_ms},
       {"first_day", TextOf(state.first_day)},
       {"last_day", TextOf(state.last_day)}});
}

}  // namespace plaza::clock
