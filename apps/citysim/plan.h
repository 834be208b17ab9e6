// What will happen on a city day: which rider holds which card to which gate, and when. A pure
// function of its input: the gates' answers do not change where people go.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "apps/citysim/cards/card.h"
#include "apps/citysim/doors.h"
#include "apps/citysim/network.h"
#include "libs/base/civil.h"
#include "libs/base/result.h"
#include "libs/base/zone.h"

namespace plaza::citysim {

// The frame of a simulated day, in local time.
inline constexpr TimeOfDay kDayStart{4 * 3600};
inline constexpr TimeOfDay kCutOff{3 * 3600};      // on the day after
inline constexpr TimeOfDay kMorningEnd{8 * 3600};  // on the day after
inline constexpr Duration kWindow = Seconds(15 * 60);

struct PlanInput {
  std::uint64_t seed = 1;
  std::uint64_t riders = 0;
  std::uint64_t taps = 0;  // at least; more trips are given to riders until there are so many
  Date date;
  const Network* network = nullptr;
  const ZoneRules* zone = nullptr;
};

struct GatePlan {
  ValidatorPlace place;
  std::string route_id;               // of a fixed gate: its line
  std::vector<std::string> trip_ids;  // of a vehicle: its duties in turn
  Instant offline_from;               // [from, until): neither uploads nor fetches the deny list
  Instant offline_until;
};

struct PlannedTap {
  Instant time;
  std::uint32_t medium = 0;
  std::uint32_t rider = 0;
  std::uint16_t atc = 0;  // the card's counter
};

struct RiderPlan {
  std::uint32_t first_medium = 0;
  std::uint8_t media = 1;  // a card, or a card and a phone
  bool student = false;
  bool transfers = false;
};

struct Plan {
  std::vector<CardSpec> media;
  std::vector<RiderPlan> riders;
  std::vector<GatePlan> gates;
  std::vector<std::vector<PlannedTap>> taps;  // by gate, in order of time
  std::uint64_t total_taps = 0;
  Instant day_begin;      // 04:00
  Instant cut_off;        // 03:00 of the next day
  Instant morning_begin;  // 04:00 of the next day
  Instant morning_end;    // 08:00
};

// BAD_OPTIONS: too many riders, taps or gates, or a network without lines.
Result<Plan> MakePlan(const PlanInput& input);

}  // namespace plaza::citysim
