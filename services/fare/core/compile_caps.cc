// The extension's files of what many journeys cost together: area sets, passes, caps
// (docs/fares-extension.md).
#include <algorithm>
#include <charconv>

#include "services/fare/core/compile.h"

namespace plaza::fare {

void VersionCompiler::AreaSets() {
  const Table table = Open("area_set_elements.txt", {"area_set_id", "area_id"});
  RequireColumns(table, {"area_set_id", "area_id"});
  area_sets_.present = true;  // a set without rows would hold nothing
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    const Sym set = context_.Intern(row.Required("area_set_id"));
    row.Required("area_id");
    area_sets_.ids.insert(set);
    rules_.area_sets[set].push_back(IdOf(row, "area_id", areas_, "areas.txt"));
  }
}

SpanUnit VersionCompiler::UnitOf(RowReader& row, std::string_view column) {
  constexpr std::string_view kNames[] = {"hour", "day", "week", "month"};
  const std::string_view text = row.Text(column);
  for (int i = 0; i < 4; ++i) {
    if (text == kNames[i]) return static_cast<SpanUnit>(i);
  }
  row.Bad(column, "BAD_VALUE",
          std::string(column) + " " + Quoted(text) + " is not hour, day, week or month");
  return SpanUnit::kDay;
}

void VersionCompiler::Passes() {
  const Table table =
      Open("fare_passes.txt",
           {"fare_product_id", "network_id", "area_set_id", "timeframe_group_id", "duration_amount",
            "duration_unit", "quota_day", "quota_year", "quota_total", "grants_transfers"});
  RequireColumns(table, {"fare_product_id"});
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    PassRow pass;
    pass.line = row.line();
    pass.product = context_.Intern(row.Required("fare_product_id"));
    pass.network = IdOf(row, "network_id", networks_, "networks.txt");
    pass.area_set = IdOf(row, "area_set_id", area_sets_, "area_set_elements.txt");
    pass.timeframe = IdOf(row, "timeframe_group_id", timeframes_, "timeframes.txt");
    if (!row.Blank("duration_amount") || !row.Blank("duration_unit")) {
      pass.duration = static_cast<int>(row.Int("duration_amount", 1, 1, 100'000));
      pass.unit = UnitOf(row, "duration_unit");
    }
    pass.quota_day = row.Int("quota_day", kNoLimit, 0, INT32_MAX);
    pass.quota_year = row.Int("quota_year", kNoLimit, 0, INT32_MAX);
    pass.quota_total = row.Int("quota_total", kNoLimit, 0, INT32_MAX);
    pass.grants_transfers = row.Int("grants_transfers", 1, 0, 1) == 1;
    rules_.pass_products.insert(pass.product);
    rules_.passes.push_back(pass);
  }
}

// "[mon...sun or 1...28] [HH:MM:SS]": where week, month and day begin.
void VersionCompiler::CapOffset(RowReader& row, Cap& cap) {
  std::string_view text = row.Text("offset");
  if (text.empty()) return;
  const auto bad = [&] {
    row.Bad("offset", "BAD_VALUE",
            "offset " + Quoted(row.Text("offset")) +
                " is not [mon to sun, or 1 to 28] [HH:MM:SS] for this unit");
  };
  const std::size_t gap = text.find(' ');
  std::string_view day = text.find(':') < gap ? std::string_view() : text.substr(0, gap);
  std::string_view time = day.empty()                     ? text
                          : gap == std::string_view::npos ? std::string_view()
                                                          : text.substr(gap + 1);
  if (!day.empty()) {
    constexpr std::string_view kDays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    const auto* weekday = std::find(std::begin(kDays), std::end(kDays), day);
    int number = 0;
    const auto [end, error] = std::from_chars(day.data(), day.data() + day.size(), number);
    const bool is_number =
        error == std::errc() && end == day.data() + day.size() && number >= 1 && number <= 28;
    if (cap.unit == SpanUnit::kWeek && weekday != std::end(kDays)) {
      cap.offset_day = static_cast<int>(weekday - std::begin(kDays));
    } else if (cap.unit == SpanUnit::kMonth && is_number) {
      cap.offset_day = number;
    } else {
      return bad();
    }
  }
  if (!time.empty()) {
    const Result<TimeOfDay> parsed = TimeOfDay::Parse(time);
    if (!parsed.ok()) return bad();
    cap.offset_time_s = parsed->seconds;
  }
}

Cap VersionCompiler::CapOf(RowReader& row) {
  Cap cap;
  cap.line = row.line();
  cap.id = context_.Intern(row.Required("fare_cap_id"));
  cap.ladder = context_.Intern(row.Text("cap_ladder_id"));
  cap.category = IdOf(row, "rider_category_id", categories_, "rider_categories.txt");
  cap.media = IdOf(row, "fare_media_id", media_, "fare_media.txt");
  cap.network = IdOf(row, "network_id", networks_, "networks.txt");
  cap.area_set = IdOf(row, "area_set_id", area_sets_, "area_set_elements.txt");
  cap.timeframe = IdOf(row, "timeframe_group_id", timeframes_, "timeframes.txt");
  cap.service = IdOf(row, "service_id", services_, "calendar.txt or calendar_dates.txt");
  cap.duration = static_cast<int>(row.Int("duration_amount", 1, 1, 1'000));
  cap.unit = UnitOf(row, "duration_unit");
  cap.type = static_cast<int>(row.Int("duration_type", 0, 0, 2));
  CapOffset(row, cap);
  if (!row.Blank("cap_amount")) cap.amount_minor = AmountOf(row, "cap_amount");
  if (cap.amount_minor < 0) row.Bad("cap_amount", "BAD_AMOUNT", "a cap is not below zero");
  cap.count = row.Int("cap_count", kNoLimit, 0, INT32_MAX);
  cap.best_combination = row.Flag("cap_policy");
  cap.counts_incomplete = row.Flag("counts_incomplete");
  cap.counts_transfers = row.Flag("counts_transfers");

  const bool calendar = cap.type == 0;
  const bool whole = cap.unit == SpanUnit::kHour ? cap.duration <= 24 && 24 % cap.duration == 0
                                                 : cap.duration == 1;
  if (calendar && !whole)
    row.Bad("duration_amount", "BAD_VALUE", "a calendar cap lasts 1 unit, or hours that divide 24");
  if (cap.type == 2 && cap.unit == SpanUnit::kHour)
    row.Bad("duration_unit", "BAD_VALUE", "a window from the day's beginning lasts whole days");
  if (cap.best_combination && (!calendar || cap.amount_minor == kNoLimit || cap.ladder != kNoSym ||
                               cap.count != kNoLimit)) {
    row.Bad("cap_policy", "BAD_VALUE",
            "best combination is for calendar caps with cap_amount, without ladder or count");
  }
  if (cap.ladder != kNoSym && !calendar)
    row.Bad("cap_ladder_id", "BAD_VALUE", "a ladder is of calendar caps");
  if (cap.amount_minor == kNoLimit && cap.count == kNoLimit)
    row.Warn("cap_amount", "NO_LIMIT", "the cap limits nothing");
  return cap;
}

void VersionCompiler::Caps() {
  const Table table =
      Open("fare_capping.txt",
           {"fare_cap_id", "fare_cap_name", "cap_ladder_id", "rider_category_id", "fare_media_id",
            "network_id", "area_set_id", "timeframe_group_id", "service_id", "duration_amount",
            "duration_unit", "duration_type", "offset", "cap_amount", "currency", "cap_count",
            "cap_policy", "counts_incomplete", "counts_transfers"});
  RequireColumns(table, {"fare_cap_id", "duration_unit"});
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    const Cap cap = CapOf(row);
    const bool twice = std::any_of(rules_.caps.begin(), rules_.caps.end(),
                                   [&](const Cap& other) { return other.id == cap.id; });
    if (twice) row.Bad("fare_cap_id", "DUPLICATE_KEY", "the cap is listed twice");
    rules_.caps.push_back(cap);
  }
  CapMembers();
  CheckLadders(table);
}

void VersionCompiler::CapMembers() {
  const Table table =
      Open("fare_cap_members.txt", {"fare_cap_id", "fare_product_id", "leg_group_id", "network_id",
                                    "extension_fare_product_id"});
  RequireColumns(table, {"fare_cap_id"});
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    const Sym id = context_.Intern(row.Required("fare_cap_id"));
    const auto cap = std::find_if(rules_.caps.begin(), rules_.caps.end(),
                                  [&](const Cap& other) { return other.id == id; });
    if (cap == rules_.caps.end()) {
      row.Bad("fare_cap_id", "UNKNOWN_ID",
              "fare_cap_id " + Quoted(row.Text("fare_cap_id")) + " is not in fare_capping.txt");
      continue;
    }
    CapMember member;
    member.product = IdOf(row, "fare_product_id", products_, "fare_products.txt");
    member.group = context_.Intern(row.Text("leg_group_id"));
    member.network = IdOf(row, "network_id", networks_, "networks.txt");
    member.extension_product =
        IdOf(row, "extension_fare_product_id", products_, "fare_products.txt");
    if (member.group != kNoSym && !leg_groups_.contains(member.group)) {
      row.Warn("leg_group_id", "UNKNOWN_ID",
               "leg_group_id " + Quoted(row.Text("leg_group_id")) + " is the group of no leg rule");
    }
    cap->members.push_back(member);
  }
}

// The caps of a ladder replace each other in one window.
void VersionCompiler::CheckLadders(const Table& table) {
  for (const Cap& cap : rules_.caps) {
    if (cap.ladder == kNoSym) continue;
    const auto first = std::find_if(rules_.caps.begin(), rules_.caps.end(),
                                    [&](const Cap& other) { return other.ladder == cap.ladder; });
    if (first->unit != cap.unit || first->duration != cap.duration ||
        first->offset_day != cap.offset_day || first->offset_time_s != cap.offset_time_s) {
      context_.issues.Error(
          {table.file(), cap.line, table.ColumnOf("cap_ladder_id") + 1, "BAD_VALUE",
           "the caps of a ladder have one window, and this one differs from that of line " +
               std::to_string(first->line)});
    }
  }
}

}  // namespace plaza::fare
