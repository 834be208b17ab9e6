// The extension's files (docs/fares-extension.md): journey rules, concessions, subsidies,
// apportionment.
#include <algorithm>

#include "services/fare/core/compile.h"

namespace plaza::fare {

void VersionCompiler::JourneyRules() {
  const Table table =
      Open("fare_journey_rules.txt",
           {"network_id", "from_area_id", "to_area_id", "timeframe_group_id", "validation",
            "max_journey_time", "same_station_grace", "incomplete_fare_product_id", "autocomplete",
            "pass_back_interval", "pass_back_policy"});
  rules_.journey_rules_file = table.file();
  const auto milliseconds = [](RowReader& row, std::string_view column, std::int64_t fallback) {
    return row.Blank(column) ? fallback : 1000 * row.Int(column, 0, 0, INT32_MAX);
  };
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    JourneyRule rule;
    rule.line = row.line();
    rule.network = IdOf(row, "network_id", networks_, "networks.txt");
    rule.from_area = IdOf(row, "from_area_id", areas_, "areas.txt");
    rule.to_area = IdOf(row, "to_area_id", areas_, "areas.txt");
    rule.timeframe = IdOf(row, "timeframe_group_id", timeframes_, "timeframes.txt");
    rule.tap_off = row.Flag("validation");
    rule.max_journey_ms = milliseconds(row, "max_journey_time", kNoLimit);
    rule.grace_ms = milliseconds(row, "same_station_grace", -1);
    rule.incomplete_product =
        IdOf(row, "incomplete_fare_product_id", products_, "fare_products.txt");
    rule.autocomplete = row.Flag("autocomplete");
    rule.pass_back_ms = milliseconds(row, "pass_back_interval", -1);
    rule.pass_back_is_rider = row.Flag("pass_back_policy");
    rules_.journey_rules.push_back(rule);
  }
}

void VersionCompiler::Concessions() {
  const Table table = Open("fare_concessions.txt",
                           {"kind", "rider_category_id", "network_id", "service_id", "quota_day",
                            "quota_year", "quota_window", "past_quota_category_id"});
  RequireColumns(table, {"kind", "rider_category_id"});
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    ConcessionRow concession;
    concession.line = row.line();
    concession.kind = context_.Intern(row.Required("kind"));
    row.Required("rider_category_id");
    concession.category = IdOf(row, "rider_category_id", categories_, "rider_categories.txt");
    concession.network = IdOf(row, "network_id", networks_, "networks.txt");
    concession.service = IdOf(row, "service_id", services_, "calendar.txt or calendar_dates.txt");
    concession.quota_day = row.Int("quota_day", kNoLimit, 0, INT32_MAX);
    concession.quota_year = row.Int("quota_year", kNoLimit, 0, INT32_MAX);
    concession.window_ms =
        row.Blank("quota_window") ? -1 : 1000 * row.Int("quota_window", 0, 0, INT32_MAX);
    concession.past_quota =
        IdOf(row, "past_quota_category_id", categories_, "rider_categories.txt");
    if (concession.past_quota == kNoSym) concession.past_quota = rules_.default_category;
    rules_.concessions.push_back(concession);
  }
}

void VersionCompiler::Subsidies() {
  const Table table = Open(
      "fare_subsidies.txt",
      {"payer", "subsidy_type", "network_id", "rider_category_id", "technical_amount", "currency"});
  RequireColumns(table, {"payer", "subsidy_type"});
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    SubsidyRow subsidy;
    subsidy.line = row.line();
    subsidy.payer = context_.Intern(row.Required("payer"));
    row.Required("subsidy_type");
    subsidy.type = static_cast<int>(row.Int("subsidy_type", 0, 0, 3));
    subsidy.network = IdOf(row, "network_id", networks_, "networks.txt");
    subsidy.category = IdOf(row, "rider_category_id", categories_, "rider_categories.txt");
    if (subsidy.type == 0) {
      row.Required("technical_amount");
      if (!row.Blank("technical_amount"))
        subsidy.technical_minor = AmountOf(row, "technical_amount");
    }
    rules_.subsidies.push_back(subsidy);
  }
}

void VersionCompiler::Apportionment() {
  const Table table =
      Open("fare_apportionment.txt", {"network_id", "period", "basis", "operator_id", "share"});
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    ApportionmentRow given;
    given.line = row.line();
    given.network = IdOf(row, "network_id", networks_, "networks.txt");
    given.period = static_cast<int>(row.Int("period", 0, 0, 2));
    given.basis = static_cast<int>(row.Int("basis", 0, 0, 4));
    if (given.basis != 3) {
      if (!row.Blank("operator_id"))
        row.Warn("operator_id", "FORBIDDEN_VALUE", "operator_id takes no part outside basis 3");
      rules_.apportionment.push_back(std::move(given));
      continue;
    }
    const std::string operator_id(row.Required("operator_id"));
    row.Required("share");
    const std::int64_t share = row.Int("share", 0, 0, INT32_MAX);
    // Rows of one fixed split are alike in all but the operator.
    auto same = std::find_if(rules_.apportionment.begin(), rules_.apportionment.end(),
                             [&](const ApportionmentRow& other) {
                               return other.basis == 3 && other.network == given.network &&
                                      other.period == given.period;
                             });
    if (same == rules_.apportionment.end()) {
      rules_.apportionment.push_back(std::move(given));
      same = std::prev(rules_.apportionment.end());
    }
    const bool twice = std::any_of(same->fixed.begin(), same->fixed.end(),
                                   [&](const auto& other) { return other.first == operator_id; });
    if (twice) row.Bad("operator_id", "DUPLICATE_KEY", "the split names the operator twice");
    same->fixed.emplace_back(operator_id, share);
    std::sort(same->fixed.begin(), same->fixed.end());
  }
}

}  // namespace plaza::fare
