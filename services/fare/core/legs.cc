// From taps to legs: dedupe, voids, order, and the rules of fare_journey_rules.txt
// (docs/fares-extension.md, "From taps to legs").
#include <algorithm>
#include <tuple>

#include "services/fare/core/errors.h"
#include "services/fare/core/limits.h"
#include "services/fare/core/rating_state.h"

namespace plaza::fare {
namespace {

bool SameMoment(const Moment& a, const Moment& b) {
  return a.instant == b.instant && a.offset_seconds == b.offset_seconds;
}

bool SameTap(const Tap& a, const Tap& b) {
  const auto rest = [](const Tap& t) {
    return std::tie(t.action, t.stop_id, t.route_id, t.network_id, t.area_ids, t.device_id,
                    t.operator_id, t.fare_media_id, t.rider_category_id, t.replaces);
  };
  return SameMoment(a.time, b.time) && rest(a) == rest(b);
}

bool SameLeg(const BuiltLeg& a, const BuiltLeg& b) {
  const auto rest = [](const BuiltLeg& l) {
    return std::tie(l.route_id, l.network_id, l.from_stop_id, l.to_stop_id, l.from_area_ids,
                    l.to_area_ids, l.fare_media_id, l.rider_category_id, l.operator_id,
                    l.distance_milliunits);
  };
  return SameMoment(a.depart, b.depart) && SameMoment(a.arrive, b.arrive) && rest(a) == rest(b);
}

struct CoreTap {
  const Tap* tap = nullptr;
  int version = -1;
  Sym stop = kNoSym, route = kNoSym, network = kNoSym;
  std::span<const Sym> areas;
};

std::int64_t Elapsed(const CoreTap& from, const CoreTap& to) {
  return (to.tap->time.instant - from.tap->time.instant).ms;
}

bool Holds(std::span<const Sym> areas, Sym area) {
  return std::find(areas.begin(), areas.end(), area) != areas.end();
}

class TapWalk {
 public:
  explicit TapWalk(RatingState& state) : state_(state) {}

  void Run(const std::vector<const Tap*>& taps) {
    taps_.reserve(taps.size());
    for (const Tap* tap : taps) taps_.push_back(Place(*tap));
    for (at_ = 0; at_ < taps_.size(); ++at_) {
      const CoreTap& tap = taps_[at_];
      if (tap.tap->action == TapAction::kOff) {
        Off(tap);
      } else {
        Begin(tap);
      }
    }
    Finish();
  }

 private:
  CoreTap Place(const Tap& tap) {
    CoreTap placed;
    placed.tap = &tap;
    placed.version = state_.model.VersionAt(tap.time.instant);
    placed.stop = state_.Of(tap.stop_id);
    placed.route = state_.Of(tap.route_id);
    placed.network = state_.NetworkOf(placed.version, state_.Of(tap.network_id), placed.route);
    placed.areas = state_.AreasOf(placed.version, placed.stop, tap.area_ids);
    return placed;
  }

  // The first row that matches; `begin` or `end` may be missing, not both.
  const JourneyRule* RuleFor(const CoreTap* begin, const CoreTap* end) const {
    const CoreTap& main = begin != nullptr ? *begin : *end;
    for (const JourneyRule& rule : state_.VersionOf(main.version).rules.journey_rules) {
      if (rule.network != kNoSym && rule.network != main.network) continue;
      if (rule.from_area != kNoSym && (begin == nullptr || !Holds(begin->areas, rule.from_area)))
        continue;
      if (rule.to_area != kNoSym && (end == nullptr || !Holds(end->areas, rule.to_area))) continue;
      if (rule.timeframe != kNoSym &&
          !state_.InTimeframe(main.version, rule.timeframe, main.stop, main.tap->time))
        continue;
      return &rule;
    }
    return nullptr;
  }

  // At the same stop; where neither tap names one, on the same device, or else the same route.
  static bool SamePlace(const CoreTap& a, const CoreTap& b) {
    if (a.network != b.network) return false;
    if (a.stop != kNoSym || b.stop != kNoSym) return a.stop == b.stop;
    if (!a.tap->device_id.empty() || !b.tap->device_id.empty())
      return a.tap->device_id == b.tap->device_id;
    return a.route != kNoSym && a.route == b.route;
  }

  void Begin(const CoreTap& tap) {
    const JourneyRule* rule = RuleFor(&tap, nullptr);
    if (rule != nullptr && rule->pass_back_ms >= 0 && last_ != nullptr && SamePlace(*last_, tap) &&
        Elapsed(*last_, tap) <= rule->pass_back_ms) {
      PassBack(tap, *rule);
      return;
    }
    last_ = &tap;
    const bool opens = tap.tap->action == TapAction::kOn && rule != nullptr && rule->tap_off;
    const bool pairs = tap.tap->action == TapAction::kOn && rule == nullptr;
    if (opens) {
      CloseByNextOn(tap);
      open_ = &tap;
      return;
    }
    MissingOff();
    const CoreTap* next = at_ + 1 < taps_.size() ? &taps_[at_ + 1] : nullptr;
    const bool with_next = pairs && next != nullptr && next->tap->action == TapAction::kOff &&
                           SameServiceDay(tap, *next);
    AddLeg(tap, with_next ? next : nullptr);
    if (with_next) ++at_;
  }

  void PassBack(const CoreTap& tap, const JourneyRule& rule) {
    if (!rule.pass_back_is_rider) {
      state_.statement.ignored.push_back({tap.tap->tap_id, IgnoredReason::kPassBack});
      state_.Warn("PASS_BACK_IGNORED", tap.tap->tap_id);
      return;
    }
    last_ = &tap;
    AddLeg(tap, nullptr);
    state_.parts.back().extra_rider = true;
  }

  void Off(const CoreTap& tap) {
    if (open_ == nullptr) {
      const JourneyRule* rule = RuleFor(nullptr, &tap);
      if (rule != nullptr && rule->tap_off) {
        AddIncomplete(tap, Incomplete::kMissingOn, *rule);
      } else {
        state_.statement.ignored.push_back({tap.tap->tap_id, IgnoredReason::kOffWithoutOn});
      }
      return;
    }
    const CoreTap& begin = *open_;
    const JourneyRule* rule = RuleFor(&begin, &tap);
    if (rule == nullptr) rule = RuleFor(&begin, nullptr);
    open_ = nullptr;
    if (rule->grace_ms >= 0 && state_.SameStation(begin.version, begin.stop, tap.stop) &&
        Elapsed(begin, tap) <= rule->grace_ms) {
      for (const CoreTap* gone : {&begin, &tap}) {
        state_.statement.ignored.push_back({gone->tap->tap_id, IgnoredReason::kSameStation});
      }
    } else if (!WithinJourneyTime(begin, tap.tap->time.instant, *rule)) {
      AddIncomplete(begin, Incomplete::kOverTime, *rule);
      AddIncomplete(tap, Incomplete::kOverTime, *rule);
    } else {
      AddLeg(begin, &tap);
    }
  }

  bool SameServiceDay(const CoreTap& begin, const CoreTap& end) const {
    return end.tap->time.instant < state_.ServiceDayEnd(begin.version, begin.stop, begin.tap->time);
  }

  bool WithinJourneyTime(const CoreTap& begin, Instant end, const JourneyRule& rule) const {
    if (rule.max_journey_ms != kNoLimit)
      return (end - begin.tap->time.instant).ms <= rule.max_journey_ms;
    return end < state_.ServiceDayEnd(begin.version, begin.stop, begin.tap->time);
  }

  void CloseByNextOn(const CoreTap& next) {
    if (open_ == nullptr) return;
    const CoreTap& begin = *open_;
    const JourneyRule* rule = RuleFor(&begin, &next);
    const bool completes = rule != nullptr && rule->autocomplete &&
                           WithinJourneyTime(begin, next.tap->time.instant, *rule) &&
                           !state_.SameStation(begin.version, begin.stop, next.stop);
    if (!completes) {
      MissingOff();
      return;
    }
    open_ = nullptr;
    AddLeg(begin, &next);
  }

  void MissingOff() {
    if (open_ == nullptr) return;
    const CoreTap& begin = *open_;
    open_ = nullptr;
    AddIncomplete(begin, Incomplete::kMissingOff, *RuleFor(&begin, nullptr));
  }

  void Finish() {
    if (open_ == nullptr) return;
    const JourneyRule& rule = *RuleFor(open_, nullptr);
    if (!state_.until || !WithinJourneyTime(*open_, *state_.until, rule)) {
      MissingOff();
      return;
    }
    AddIncomplete(*open_, Incomplete::kOpen, rule);
    open_ = nullptr;
  }

  CoreLeg& AddLeg(const CoreTap& begin, const CoreTap* end) {
    CoreLeg& leg = state_.parts.emplace_back();
    const Tap& tap = *begin.tap;
    leg.id = tap.tap_id;
    leg.begin = leg.end = tap.time;
    leg.from_stop = begin.stop;
    leg.route = begin.route;
    leg.network = begin.network;
    leg.from_areas = begin.areas;
    leg.media = state_.Of(tap.fare_media_id);
    leg.own_category = state_.Of(tap.rider_category_id);
    leg.version = begin.version;
    leg.operator_id = state_.OperatorOf(begin.version, state_.Of(tap.operator_id), begin.route);
    leg.service_day = state_.ServiceDayOf(begin.version, begin.stop, tap.time);
    if (end != nullptr) {
      leg.end_id = end->tap->tap_id;
      leg.end = end->tap->time;
      leg.to_stop = end->stop;
      leg.to_areas = end->areas;
      leg.has_end = true;
    }
    return leg;
  }

  void AddIncomplete(const CoreTap& tap, Incomplete kind, const JourneyRule& rule) {
    CoreLeg& leg = AddLeg(tap, nullptr);
    leg.incomplete = kind;
    leg.incomplete_product = rule.incomplete_product;
    leg.incomplete_line = rule.line;
  }

  RatingState& state_;
  std::vector<CoreTap> taps_;
  std::size_t at_ = 0;
  const CoreTap* open_ = nullptr;  // into taps_, which does not grow any more
  const CoreTap* last_ = nullptr;  // last on or single that was not ignored
};

// Distinct taps, without voids and what they replace, by (time, id).
Result<std::vector<const Tap*>> TapsInOrder(RatingState& state) {
  std::vector<const Tap*> taps;
  taps.reserve(state.input.taps.size());
  for (const Tap& tap : state.input.taps) {
    if (tap.tap_id.empty()) return Error(kBadTap, "a tap has no id", "taps");
    if (tap.action == TapAction::kVoid && tap.replaces.empty()) {
      return Error(kBadTap, "void " + tap.tap_id + " replaces nothing", "taps");
    }
    taps.push_back(&tap);
  }
  std::sort(taps.begin(), taps.end(),
            [](const Tap* a, const Tap* b) { return a->tap_id < b->tap_id; });
  for (std::size_t i = 1; i < taps.size(); ++i) {
    if (taps[i]->tap_id == taps[i - 1]->tap_id && !SameTap(*taps[i], *taps[i - 1])) {
      return Error(kDuplicateId, "tap " + taps[i]->tap_id + " is given with two contents", "taps");
    }
  }
  taps.erase(std::unique(taps.begin(), taps.end(),
                         [](const Tap* a, const Tap* b) { return a->tap_id == b->tap_id; }),
             taps.end());
  std::vector<std::string_view> replaced;
  for (const Tap* tap : taps) {
    if (tap->action == TapAction::kVoid) replaced.push_back(tap->replaces);
  }
  std::erase_if(taps, [&](const Tap* tap) {
    if (tap->action == TapAction::kVoid) return true;
    const bool gone = std::find(replaced.begin(), replaced.end(), tap->tap_id) != replaced.end();
    if (gone) state.statement.voided.push_back(tap->tap_id);
    return gone;
  });
  std::sort(taps.begin(), taps.end(), [](const Tap* a, const Tap* b) {
    return std::tie(a->time.instant, a->tap_id) < std::tie(b->time.instant, b->tap_id);
  });
  return taps;
}

CoreLeg FromBuilt(RatingState& state, const BuiltLeg& built) {
  CoreLeg leg;
  leg.id = built.leg_id;
  leg.begin = built.depart;
  leg.end = built.arrive;
  leg.version = state.model.VersionAt(built.depart.instant);
  leg.from_stop = state.Of(built.from_stop_id);
  leg.to_stop = state.Of(built.to_stop_id);
  leg.route = state.Of(built.route_id);
  leg.network = state.NetworkOf(leg.version, state.Of(built.network_id), leg.route);
  leg.media = state.Of(built.fare_media_id);
  leg.own_category = state.Of(built.rider_category_id);
  leg.operator_id = state.OperatorOf(leg.version, state.Of(built.operator_id), leg.route);
  leg.from_areas = state.AreasOf(leg.version, leg.from_stop, built.from_area_ids);
  leg.to_areas = state.AreasOf(leg.version, leg.to_stop, built.to_area_ids);
  leg.has_end = !built.to_stop_id.empty() || !built.to_area_ids.empty();
  if (!leg.has_end) leg.end = leg.begin;
  if (built.distance_milliunits) leg.distance = *built.distance_milliunits;
  leg.service_day = state.ServiceDayOf(leg.version, leg.from_stop, leg.begin);
  return leg;
}

}  // namespace

Result<void> BuildLegs(RatingState& state) {
  if (state.input.taps.size() + state.input.legs.size() > kMaxTapsPerRating) {
    return Error(kTooManyTaps, "more than " + std::to_string(kMaxTapsPerRating) + " taps and legs",
                 "taps");
  }
  PLAZA_ASSIGN_OR_RETURN(const std::vector<const Tap*> taps, TapsInOrder(state));
  state.parts.reserve(taps.size() + state.input.legs.size());
  TapWalk(state).Run(taps);

  std::vector<const BuiltLeg*> built;
  for (const BuiltLeg& leg : state.input.legs) built.push_back(&leg);
  std::sort(built.begin(), built.end(),
            [](const BuiltLeg* a, const BuiltLeg* b) { return a->leg_id < b->leg_id; });
  for (std::size_t i = 0; i < built.size(); ++i) {
    if (built[i]->leg_id.empty()) return Error(kBadTap, "a leg has no id", "legs");
    if (i > 0 && built[i]->leg_id == built[i - 1]->leg_id) {
      if (SameLeg(*built[i], *built[i - 1])) continue;
      return Error(kDuplicateId, "leg " + built[i]->leg_id + " is given with two contents", "legs");
    }
    state.parts.push_back(FromBuilt(state, *built[i]));
  }
  std::sort(state.parts.begin(), state.parts.end(), [](const CoreLeg& a, const CoreLeg& b) {
    return std::tie(a.begin.instant, a.id) < std::tie(b.begin.instant, b.id);
  });
  return {};
}

}  // namespace plaza::fare
