#include "apps/citysim/plan.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "apps/citysim/cards/limits.h"
#include "apps/citysim/errors.h"
#include "apps/citysim/habits.h"
#include "apps/citysim/limits.h"
#include "apps/citysim/random.h"

namespace plaza::citysim {
namespace {

// What a stream of random numbers is for.
enum Purpose : std::uint64_t { kMedia = 1, kCommute, kOther, kMorning, kOffline, kLateGates };

constexpr std::array kCast = {
    CardKind::kExpired,   CardKind::kNotYetValid, CardKind::kForged,  CardKind::kFlippedSignature,
    CardKind::kDeclining, CardKind::kPanMismatch, CardKind::kForeign, CardKind::kRefusedCountry};
// The first riders have parts that every run shows, however small: one bad card each, then one who
// taps twice, one with a card and a phone who transfers, one student who transfers.
constexpr std::uint64_t kCastTwice = kCast.size();
constexpr std::uint64_t kCastPhoneAndCard = kCast.size() + 1;
constexpr std::uint64_t kCastStudent = kCast.size() + 2;

int PickHour(Random& random, const std::array<std::uint16_t, 24>& curve) {
  std::uint64_t left = random.Below(1000);
  for (std::size_t hour = 0; hour < curve.size(); ++hour) {
    if (left < curve[hour]) return static_cast<int>(hour);
    left -= curve[hour];
  }
  return 12;
}

// Where a line's riders tap: its stations' gates, or its vehicles'.
struct LineGates {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::uint32_t per_stop = 0;  // 0: vehicles
};

bool TakesPart(std::string_view network_id) {
  return std::ranges::find(kTransferNetworks, network_id) != kTransferNetworks.end();
}

class Planner {
 public:
  explicit Planner(const PlanInput& input) : input_(input) {}
  Result<Plan> Make();

 private:
  struct Leg {
    std::uint32_t line;
    std::uint32_t stop;
  };
  Result<void> Check() const;
  void PlaceGates();
  void SetOffline();
  void MakeRiders();
  CardKind KindOf(Random& random, std::uint64_t rider) const;
  void AddMedium(std::uint64_t rider, Issuer issuer, CardKind kind, bool carries_par);
  Instant At(Date date, int hour, Random& random) const;
  std::uint32_t PickLine(Random& random) const;
  Leg PickLeg(Random& random) const;
  Leg PickTransfer(const Leg& first, Random& random) const;
  Leg OnLine4(Random& random) const;
  bool Transfers(const Line& line, Random& random) const;
  void Tap(std::uint32_t rider, std::uint32_t medium, const Leg& leg, Instant time, Random& random);
  void Trip(std::uint32_t rider, std::uint32_t medium, std::vector<Leg> legs, Instant time,
            Random& random);
  void Commute(std::uint32_t rider);
  void OtherTrips(std::uint64_t taps);
  void Morning(std::uint64_t taps);
  void OrderTaps();

  const PlanInput& input_;
  Plan plan_;
  std::vector<LineGates> line_gates_;
  std::vector<std::uint64_t> line_weights_;  // running sums
};

Result<void> Planner::Check() const {
  if (input_.network == nullptr || input_.network->lines.empty()) {
    return Error(kBadOptions, "the network has no line", "network");
  }
  if (input_.riders < 1 || input_.riders > kRidersMax || input_.riders >= kAccountNumbers) {
    return Error(kBadOptions, "1 to " + std::to_string(kRidersMax) + " riders", "riders");
  }
  if (input_.taps < 1 || input_.taps > kTapsMax) {
    return Error(kBadOptions, "1 to " + std::to_string(kTapsMax) + " taps", "taps");
  }
  return {};
}

std::string Numbered(std::string_view prefix, std::size_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, digits.size() < 4 ? 4 - digits.size() : 0, '0');
  return std::string(prefix) + digits;
}

void Planner::PlaceGates() {
  const std::int64_t enrolled = plan_.day_begin.unix_ms - Seconds(24 * 3600).ms;
  std::size_t stations = 0;
  std::size_t vehicles = 0;
  std::uint64_t weight = 0;
  for (const Line& line : input_.network->lines) {
    LineGates gates;
    gates.first = static_cast<std::uint32_t>(plan_.gates.size());
    const std::size_t count =
        line.gated ? line.stop_ids.size() * kGatesPerStation : kVehiclesPerLine;
    gates.count = static_cast<std::uint32_t>(count);
    gates.per_stop = line.gated ? kGatesPerStation : 0;
    for (std::size_t i = 0; i < count; ++i) {
      GatePlan gate;
      gate.place.operator_id = line.operator_id;
      gate.place.enrolled_from_ms = enrolled;
      if (line.gated) {
        gate.place.validator_id = Numbered("GDL-S", ++stations);
        gate.place.stop_id = line.stop_ids[i / kGatesPerStation];
        gate.route_id = line.route_id;
      } else {
        gate.place.validator_id = Numbered("GDL-V", ++vehicles);
        gate.place.vehicle_id = Numbered("BUS-", vehicles);
        gate.route_id = line.route_id;
        gate.trip_ids = line.trip_ids;
        if (gate.trip_ids.empty()) gate.trip_ids.push_back(line.route_id + "-1");
      }
      plan_.gates.push_back(std::move(gate));
    }
    line_gates_.push_back(gates);
    weight += line.gated ? kGatedLineWeight : kBusLineWeight;
    line_weights_.push_back(weight);
  }
  plan_.taps.resize(plan_.gates.size());
}

// Some gates lose their connection for hours; a few come back only on the morning after the
// cut-off.
void Planner::SetOffline() {
  const auto chosen = [&](std::uint64_t purpose, std::uint32_t share) {
    std::vector<std::pair<std::uint64_t, std::size_t>> order;
    for (std::size_t i = 0; i < plan_.gates.size(); ++i) {
      order.emplace_back(Random(input_.seed, purpose, i).Next(), i);
    }
    std::ranges::sort(order);
    const std::size_t count = std::max<std::size_t>(kOfflineGatesMin, order.size() * share / 1000);
    order.resize(std::min(count, order.size()));
    return order;
  };
  for (const auto& [draw, index] : chosen(kOffline, kOfflineForHours)) {
    GatePlan& gate = plan_.gates[index];
    const auto from = Seconds(3600 * static_cast<std::int64_t>(3 + draw % 7));  // 07:00 to 13:00
    gate.offline_from = plan_.day_begin + from;
    gate.offline_until =
        gate.offline_from + Seconds(3600 * static_cast<std::int64_t>(3 + draw % 3));
  }
  for (const auto& [draw, index] : chosen(kLateGates, kOfflinePastCutOff)) {
    GatePlan& gate = plan_.gates[index];
    gate.offline_from = plan_.day_begin + Seconds(14 * 3600);     // 18:00
    gate.offline_until = plan_.morning_begin + Seconds(90 * 60);  // 05:30
  }
}

CardKind Planner::KindOf(Random& random, std::uint64_t rider) const {
  if (rider < kCast.size()) return kCast[rider];
  std::uint64_t left = random.Below(1000);
  constexpr std::array kShares = {kExpiredCards, kNotYetValidCards,   kForgedCards,
                                  kFlippedCards, kDecliningCards,     kMismatchedCards,
                                  kForeignCards, kRefusedCountryCards};
  for (std::size_t i = 0; i < kShares.size(); ++i) {
    if (left < kShares[i]) return kCast[i];
    left -= kShares[i];
  }
  return CardKind::kGood;
}

void Planner::AddMedium(std::uint64_t rider, Issuer issuer, CardKind kind, bool carries_par) {
  CardSpec spec;
  spec.seed = input_.seed;
  spec.account = rider;
  spec.issuer = issuer;
  spec.kind = kind;
  spec.carries_par = carries_par;
  spec.today = input_.date;
  plan_.media.push_back(spec);
}

void Planner::MakeRiders() {
  for (std::uint64_t rider = 0; rider < input_.riders; ++rider) {
    Random random(input_.seed, kMedia, rider);
    const CardKind kind = KindOf(random, rider);
    const std::uint64_t draw = random.Below(1000);
    RiderPlan plan;
    plan.first_medium = static_cast<std::uint32_t>(plan_.media.size());
    plan.student = kind == CardKind::kGood &&
                   (rider == kCastStudent || (rider > kCastStudent && random.PerMille(kStudents)));
    const bool both = kind == CardKind::kGood && (rider == kCastPhoneAndCard ||
                                                  (rider > kCastStudent && draw < kPhoneAndCard));
    const bool phone = kind == CardKind::kGood && !both && rider > kCastStudent &&
                       draw < kPhoneAndCard + kPhoneOnly;
    if (!phone) AddMedium(rider, Issuer::kPlastic, kind, !both && random.PerMille(kCardWithPar));
    if (phone || both) AddMedium(rider, Issuer::kPhone, kind, /*carries_par=*/true);
    plan.media = both ? 2 : 1;
    plan_.riders.push_back(plan);
  }
}

Instant Planner::At(Date date, int hour, Random& random) const {
  // Hours before the day begins belong to its night.
  const Date on = hour * 3600 < kDayStart.seconds ? date + 1 : date;
  TimeOfDay time{static_cast<std::int32_t>(hour * 3600 + static_cast<int>(random.Below(3600)))};
  return input_.zone->ToInstant(on, time) + Duration{static_cast<std::int64_t>(random.Below(1000))};
}

std::uint32_t Planner::PickLine(Random& random) const {
  const std::uint64_t draw = random.Below(line_weights_.back());
  const auto found = std::ranges::upper_bound(line_weights_, draw);
  return static_cast<std::uint32_t>(found - line_weights_.begin());
}

Planner::Leg Planner::PickLeg(Random& random) const {
  Leg leg{};
  leg.line = PickLine(random);
  const std::size_t stops = input_.network->lines[leg.line].stop_ids.size();
  leg.stop = static_cast<std::uint32_t>(random.Below(std::max<std::size_t>(1, stops)));
  return leg;
}

// Of another network that takes part in transfers, mostly; else of any line.
Planner::Leg Planner::PickTransfer(const Leg& first, Random& random) const {
  const std::vector<Line>& lines = input_.network->lines;
  const std::string& from = lines[first.line].network_id;
  Leg leg = PickLeg(random);
  if (!TakesPart(from) || !random.PerMille(kTransfersAtHalfPrice)) return leg;
  for (std::size_t tries = 0; tries < 100; ++tries) {
    if (TakesPart(lines[leg.line].network_id) && lines[leg.line].network_id != from) return leg;
    leg = PickLeg(random);
  }
  return leg;
}

Planner::Leg Planner::OnLine4(Random& random) const {
  for (std::size_t tries = 0; tries < 1000; ++tries) {
    const Leg leg = PickLeg(random);
    if (input_.network->lines[leg.line].network_id == kLine4Network) return leg;
  }
  return PickLeg(random);
}

bool Planner::Transfers(const Line& line, Random& random) const {
  return random.PerMille(line.network_id == kLine4Network ? kTransfersLine4 : kTransfersElsewhere);
}

void Planner::Tap(std::uint32_t rider, std::uint32_t medium, const Leg& leg, Instant time,
                  Random& random) {
  const LineGates& gates = line_gates_[leg.line];
  const auto pick =
      static_cast<std::uint32_t>(random.Below(gates.per_stop == 0 ? gates.count : gates.per_stop));
  const std::uint32_t base = gates.first + leg.stop * gates.per_stop;
  const auto add = [&](std::uint32_t gate, Instant at) {
    PlannedTap tap;
    tap.time = at;
    tap.medium = medium;
    tap.rider = rider;
    plan_.taps[gate].push_back(tap);
    ++plan_.total_taps;
  };
  add(base + pick, time);
  const std::uint64_t draw = rider == kCastTwice ? 0 : random.Below(1000);
  const auto pause = static_cast<std::int64_t>(random.Below(15));
  if (draw < kTapsTwice) {
    add(base + pick, time + Seconds(3 + pause));
  } else if (draw < kTapsTwice + kTapsBeside && gates.per_stop > 1) {
    add(base + (pick + 1) % gates.per_stop, time + Seconds(20 + pause));
  }
}

void Planner::Trip(std::uint32_t rider, std::uint32_t medium, std::vector<Leg> legs, Instant time,
                   Random& random) {
  for (const Leg& leg : legs) {
    Tap(rider, medium, leg, time, random);
    const std::uint64_t minutes =
        kTransferMinutesMin + random.Below(kTransferMinutesMax - kTransferMinutesMin);
    time = time + Seconds(static_cast<std::int64_t>(minutes * 60 + random.Below(60)));
    if (time >= plan_.cut_off) return;
  }
}

void Planner::Commute(std::uint32_t rider) {
  Random random(input_.seed, kCommute, rider);
  RiderPlan& plan = plan_.riders[rider];
  const bool must = rider == kCastPhoneAndCard || rider == kCastStudent;
  std::vector<Leg> out = {must ? OnLine4(random) : PickLeg(random)};
  if (Transfers(input_.network->lines[out[0].line], random) || must) {
    const Leg second = PickTransfer(out[0], random);
    if (second.line != out[0].line) {
      out.push_back(second);
      plan.transfers = true;
    }
  }
  std::vector<Leg> back(out.rbegin(), out.rend());
  for (Leg& leg : back) {
    leg.stop = static_cast<std::uint32_t>(
        random.Below(std::max<std::size_t>(1, input_.network->lines[leg.line].stop_ids.size())));
  }
  const Instant leaves = At(input_.date, PickHour(random, kOutByHour), random);
  Instant returns = At(input_.date, PickHour(random, kBackByHour), random);
  // Nobody comes back before having been there for an hour and a half.
  if (returns < leaves + Seconds(90 * 60)) returns = returns + Seconds(5 * 3600);
  Trip(rider, plan.first_medium, std::move(out), leaves, random);
  if (returns < plan_.cut_off) {
    Trip(rider, plan.first_medium + plan.media - 1, std::move(back), returns, random);
  }
}

void Planner::OtherTrips(std::uint64_t taps) {
  for (std::uint64_t round = 0; plan_.total_taps < taps; ++round) {
    for (std::uint32_t rider = 0; rider < plan_.riders.size() && plan_.total_taps < taps; ++rider) {
      Random random(input_.seed, kOther + (round << 8), rider);
      std::vector<Leg> legs = {PickLeg(random)};
      if (Transfers(input_.network->lines[legs[0].line], random)) {
        legs.push_back(PickTransfer(legs[0], random));
      }
      const RiderPlan& plan = plan_.riders[rider];
      const Instant time = At(input_.date, PickHour(random, kOtherByHour), random);
      Trip(rider, plan.first_medium + static_cast<std::uint32_t>(random.Below(plan.media)),
           std::move(legs), time, random);
    }
  }
}

void Planner::Morning(std::uint64_t taps) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  for (std::uint32_t rider = 0; rider < plan_.riders.size(); ++rider) {
    // Those with a part come first, so that it is seen on the morning after as well.
    const std::uint64_t rank =
        rider <= kCastStudent ? 0 : Random(input_.seed, kMorning, rider).Next();
    order.emplace_back(rank, rider);
  }
  std::ranges::sort(order);
  for (std::size_t i = 0; plan_.total_taps < taps; ++i) {
    const std::uint32_t rider = order[i % order.size()].second;
    Random random(input_.seed, kMorning + ((1 + i / order.size()) << 8), rider);
    const RiderPlan& plan = plan_.riders[rider];
    const Instant time = At(input_.date + 1, PickHour(random, kMorningByHour), random);
    Tap(rider, plan.first_medium, PickLeg(random), std::min(time, plan_.morning_end - Seconds(60)),
        random);
  }
}

void Planner::OrderTaps() {
  std::vector<std::pair<Instant, PlannedTap*>> by_time;
  for (std::vector<PlannedTap>& taps : plan_.taps) {
    std::ranges::stable_sort(taps, [](const PlannedTap& a, const PlannedTap& b) {
      return std::tie(a.time, a.medium) < std::tie(b.time, b.medium);
    });
    for (PlannedTap& tap : taps) by_time.emplace_back(tap.time, &tap);
  }
  std::ranges::stable_sort(by_time, {}, [](const auto& entry) { return entry.first; });
  std::vector<std::uint16_t> counters(plan_.media.size(), 0);
  for (auto& [time, tap] : by_time) tap->atc = ++counters[tap->medium];
}

Result<Plan> Planner::Make() {
  PLAZA_RETURN_IF_ERROR(Check());
  plan_.day_begin = input_.zone->ToInstant(input_.date, kDayStart);
  plan_.cut_off = input_.zone->ToInstant(input_.date + 1, kCutOff);
  plan_.morning_begin = input_.zone->ToInstant(input_.date + 1, kDayStart);
  plan_.morning_end = input_.zone->ToInstant(input_.date + 1, kMorningEnd);
  PlaceGates();
  if (plan_.gates.size() > kGatesMax) {
    return Error(kBadOptions, std::to_string(plan_.gates.size()) + " gates", "network");
  }
  SetOffline();
  MakeRiders();
  const std::uint64_t morning_taps = input_.taps * kMorningShare / 1000 + 1;
  for (std::uint32_t rider = 0; rider < plan_.riders.size(); ++rider) Commute(rider);
  if (input_.taps > morning_taps) OtherTrips(input_.taps - morning_taps);
  Morning(plan_.total_taps + morning_taps);
  OrderTaps();
  return std::move(plan_);
}

}  // namespace

Result<Plan> MakePlan(const PlanInput& input) { return Planner(input).Make(); }

}  // namespace plaza::citysim
