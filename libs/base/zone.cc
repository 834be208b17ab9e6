#include "libs/base/zone.h"

#include <algorithm>

#include "libs/base/errors.h"

namespace plaza {

Result<ZoneRules> ZoneRules::Make(std::string name, std::string tzdata_version,
                                  std::int32_t first_offset_seconds,
                                  std::vector<Transition> transitions) {
  const bool sorted =
      std::is_sorted(transitions.begin(), transitions.end(),
                     [](const Transition& a, const Transition& b) { return a.from < b.from; });
  if (!sorted) return Error(kBadZone, "the transitions of " + name + " are not in order");
  ZoneRules rules;
  rules.name_ = std::move(name);
  rules.tzdata_version_ = std::move(tzdata_version);
  rules.first_offset_seconds_ = first_offset_seconds;
  rules.transitions_ = std::move(transitions);
  return rules;
}

std::int32_t ZoneRules::OffsetAt(Instant instant) const {
  const auto after =
      std::upper_bound(transitions_.begin(), transitions_.end(), instant,
                       [](Instant t, const Transition& transition) { return t < transition.from; });
  return after == transitions_.begin() ? first_offset_seconds_ : std::prev(after)->offset_seconds;
}

LocalTime ZoneRules::ToLocal(Instant instant) const {
  return plaza::ToLocal(instant, OffsetAt(instant));
}

Instant ZoneRules::ToInstant(Date date, TimeOfDay time) const {
  // Offsets differ by less than a day, so those of a day before and after are the only candidates.
  const Instant as_utc = plaza::ToInstant(date, time, 0);
  const std::int32_t before = OffsetAt(as_utc - Seconds(86'400));
  const std::int32_t after = OffsetAt(as_utc + Seconds(86'400));
  const Instant first = plaza::ToInstant(date, time, before);
  if (OffsetAt(first) == before) return first;
  const Instant second = plaza::ToInstant(date, time, after);
  return OffsetAt(second) == after ? second : first;
}

Date DayOf(Instant instant, const ZoneRules& zone, TimeOfDay start) {
  const Date date = zone.ToLocal(instant).date;
  // Compared as moments, since at a change of clocks a local time may come twice.
  return instant < zone.ToInstant(date, start) ? date - 1 : date;
}

Instant DayBegin(Date day, const ZoneRules& zone, TimeOfDay start) {
  return zone.ToInstant(day, start);
}

}  // namespace plaza
