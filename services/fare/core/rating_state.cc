#include "services/fare/core/rating_state.h"

#include <algorithm>

namespace plaza::fare {

const TariffVersion& RatingState::VersionOf(int index) const {
  static const TariffVersion kNone;
  return index < 0 ? kNone : model.versions[static_cast<std::size_t>(index)];
}

Sym RatingState::Of(std::string_view text) {
  if (text.empty()) return kNoSym;
  const Sym known = model.symbols.Find(text);
  if (known != kNoSym) return known;
  const auto own = std::find(own_symbols_.begin(), own_symbols_.end(), text);
  if (own == own_symbols_.end()) {
    own_symbols_.push_back(text);
    return model.symbols.size() + static_cast<Sym>(own_symbols_.size()) - 1;
  }
  return model.symbols.size() + static_cast<Sym>(own - own_symbols_.begin());
}

std::string_view RatingState::Text(Sym sym) const {
  if (sym == kNoSym) return {};
  if (sym < model.symbols.size()) return model.symbols.Text(sym);
  return own_symbols_[static_cast<std::size_t>(sym - model.symbols.size())];
}

const StopInfo* RatingState::StopOf(int version, Sym stop) const {
  if (stop == kNoSym) return nullptr;
  const auto& stops = VersionOf(version).rules.stops;
  const auto found = stops.find(stop);
  return found == stops.end() ? nullptr : &found->second;
}

Sym RatingState::StationOf(int version, Sym stop) const {
  const StopInfo* info = StopOf(version, stop);
  return info == nullptr || info->station == kNoSym ? stop : info->station;
}

bool RatingState::SameStation(int version, Sym a, Sym b) const {
  return a != kNoSym && b != kNoSym && StationOf(version, a) == StationOf(version, b);
}

std::span<const Sym> RatingState::AreasOf(int version, Sym stop,
                                          const std::vector<std::string>& given) {
  if (!given.empty()) {
    std::vector<Sym>& own = own_areas_.emplace_back();
    for (const std::string& area : given) own.push_back(Of(area));
    return own;
  }
  const StopInfo* info = StopOf(version, stop);
  return info == nullptr ? std::span<const Sym>() : std::span<const Sym>(info->areas);
}

Sym RatingState::NetworkOf(int version, Sym network, Sym route) const {
  if (network != kNoSym || route == kNoSym) return network;
  const auto& routes = VersionOf(version).rules.routes;
  const auto found = routes.find(route);
  return found == routes.end() ? kNoSym : found->second.network;
}

Sym RatingState::OperatorOf(int version, Sym operator_id, Sym route) const {
  if (operator_id != kNoSym) return operator_id;
  const auto& routes = VersionOf(version).rules.routes;
  const auto found = routes.find(route);
  if (route != kNoSym && found != routes.end() && found->second.agency != kNoSym)
    return found->second.agency;
  return model.only_agency;
}

const ZoneRules* RatingState::ZoneOf(int version, Sym stop) const {
  const StopInfo* info = StopOf(version, stop);
  const int zone = info != nullptr && info->zone >= 0 ? info->zone : VersionOf(version).zone;
  return zone < 0 ? nullptr : &model.zones[static_cast<std::size_t>(zone)];
}

LocalTime RatingState::LocalAt(int version, Sym stop, const Moment& moment) const {
  const ZoneRules* zone = ZoneOf(version, stop);
  return zone != nullptr ? zone->ToLocal(moment.instant)
                         : ToLocal(moment.instant, moment.offset_seconds);
}

Date RatingState::ServiceDayOf(int version, Sym stop, const Moment& moment) const {
  const TimeOfDay start = VersionOf(version).day_start;
  const ZoneRules* zone = ZoneOf(version, stop);
  if (zone != nullptr) return DayOf(moment.instant, *zone, start);
  const LocalTime local = ToLocal(moment.instant, moment.offset_seconds);
  return local.time < start ? local.date - 1 : local.date;
}

Instant RatingState::ServiceDayEnd(int version, Sym stop, const Moment& moment) const {
  const Date next = ServiceDayOf(version, stop, moment) + 1;
  const TimeOfDay start = VersionOf(version).day_start;
  const ZoneRules* zone = ZoneOf(version, stop);
  return zone != nullptr ? DayBegin(next, *zone, start)
                         : ToInstant(next, start, moment.offset_seconds);
}

bool RatingState::InTimeframe(int version, Sym group, Sym stop, const Moment& moment) const {
  const Rules& rules = VersionOf(version).rules;
  const auto frames = rules.timeframes.find(group);
  if (frames == rules.timeframes.end()) return false;
  const LocalTime local = LocalAt(version, stop, moment);
  return std::any_of(frames->second.begin(), frames->second.end(), [&](const Timeframe& frame) {
    if (local.time.seconds < frame.start_s || local.time.seconds >= frame.end_s) return false;
    if (frame.service == kNoSym) return true;
    const auto service = rules.services.find(frame.service);
    return service != rules.services.end() && service->second.Runs(local.date);
  });
}

bool RatingState::InAreaSet(const CoreLeg& leg, Sym area_set) const {
  const auto& sets = VersionOf(leg.version).rules.area_sets;
  const auto found = sets.find(area_set);
  const auto in_set = [&](std::span<const Sym> areas) {
    return found != sets.end() && std::any_of(areas.begin(), areas.end(), [&](Sym area) {
             return std::find(found->second.begin(), found->second.end(), area) !=
                    found->second.end();
           });
  };
  const bool from_known = leg.from_stop != kNoSym || !leg.from_areas.empty();
  return (!from_known || in_set(leg.from_areas)) && (!leg.has_end || in_set(leg.to_areas));
}

bool ValidAt(const ValidityBound& from, const ValidityBound& until, const CoreLeg& leg) {
  const auto begun = [&] {
    if (const Date* date = std::get_if<Date>(&from)) return leg.service_day >= *date;
    if (const Instant* instant = std::get_if<Instant>(&from)) return leg.begin.instant >= *instant;
    return true;
  };
  const auto ended = [&] {
    if (const Date* date = std::get_if<Date>(&until)) return leg.service_day > *date;
    if (const Instant* instant = std::get_if<Instant>(&until)) return leg.begin.instant >= *instant;
    return false;
  };
  return begun() && !ended();
}

void RatingState::Warn(std::string_view code, std::string_view where) {
  statement.warnings.push_back({std::string(code), std::string(where)});
}

}  // namespace plaza::fare
