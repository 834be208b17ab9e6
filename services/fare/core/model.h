// What a compiled tariff is made of. Of the fare core alone: others use tariff.h.
//
// Ids are interned: a Sym is an index into one table of texts, kNoSym where a field is blank. Rows
// keep their line.
#pragma once
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/money.h"
#include "libs/base/zone.h"
#include "services/fare/core/tariff.h"

namespace plaza::fare {

using Sym = std::int32_t;
inline constexpr Sym kNoSym = -1;

class Symbols {
 public:
  Sym Intern(std::string_view text);      // kNoSym for an empty text
  Sym Find(std::string_view text) const;  // kNoSym if never interned
  const std::string& Text(Sym sym) const { return texts_[static_cast<std::size_t>(sym)]; }
  Sym size() const { return static_cast<Sym>(texts_.size()); }

 private:
  std::deque<std::string> texts_;  // stable addresses, which the keys below view
  std::unordered_map<std::string_view, Sym> index_;
};

// Pairs and triples of symbols as keys.
struct SymTuple {
  Sym a = kNoSym, b = kNoSym, c = kNoSym;
  bool operator==(const SymTuple&) const = default;
};
struct SymTupleHash {
  std::size_t operator()(const SymTuple& key) const noexcept {
    std::uint64_t hash = static_cast<std::uint32_t>(key.a);
    for (Sym part : {key.b, key.c}) {
      hash = (hash ^ static_cast<std::uint32_t>(part)) * 0x9E3779B97F4A7C15u;
      hash ^= hash >> 29;
    }
    return static_cast<std::size_t>(hash);
  }
};

struct StopInfo {
  Sym station = kNoSym;  // the stop itself where it has no parent
  int zone = -1;         // index into TariffModel::zones
  std::string name;
  std::vector<Sym> areas;
};
struct RouteInfo {
  Sym network = kNoSym;
  Sym agency = kNoSym;
  std::string name;
};

// Days on which a service_id runs (calendar.txt, calendar_dates.txt).
struct ServiceDays {
  bool has_range = false;
  Date first, last;
  std::uint8_t weekdays = 0;  // bit 0 Monday
  std::vector<Date> added, removed;
  bool Runs(Date date) const;
};

struct Timeframe {
  int start_s = 0;
  int end_s = 86'400;  // exclusive
  Sym service = kNoSym;
};

struct ProductRow {
  Sym product = kNoSym, category = kNoSym, media = kNoSym;
  std::int64_t amount_minor = 0;
  int line = 0;
};

inline constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

struct LegRule {
  Sym group = kNoSym, network = kNoSym, from_area = kNoSym, to_area = kNoSym;
  Sym from_timeframe = kNoSym, to_timeframe = kNoSym, product = kNoSym;
  std::int64_t priority = 0;
  std::int64_t min_distance = kNoLimit,
               max_distance = kNoLimit;  // thousandths; kNoLimit: not asked for
  bool transfer_only = false;
  int line = 0;
};

// Clock of a limit: 0 departure to arrival, 1 departure to departure, 2 arrival to departure, 3
// arrival to arrival.
struct DurationLimit {
  std::int64_t ms = kNoLimit;
  int type = 0;
  bool given() const { return ms != kNoLimit; }
};

struct JoinRule {
  Sym from_network = kNoSym, to_network = kNoSym, from_stop = kNoSym, to_stop = kNoSym;
  DurationLimit limit;
  int line = 0;
};

struct TransferRule {
  Sym from = kNoSym, to = kNoSym, product = kNoSym, filter_product = kNoSym;
  std::int64_t transfer_count = kNoLimit;  // blank and -1: no limit
  std::int64_t journey_transfer_count = kNoLimit;
  DurationLimit limit;
  int type = 0;
  bool same_product = false;        // fare_product_behavior 1
  bool any_media = false;           // fare_media_behavior 1
  bool limit_from_journey = false;  // duration_limit_start 1
  bool nonconsecutive = false;
  int line = 0;
};

struct JourneyRule {
  Sym network = kNoSym, from_area = kNoSym, to_area = kNoSym, timeframe = kNoSym;
  bool tap_off = false;
  std::int64_t max_journey_ms = kNoLimit;  // kNoLimit: to the end of the service day
  std::int64_t grace_ms = -1;              // -1: none
  Sym incomplete_product = kNoSym;
  bool autocomplete = false;
  std::int64_t pass_back_ms = -1;
  bool pass_back_is_rider = false;
  int line = 0;
};

struct ConcessionRow {
  Sym kind = kNoSym, category = kNoSym, network = kNoSym, service = kNoSym, past_quota = kNoSym;
  std::int64_t quota_day = kNoLimit, quota_year = kNoLimit, window_ms = -1;
  int line = 0;
};

struct SubsidyRow {
  Sym payer = kNoSym, network = kNoSym, category = kNoSym;
  int type = 0;
  std::int64_t technical_minor = 0;
  int line = 0;
};

struct ApportionmentRow {
  Sym network = kNoSym;
  int period = 0;
  int basis = 0;
  std::vector<std::pair<std::string, std::int64_t>>
      fixed;     // basis 3: operator, share; by operator id
  int line = 0;  // of its first row
};

enum class SpanUnit { kHour, kDay, kWeek, kMonth };

struct PassRow {
  Sym product = kNoSym, network = kNoSym, area_set = kNoSym, timeframe = kNoSym;
  int duration = 0;  // 0: none
  SpanUnit unit = SpanUnit::kDay;
  std::int64_t quota_day = kNoLimit, quota_year = kNoLimit, quota_total = kNoLimit;
  bool grants_transfers = true;
  int line = 0;
};

struct CapMember {
  Sym product = kNoSym, group = kNoSym, network = kNoSym, extension_product = kNoSym;
};

struct Cap {
  Sym id = kNoSym, ladder = kNoSym;
  Sym category = kNoSym, media = kNoSym, network = kNoSym, area_set = kNoSym, timeframe = kNoSym,
      service = kNoSym;
  int duration = 1;
  SpanUnit unit = SpanUnit::kDay;
  int type = 0;         // 0 calendar, 1 rolling from the moment, 2 rolling from the day's beginning
  int offset_day = -1;  // weekday from 0, or day of the month; -1: Monday, the 1st
  int offset_time_s = -1;  // -1: the service-day start
  std::int64_t amount_minor = kNoLimit;
  std::int64_t count = kNoLimit;
  bool best_combination = false;
  bool counts_incomplete = false;
  bool counts_transfers = false;
  std::vector<CapMember> members;
  int line = 0;
};

// Files of one version, compiled.
struct Rules {
  std::unordered_map<Sym, StopInfo> stops;
  std::unordered_map<Sym, RouteInfo> routes;
  std::unordered_map<Sym, ServiceDays> services;
  std::unordered_map<Sym, std::vector<Timeframe>> timeframes;

  Sym default_category = kNoSym;
  std::vector<ProductRow> products;                        // file order
  std::unordered_map<Sym, std::vector<int>> product_rows;  // product to rows
  bool has_negative = false;

  std::vector<LegRule> leg_rules;  // file order
  bool has_priority = false;       // the column exists
  bool has_transfer_only = false;
  std::unordered_set<Sym> listed_networks, listed_from_areas, listed_to_areas;
  std::unordered_map<SymTuple, std::vector<int>, SymTupleHash>
      leg_index;  // (network, from area, to area)

  std::vector<JoinRule> joins;
  std::vector<TransferRule> transfers;
  std::unordered_map<SymTuple, std::vector<int>, SymTupleHash>
      transfer_index;                                  // (from group, to group)
  std::unordered_set<Sym> transfer_from, transfer_to;  // groups that are listed
  std::unordered_set<Sym> transfer_products;
  bool has_nonconsecutive = false;
  bool has_journey_clock = false;  // some row has duration_limit_start 1
  bool has_journey_count = false;
  std::int64_t nonconsecutive_ms = -1;  // longest limit of such rows; -1: none has one
  bool nonconsecutive_unlimited = false;

  std::unordered_map<Sym, std::vector<Sym>> area_sets;
  std::vector<PassRow> passes;
  std::unordered_set<Sym> pass_products;
  std::vector<Cap> caps;  // file order
  std::vector<JourneyRule> journey_rules;
  std::vector<ConcessionRow> concessions;
  std::vector<SubsidyRow> subsidies;
  std::vector<ApportionmentRow> apportionment;

  // Names of the files, as explanations give them.
  std::string leg_rules_file, transfers_file, journey_rules_file;
};

struct TariffVersion {
  std::string id;
  std::optional<Instant> from, until;  // [from, until)
  int zone = -1;                       // index into TariffModel::zones
  TimeOfDay day_start;
  std::int64_t max_transfer_gap_ms = kNoLimit;
  Rules rules;
};

struct TariffModel {
  Symbols symbols;
  std::vector<ZoneRules> zones;
  std::deque<TariffVersion> versions;  // by time
  Currency currency;
  Sym only_agency = kNoSym;
  std::vector<Sym> agencies, stops, routes;  // in file order, of all versions
  std::unordered_map<Sym, std::string> agency_names;
  std::vector<std::pair<std::string, int>> media;  // fare_media_id, fare_media_type

  int VersionAt(Instant instant) const;  // index, or -1
};

}  // namespace plaza::fare
