// Fares v2 proper: products, leg rules, join rules, transfer rules, and their indexes.
#include <algorithm>

#include "services/fare/core/compile.h"
#include "services/fare/core/limits.h"

namespace plaza::fare {

std::int64_t VersionCompiler::AmountOf(RowReader& row, std::string_view column) {
  Currency& tariff_currency = context_.model.currency;
  Currency currency = tariff_currency;
  if (!row.Blank("currency")) {
    const Result<Currency> given = Currency::Parse(row.Text("currency"));
    if (!given.ok()) {
      row.Bad("currency", "BAD_CURRENCY", given.error().what());
      return 0;
    }
    if (tariff_currency == Currency()) tariff_currency = *given;
    if (*given != tariff_currency) {
      row.Bad("currency", "MIXED_CURRENCY",
              "a tariff has one currency, and this row is not in " +
                  std::string(tariff_currency.code()));
      return 0;
    }
    currency = *given;
  } else if (tariff_currency == Currency()) {
    row.Bad("currency", "MISSING_VALUE", "neither the row nor tariff.txt names a currency");
    return 0;
  }
  const Result<Money> amount = Money::Parse(row.Text(column), currency, /*lenient=*/true);
  if (!amount.ok()) {
    row.Bad(column, "BAD_AMOUNT", std::string(column) + " " + amount.error().what());
    return 0;
  }
  if (amount->amount_minor() > kMaxAmountMinor || amount->amount_minor() < -kMaxAmountMinor) {
    row.Bad(column, "BAD_AMOUNT",
            std::string(column) + " " + Quoted(row.Text(column)) + " is too large");
    return 0;
  }
  if (row.Text(column) != amount->ToDecimal()) {
    row.Warn(
        column, "FEW_PLACES",
        std::string(column) + " " + Quoted(row.Text(column)) + " is read as " + amount->ToText());
  }
  return amount->amount_minor();
}

void VersionCompiler::Products() {
  const Table table =
      Open("fare_products.txt", {"fare_product_id", "fare_product_name", "rider_category_id",
                                 "fare_media_id", "amount", "currency"});
  RequireColumns(table, {"fare_product_id", "amount"});
  products_.present = true;
  std::unordered_map<SymTuple, int, SymTupleHash> keys;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    ProductRow product;
    product.product = context_.Intern(row.Required("fare_product_id"));
    product.category = IdOf(row, "rider_category_id", categories_, "rider_categories.txt");
    product.media = IdOf(row, "fare_media_id", media_, "fare_media.txt");
    product.amount_minor = AmountOf(row, "amount");
    product.line = row.line();
    rules_.has_negative = rules_.has_negative || product.amount_minor < 0;
    products_.ids.insert(product.product);
    const auto [first, added] =
        keys.emplace(SymTuple{product.product, product.category, product.media}, product.line);
    if (!added) {
      row.Bad("fare_product_id", "DUPLICATE_KEY",
              "product, category and medium are those of line " + std::to_string(first->second));
    }
    rules_.product_rows[product.product].push_back(static_cast<int>(rules_.products.size()));
    rules_.products.push_back(product);
  }
}

void VersionCompiler::LegRules() {
  const Table table =
      Open("fare_leg_rules.txt",
           {"leg_group_id", "network_id", "from_area_id", "to_area_id", "from_timeframe_group_id",
            "to_timeframe_group_id", "fare_product_id", "rule_priority", "min_distance_units",
            "max_distance_units", "transfer_only"});
  RequireColumns(table, {"fare_product_id"});
  rules_.leg_rules_file = table.file();
  rules_.has_priority = table.HasColumn("rule_priority");
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    LegRule_(row);
  }
  IndexLegRules();
}

void VersionCompiler::LegRule_(RowReader& row) {
  LegRule rule;
  rule.line = row.line();
  rule.group = context_.Intern(row.Text("leg_group_id"));
  if (rule.group != kNoSym) leg_groups_.insert(rule.group);
  rule.network = IdOf(row, "network_id", networks_, "networks.txt");
  rule.from_area = IdOf(row, "from_area_id", areas_, "areas.txt");
  rule.to_area = IdOf(row, "to_area_id", areas_, "areas.txt");
  rule.from_timeframe = IdOf(row, "from_timeframe_group_id", timeframes_, "timeframes.txt");
  rule.to_timeframe = IdOf(row, "to_timeframe_group_id", timeframes_, "timeframes.txt");
  row.Required("fare_product_id");
  rule.product = IdOf(row, "fare_product_id", products_, "fare_products.txt");
  rule.priority = row.Int("rule_priority", 0, 0, INT32_MAX);
  rule.min_distance = row.Milli("min_distance_units", kNoLimit);
  rule.max_distance = row.Milli("max_distance_units", kNoLimit);
  rule.transfer_only = row.Flag("transfer_only");
  rules_.has_transfer_only = rules_.has_transfer_only || rule.transfer_only;
  rules_.leg_rules.push_back(rule);
}

void VersionCompiler::IndexLegRules() {
  for (std::size_t i = 0; i < rules_.leg_rules.size(); ++i) {
    const LegRule& rule = rules_.leg_rules[i];
    if (rule.network != kNoSym) rules_.listed_networks.insert(rule.network);
    if (rule.from_area != kNoSym) rules_.listed_from_areas.insert(rule.from_area);
    if (rule.to_area != kNoSym) rules_.listed_to_areas.insert(rule.to_area);
    rules_.leg_index[{rule.network, rule.from_area, rule.to_area}].push_back(static_cast<int>(i));
  }
}

void VersionCompiler::JoinRules() {
  const Table table =
      Open("fare_leg_join_rules.txt", {"from_network_id", "to_network_id", "from_stop_id",
                                       "to_stop_id", "duration_limit", "duration_limit_type"});
  RequireColumns(table, {"from_network_id", "to_network_id"});
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    row.Required("from_network_id");
    row.Required("to_network_id");
    JoinRule rule;
    rule.line = row.line();
    rule.from_network = IdOf(row, "from_network_id", networks_, "networks.txt");
    rule.to_network = IdOf(row, "to_network_id", networks_, "networks.txt");
    rule.from_stop = IdOf(row, "from_stop_id", stops_, "stops.txt");
    rule.to_stop = IdOf(row, "to_stop_id", stops_, "stops.txt");
    rule.limit = LimitOf(row);
    rules_.joins.push_back(rule);
  }
}

void VersionCompiler::TransferRules() {
  const Table table =
      Open("fare_transfer_rules.txt",
           {"from_leg_group_id", "to_leg_group_id", "transfer_count", "duration_limit",
            "duration_limit_type", "fare_transfer_type", "fare_product_id",
            "filter_fare_product_id", "fare_product_behavior", "fare_media_behavior",
            "nonconsecutive_transfers_allowed", "duration_limit_start", "journey_transfer_count"});
  RequireColumns(table, {"fare_transfer_type"});
  rules_.transfers_file = table.file();
  for (std::size_t i = 0; i < table.rows(); ++i) {
    RowReader row(table, i, context_.issues);
    TransferRule_(row);
  }
  IndexTransfers();
}

void VersionCompiler::TransferRule_(RowReader& row) {
  TransferRule rule;
  rule.line = row.line();
  rule.from = context_.Intern(row.Text("from_leg_group_id"));
  rule.to = context_.Intern(row.Text("to_leg_group_id"));
  for (const auto& [group, column] :
       {std::pair{rule.from, "from_leg_group_id"}, std::pair{rule.to, "to_leg_group_id"}}) {
    if (group != kNoSym && !leg_groups_.contains(group)) {
      row.Warn(
          column, "UNKNOWN_ID",
          std::string(column) + " " + Quoted(row.Text(column)) + " is the group of no leg rule");
    }
  }
  rule.product = IdOf(row, "fare_product_id", products_, "fare_products.txt");
  rule.filter_product = IdOf(row, "filter_fare_product_id", products_, "fare_products.txt");
  row.Required("fare_transfer_type");
  rule.type = static_cast<int>(row.Int("fare_transfer_type", 0, 0, 2));
  rule.limit = LimitOf(row);
  const std::int64_t count = row.Int("transfer_count", -1, -1, INT32_MAX);
  if (count == 0) row.Bad("transfer_count", "BAD_VALUE", "transfer_count is -1 or at least 1");
  if (rule.from == rule.to) {
    rule.transfer_count = count == -1 ? kNoLimit : count;
  } else if (!row.Blank("transfer_count")) {
    row.Warn("transfer_count", "FORBIDDEN_VALUE",
             "transfer_count takes no part where the two groups differ");
  }
  rule.journey_transfer_count = row.Int("journey_transfer_count", kNoLimit, 1, INT32_MAX);
  rule.same_product = row.Flag("fare_product_behavior");
  rule.any_media = row.Flag("fare_media_behavior");
  rule.limit_from_journey = row.Flag("duration_limit_start");
  rule.nonconsecutive = row.Flag("nonconsecutive_transfers_allowed");
  rules_.transfers.push_back(rule);
}

void VersionCompiler::IndexTransfers() {
  for (std::size_t i = 0; i < rules_.transfers.size(); ++i) {
    const TransferRule& rule = rules_.transfers[i];
    rules_.transfer_index[{rule.from, rule.to, kNoSym}].push_back(static_cast<int>(i));
    if (rule.from != kNoSym) rules_.transfer_from.insert(rule.from);
    if (rule.to != kNoSym) rules_.transfer_to.insert(rule.to);
    if (rule.product != kNoSym) rules_.transfer_products.insert(rule.product);
    rules_.has_journey_clock = rules_.has_journey_clock || rule.limit_from_journey;
    rules_.has_journey_count = rules_.has_journey_count || rule.journey_transfer_count != kNoLimit;
    if (!rule.nonconsecutive) continue;
    rules_.has_nonconsecutive = true;
    if (rule.limit.given())
      rules_.nonconsecutive_ms = std::max(rules_.nonconsecutive_ms, rule.limit.ms);
    if (!rule.limit.given()) rules_.nonconsecutive_unlimited = true;
  }
}

}  // namespace plaza::fare
