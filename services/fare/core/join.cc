// Effective legs: parts that fare_leg_join_rules.txt makes one (docs/fares-extension.md, "From legs
// to journeys").
#include <algorithm>

#include "services/fare/core/rating_state.h"

namespace plaza::fare {
namespace {

// The last part of the effective leg being built, and the run of joins that led to it.
struct Run {
  const CoreLeg* last = nullptr;
  Sym from_network = kNoSym, to_network = kNoSym;  // of the rules of the run
  const CoreLeg* first_of_run = nullptr;
};

bool StopIs(const RatingState& state, int version, Sym wanted, Sym stop) {
  return wanted == kNoSym || wanted == stop ||
         (stop != kNoSym && wanted == state.StationOf(version, stop));
}

bool InTime(const RatingState& state, const JoinRule& rule, const Run& run, const CoreLeg& next) {
  if (rule.limit.given()) {
    const bool same_run = rule.from_network == rule.to_network && run.first_of_run != nullptr &&
                          run.from_network == rule.from_network &&
                          run.to_network == rule.to_network;
    const CoreLeg& clock = same_run ? *run.first_of_run : *run.last;
    const Instant start = rule.limit.type <= 1 ? clock.begin.instant : clock.end.instant;
    const Instant end =
        rule.limit.type == 1 || rule.limit.type == 2 ? next.begin.instant : next.end.instant;
    return (end - start).ms <= rule.limit.ms;
  }
  return run.last->service_day == next.service_day &&
         (next.begin.instant - run.last->end.instant).ms <=
             state.VersionOf(next.version).max_transfer_gap_ms;
}

const JoinRule* RuleFor(const RatingState& state, const Run& run, const CoreLeg& next) {
  const CoreLeg& last = *run.last;
  for (const JoinRule& rule : state.VersionOf(next.version).rules.joins) {
    if (rule.from_network != last.network || rule.to_network != next.network) continue;
    const bool both_blank = rule.from_stop == kNoSym && rule.to_stop == kNoSym;
    const bool place = both_blank ? state.SameStation(next.version, last.to_stop, next.from_stop)
                                  : StopIs(state, next.version, rule.from_stop, last.to_stop) &&
                                        StopIs(state, next.version, rule.to_stop, next.from_stop);
    if (place && InTime(state, rule, run, next)) return &rule;
  }
  return nullptr;
}

bool StandsAlone(const CoreLeg& leg) {
  return leg.extra_rider || leg.incomplete != Incomplete::kNo;
}

void Append(RatingState& state, CoreLeg& leg, int first_part, int part) {
  const CoreLeg& added = state.parts[static_cast<std::size_t>(part)];
  if (leg.parts.empty()) leg.parts.push_back(first_part);
  leg.parts.push_back(part);
  leg.end_id = added.end_id;
  leg.end = added.end;
  leg.to_stop = added.to_stop;
  leg.to_areas = added.to_areas;
  leg.has_end = added.has_end;
  if (leg.network != added.network) leg.network = kNoSym;
  leg.distance = leg.distance == kNoLimit || added.distance == kNoLimit
                     ? kNoLimit
                     : leg.distance + added.distance;
}

}  // namespace

void JoinLegs(RatingState& state) {
  state.legs.reserve(state.parts.size());
  int open = -1;        // effective leg that may take a further part
  int first_part = -1;  // index of its first part
  Run run;
  for (std::size_t i = 0; i < state.parts.size(); ++i) {
    const CoreLeg& part = state.parts[i];
    if (part.extra_rider) {
      state.legs.push_back(part);
      continue;
    }
    const bool may = open >= 0 && !StandsAlone(part) && !StandsAlone(*run.last) &&
                     run.last->has_end && run.last->media == part.media &&
                     run.last->own_category == part.own_category;
    const JoinRule* rule = may ? RuleFor(state, run, part) : nullptr;
    if (rule == nullptr) {
      open = static_cast<int>(state.legs.size());
      first_part = static_cast<int>(i);
      run = {.last = &part};
      state.legs.push_back(part);
      continue;
    }
    const bool same_run = run.first_of_run != nullptr && run.from_network == rule->from_network &&
                          run.to_network == rule->to_network;
    if (!same_run) run.first_of_run = run.last;
    run.from_network = rule->from_network;
    run.to_network = rule->to_network;
    run.last = &part;
    Append(state, state.legs[static_cast<std::size_t>(open)], first_part, static_cast<int>(i));
  }
}

}  // namespace plaza::fare
