// Caps: which legs they cover, and the running ones (docs/fares-extension.md, "Caps").
#include <algorithm>
#include <map>

#include "services/fare/core/candidates.h"
#include "services/fare/core/caps.h"

namespace plaza::fare {
namespace {

// A cap's window, or a ladder's.
struct Window {
  Instant begin, end;  // of a rolling window
  std::int64_t spent_minor = 0;
  std::vector<int> rides;     // charged ones: journeys, or legs
  std::vector<Sym> eligible;  // ladder: caps that cover every item so far
  bool has_items = false;
};

struct Bound {
  std::int64_t least_minor = kNoLimit;
  Sym cap = kNoSym;
};

class Running {
 public:
  Running(RatingState& state, std::vector<JourneySaving>& savings)
      : state_(state), savings_(savings) {}

  void Run() {
    for (std::size_t i = 0; i < state_.legs.size(); ++i) {
      CoreLeg& leg = state_.legs[i];
      if (IsItem(leg)) Charge(leg, static_cast<int>(i));
    }
  }

 private:
  struct Applying {
    const Cap* cap;
    Window* window;
  };

  void Charge(CoreLeg& leg, int index) {
    const std::int64_t price = leg.charged_minor;
    std::vector<Applying> applying;
    std::vector<Applying> ladders;  // the first cap of each, for how it counts
    Find(leg, applying, ladders);
    Bound bound;
    for (const Applying& one : applying) Tighten(one, leg, index, bound);
    const std::int64_t charge = std::max<std::int64_t>(0, std::min(price, bound.least_minor));
    for (const Applying& one : applying) {
      if (one.cap->ladder == kNoSym) Spend(*one.window, *one.cap, leg, index, charge);
    }
    for (const Applying& ladder : ladders) Spend(*ladder.window, *ladder.cap, leg, index, charge);
    leg.charged_minor = charge;
    if (charge < price) savings_.push_back({leg.journey, bound.cap, price - charge});
  }

  // The caps that apply, in file order, with their windows; and the windows of ladders with a cap
  // that covers the item.
  void Find(const CoreLeg& leg, std::vector<Applying>& applying, std::vector<Applying>& ladders) {
    const std::vector<Cap>& caps = state_.VersionOf(leg.version).rules.caps;
    std::vector<Sym> seen;
    for (const Cap& cap : caps) {
      if (cap.best_combination) continue;
      if (cap.ladder == kNoSym) {
        if (!Covers(state_, leg, cap)) continue;
        if (Window* window = WindowOf(leg, cap)) applying.push_back({&cap, window});
        continue;
      }
      if (std::find(seen.begin(), seen.end(), cap.ladder) != seen.end()) continue;
      seen.push_back(cap.ladder);
      Ladder(leg, cap, applying, ladders);
    }
    std::sort(applying.begin(), applying.end(),
              [](const Applying& a, const Applying& b) { return a.cap->line < b.cap->line; });
  }

  // The least cap of the ladder that covers this item and every earlier one of the window.
  void Ladder(const CoreLeg& leg, const Cap& first, std::vector<Applying>& applying,
              std::vector<Applying>& ladders) {
    std::vector<const Cap*> covering;
    for (const Cap& cap : state_.VersionOf(leg.version).rules.caps) {
      if (!cap.best_combination && cap.ladder == first.ladder && Covers(state_, leg, cap))
        covering.push_back(&cap);
    }
    if (covering.empty()) return;
    Window& window = ladders_[{first.ladder, CalendarWindow(state_, leg, first)}];
    const auto covers_now = [&](Sym id) {
      return std::any_of(covering.begin(), covering.end(),
                         [&](const Cap* cap) { return cap->id == id; });
    };
    if (window.has_items) {
      std::erase_if(window.eligible, [&](Sym id) { return !covers_now(id); });
    } else {
      for (const Cap* cap : covering) window.eligible.push_back(cap->id);
    }
    window.has_items = true;
    ladders.push_back({&first, &window});
    const Cap* least = nullptr;
    for (const Cap* cap : covering) {
      const bool eligible = std::find(window.eligible.begin(), window.eligible.end(), cap->id) !=
                            window.eligible.end();
      if (eligible && (least == nullptr || cap->amount_minor < least->amount_minor)) least = cap;
    }
    if (least != nullptr) applying.push_back({least, &window});
  }

  Window* WindowOf(const CoreLeg& leg, const Cap& cap) {
    if (cap.type == 0) return &windows_[{cap.id, CalendarWindow(state_, leg, cap)}];
    Window& window = rolling_[cap.id];
    if (window.has_items && window.begin <= leg.begin.instant && leg.begin.instant < window.end)
      return &window;
    if (leg.charged_minor <= 0) return nullptr;  // a free item opens none
    window = {};
    window.has_items = true;
    if (cap.type == 1) {
      window.begin = leg.begin.instant;
      window.end = AddSpan(state_, leg.version, leg.from_stop, leg.begin, cap.duration, cap.unit);
      return &window;
    }
    const Date day = DayAt(state_, leg, cap.offset_time_s);
    window.begin =
        DayBeginAt(state_, leg.version, leg.from_stop, leg.begin, day, cap.offset_time_s);
    window.end = DayBeginAt(state_, leg.version, leg.from_stop, leg.begin,
                            AddDays(day, cap.duration, cap.unit), cap.offset_time_s);
    return &window;
  }

  static int RideOf(const Cap& cap, const CoreLeg& leg, int index) {
    return cap.counts_transfers ? index : leg.journey;
  }

  static void AddRide(Window& window, int ride) {
    if (std::find(window.rides.begin(), window.rides.end(), ride) == window.rides.end())
      window.rides.push_back(ride);
  }

  void Tighten(const Applying& one, const CoreLeg& leg, int index, Bound& bound) const {
    std::int64_t left = kNoLimit;
    if (one.cap->amount_minor != kNoLimit)
      left = std::max<std::int64_t>(0, one.cap->amount_minor - one.window->spent_minor);
    const auto& rides = one.window->rides;
    const bool counted =
        std::find(rides.begin(), rides.end(), RideOf(*one.cap, leg, index)) != rides.end();
    if (!counted && static_cast<std::int64_t>(rides.size()) >= one.cap->count) left = 0;
    if (left < bound.least_minor) bound = {left, one.cap->id};
  }

  static void Spend(Window& window, const Cap& cap, const CoreLeg& leg, int index,
                    std::int64_t charge) {
    window.spent_minor += charge;
    if (charge > 0) AddRide(window, RideOf(cap, leg, index));
  }

  RatingState& state_;
  std::vector<JourneySaving>& savings_;
  std::map<std::pair<Sym, WindowKey>, Window> windows_,
      ladders_;  // by id: what is spent carries over versions
  std::map<Sym, Window> rolling_;
};

bool MemberMatches(const CapMember& member, const CoreLeg& leg) {
  return (member.product == kNoSym || member.product == leg.product) &&
         (member.group == kNoSym || member.group == leg.group) &&
         (member.network == kNoSym || member.network == leg.network);
}

}  // namespace

bool IsItem(const CoreLeg& leg) {
  return leg.pass == kNoSym && !leg.unknown && !leg.extra_rider &&
         leg.incomplete != Incomplete::kOpen;
}

std::optional<std::int64_t> Covers(const RatingState& state, const CoreLeg& leg, const Cap& cap) {
  const Rules& rules = state.VersionOf(leg.version).rules;
  if (leg.incomplete != Incomplete::kNo && !cap.counts_incomplete) return std::nullopt;
  if (cap.category != kNoSym && cap.category != leg.category) return std::nullopt;
  if (cap.media != kNoSym && cap.media != leg.media) return std::nullopt;
  if (cap.network != kNoSym && cap.network != leg.network) return std::nullopt;
  if (cap.area_set != kNoSym && !state.InAreaSet(leg, cap.area_set)) return std::nullopt;
  if (cap.timeframe != kNoSym &&
      !state.InTimeframe(leg.version, cap.timeframe, leg.from_stop, leg.begin))
    return std::nullopt;
  if (cap.service != kNoSym) {
    const auto service = rules.services.find(cap.service);
    if (service == rules.services.end() || !service->second.Runs(leg.service_day))
      return std::nullopt;
  }
  if (cap.members.empty()) return 0;
  for (const CapMember& member : cap.members) {
    if (!MemberMatches(member, leg)) continue;
    if (!cap.best_combination || member.extension_product == kNoSym) return 0;
    // An extension product without a row for the rider is no match.
    const auto price = LeastPrice(rules, member.extension_product, leg.category, leg.media);
    if (price) return std::max<std::int64_t>(0, price->price_minor);
  }
  return std::nullopt;
}

void RunningCaps(RatingState& state, std::vector<JourneySaving>& savings) {
  Running(state, savings).Run();
}

Result<void> ApplyCaps(RatingState& state, std::vector<JourneySaving>& savings) {
  bool running = false, best = false;
  for (const TariffVersion& version : state.model.versions) {
    for (const Cap& cap : version.rules.caps) (cap.best_combination ? best : running) = true;
  }
  for (CoreLeg& leg : state.legs) leg.charged_minor = leg.item_minor;
  if (best) PLAZA_RETURN_IF_ERROR(BestCombination(state, savings));
  if (running) RunningCaps(state, savings);
  return {};
}

}  // namespace plaza::fare
