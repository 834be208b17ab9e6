// Inside the rating: an account's work in progress. Of the fare core alone: callers use rating.h.
#pragma once
#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "services/fare/core/model.h"
#include "services/fare/core/rating.h"

namespace plaza::fare {

// A leg from its taps to its charge. After joining it is an effective leg, and `parts` names what
// it is made of.
struct CoreLeg {
  std::string_view id, end_id;
  Moment begin, end;
  Sym from_stop = kNoSym, to_stop = kNoSym, route = kNoSym, network = kNoSym;
  Sym media = kNoSym, own_category = kNoSym, operator_id = kNoSym;
  std::span<const Sym> from_areas, to_areas;
  bool has_end = false;
  std::int64_t distance = kNoLimit;  // thousandths; kNoLimit: not known
  int version = -1;
  Date service_day;

  Incomplete incomplete = Incomplete::kNo;
  bool extra_rider = false;
  Sym incomplete_product = kNoSym;
  int incomplete_line = 0;  // of fare_journey_rules.txt

  std::vector<int>
      parts;  // of a joined leg: indices into RatingState::parts, its own first part included

  Sym category = kNoSym;  // of the rider
  Sym pass = kNoSym;      // product of the pass that covers it
  bool pass_links = true;
  Sym group = kNoSym;  // of the chosen leg rule
  std::optional<std::int64_t>
      least_alone_minor;  // least price of the leg alone for its category, a pass apart
  bool unknown = false;
  Sym product = kNoSym;
  int rule_line = 0, transfer_line = 0;
  std::int64_t full_minor = 0, item_minor = 0, charged_minor = 0;
  int journey = -1;  // index of the journey's first leg
};

class RatingState {
 public:
  RatingState(const TariffModel& tariff_model, const AccountInput& account_input,
              std::optional<Instant> until_moment, Statement& answer)
      : model(tariff_model), input(account_input), until(until_moment), statement(answer) {}

  const TariffModel& model;
  const AccountInput& input;
  const std::optional<Instant> until;
  Statement& statement;
  std::vector<CoreLeg> parts;  // legs as built, by (begin, id)
  std::vector<CoreLeg> legs;   // effective legs, by (begin, id)

  // The version by index; -1 gives one without any rule.
  const TariffVersion& VersionOf(int index) const;
  // A text's symbol; a text that the tariff does not know gets one for this rating only.
  Sym Of(std::string_view text);
  std::string_view Text(Sym sym) const;

  Sym StationOf(int version, Sym stop) const;  // the stop itself if nothing is known of it
  bool SameStation(int version, Sym a, Sym b) const;
  std::span<const Sym> AreasOf(int version, Sym stop, const std::vector<std::string>& given);
  Sym NetworkOf(int version, Sym network, Sym route) const;
  Sym OperatorOf(int version, Sym operator_id, Sym route) const;

  LocalTime LocalAt(int version, Sym stop, const Moment& moment) const;
  Date ServiceDayOf(int version, Sym stop, const Moment& moment) const;
  Instant ServiceDayEnd(int version, Sym stop, const Moment& moment) const;
  const ZoneRules* ZoneOf(int version, Sym stop) const;  // nullptr: each moment's own offset
  // Whether each known end of the leg has an area in the set of area_set_elements.txt.
  bool InAreaSet(const CoreLeg& leg, Sym area_set) const;
  // Whether a group of timeframes.txt holds there and then.
  bool InTimeframe(int version, Sym group, Sym stop, const Moment& moment) const;

  void Warn(std::string_view code, std::string_view where);

 private:
  const StopInfo* StopOf(int version, Sym stop) const;
  std::vector<std::string_view> own_symbols_;
  std::deque<std::vector<Sym>> own_areas_;
};

// What a cap took off an item.
struct JourneySaving {
  int journey = -1;  // index of the journey's first leg
  Sym cap = kNoSym;
  std::int64_t saved_minor = 0;
};

// Between two bounds, a date meaning a whole service day and a moment itself (passes and
// entitlements alike).
bool ValidAt(const ValidityBound& from, const ValidityBound& until, const CoreLeg& leg);

// The steps of docs/fares-extension.md, "Order of work".
Result<void> BuildLegs(RatingState& state);      // legs.cc: dedupe, void, sort, taps to legs
void JoinLegs(RatingState& state);               // join.cc
void SetCategories(RatingState& state);          // category.cc
void CoverByPasses(RatingState& state);          // passes.cc
Result<void> PriceJourneys(RatingState& state);  // choice.cc: candidates, transfers, items
Result<void> ApplyCaps(RatingState& state,
                       std::vector<JourneySaving>& savings);  // caps_running.cc: items to charges
void ShareOut(RatingState& state);   // shares.cc: statement legs' shares, pools
void Subsidise(RatingState& state);  // subsidies.cc

}  // namespace plaza::fare
