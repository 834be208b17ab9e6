// What the accountants ask of the store. Each function is one read transaction's body; bounds are
// in limits.h.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "libs/base/result.h"
#include "libs/store/db.h"
#include "services/clearing/app/ports.h"

namespace plaza::clearing {

struct BalanceRow {
  std::string account;
  std::string currency;
  std::int64_t balance_minor = 0;
};
struct TrialBalance {
  std::vector<BalanceRow> balances;
  std::int64_t rows = 0;
};
TrialBalance ReadTrialBalance(plaza::store::Tx& tx);

// `business_day` empty: all days.
std::vector<Settlement> ReadSettlements(plaza::store::Tx& tx, const std::string& business_day);

struct AggregateRow {
  std::string aggregate_id;
  std::string account;
  std::string business_day;
  std::string state;
  std::int64_t amount_minor = 0;
  std::string currency;
  std::string response_code;
  std::int64_t token_epoch = 0;
  std::string token;
  std::int64_t charges = 0;
};
struct AggregateQuery {
  std::string business_day;  // empty: all
  std::string state;         // empty: all
  std::uint32_t page_size = 100;
  std::string page_token;
};
struct AggregatePage {
  std::vector<AggregateRow> rows;
  std::string next_page_token;
  std::map<std::string, std::int64_t> count_by_state;
};
// Closed ones by (business day, id), then open ones by account. BAD_PAGE_TOKEN.
Result<AggregatePage> ReadAggregates(plaza::store::Tx& tx, const AggregateQuery& query,
                                     const std::string& currency);

struct DeniedRow {
  std::int64_t token_epoch = 0;
  std::string token;
  std::string account;
  std::string reason;
  std::int64_t deny_list_epoch = 0;
  std::int64_t since_ms = 0;
};
struct DenyList {
  std::vector<DeniedRow> denied;
  std::int64_t epoch = 0;
};
DenyList ReadDenyList(plaza::store::Tx& tx);

}  // namespace plaza::clearing
