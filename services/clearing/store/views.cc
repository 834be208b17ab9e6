#include "services/clearing/store/views.h"

#include "libs/base/hex.h"
#include "services/clearing/errors.h"
#include "services/clearing/limits.h"
#include "services/clearing/store/day_text.h"
#include "services/clearing/store/state_codec.h"

namespace plaza::clearing {

using plaza::store::Blob;
using plaza::store::DbFailure;
using plaza::store::Row;
using plaza::store::Tx;

TrialBalance ReadTrialBalance(Tx& tx) {
  TrialBalance result;
  tx.Query(
      "SELECT account, currency, SUM(balance_minor) FROM balances GROUP BY account, currency "
      "ORDER BY account, currency",
      {}, "tti", [&](const Row& row) {
        result.balances.push_back({row.Text(0), row.Text(1), row.Int(2)});
      });
  result.rows = tx.QueryOne("SELECT COALESCE(SUM(seq), 0) FROM ledger_heads", {}, "i")->Int(0);
  return result;
}

std::vector<Settlement> ReadSettlements(Tx& tx, const std::string& business_day) {
  std::vector<Settlement> settlements;
  tx.Query(
      "SELECT business_day, operator_id, collection_supplier_id, currency, gross_minor, "
      "refunds_minor, fees_minor, carry_in_minor, net_minor, payout_minor, carry_out_minor, "
      "subsidies_minor FROM settlements WHERE :all = 1 OR business_day = :day "
      "ORDER BY business_day DESC, operator_id LIMIT :max",
      {{"all", std::int64_t{business_day.empty() ? 1 : 0}},
       {"day", business_day},
       {"max", static_cast<std::int64_t>(kSettlementsMax)}},
      "ttttiiiiiiii", [&](const Row& row) {
        const Result<Currency> currency = Currency::Parse(row.Text(3));
        if (!currency.ok()) throw DbFailure(currency.error());
        settlements.push_back({DayFrom(row.Text(0)), OperatorId(row.Text(1)), row.Text(2),
                               *currency, row.Int(4), row.Int(5), row.Int(6), row.Int(7),
                               row.Int(8), row.Int(9), row.Int(10), row.Int(11)});
      });
  return settlements;
}

namespace {

constexpr char kClosedMark = 'c';  // page tokens: c<day><id, hex>, then o<account, hex>
constexpr char kOpenMark = 'o';
constexpr std::size_t kDayChars = 10;

struct Cursor {
  bool open = false;  // past the closed ones
  std::string day;    // after this
  std::string id;     // 16 bytes; of an aggregate or of an account
};

Result<Cursor> ParseCursor(const std::string& token) {
  Cursor cursor;
  if (token.empty()) return cursor;
  const bool open = token.front() == kOpenMark;
  const std::size_t id_at = open ? 1 : 1 + kDayChars;
  if ((!open && token.front() != kClosedMark) || token.size() < id_at)
    return Error(kBadCursor, "a foreign page token");
  Result<Bytes> id = FromHex(std::string_view(token).substr(id_at));
  if (!id.ok()) return Error(kBadCursor, "a foreign page token");
  cursor.open = open;
  cursor.day = open ? std::string() : token.substr(1, kDayChars);
  cursor.id = plaza::ToString(*id);
  return cursor;
}

void ReadClosed(Tx& tx, const AggregateQuery& query, const Cursor& cursor, AggregatePage& page) {
  tx.Query(
      "SELECT business_day, aggregate_id, account, state, amount_minor, currency, response_code, "
      "token_epoch, token, charges FROM aggregates "
      "WHERE (business_day > :after_day OR (business_day = :after_day AND aggregate_id > "
      ":after_id)) "
      "AND (:any_day = 1 OR business_day = :day) AND (:any_state = 1 OR state = :state) "
      "AND state <> 'open' ORDER BY business_day, aggregate_id LIMIT :max",
      {{"after_day", cursor.day},
       {"after_id", Blob{cursor.id}},
       {"any_day", std::int64_t{query.business_day.empty() ? 1 : 0}},
       {"day", query.business_day},
       {"any_state", std::int64_t{query.state.empty() ? 1 : 0}},
       {"state", query.state},
       {"max", std::int64_t{query.page_size}}},
      "tbbtittibi", [&](const Row& row) {
        page.rows.push_back({row.Bytes(1), row.Bytes(2), row.Text(0), row.Text(3), row.Int(4),
                             row.Text(5), row.Text(6), row.Int(7), row.Bytes(8), row.Int(9)});
      });
}

// Open ones live in their accounts. Whole accounts at a time, so a page may be a little longer than
// asked for.
void ReadOpen(Tx& tx, const AggregateQuery& query, const std::string& after_account,
              const std::string& currency, AggregatePage& page) {
  std::string last;
  tx.Query(
      "SELECT account, state FROM account_state WHERE open_day IS NOT NULL AND account > :after "
      "ORDER BY account LIMIT :max",
      {{"after", Blob{after_account}}, {"max", std::int64_t{query.page_size}}}, "bb",
      [&](const Row& row) {
        last = row.Bytes(0);
        const auto state = DecodeState(AccountId(UuidFrom(last)), row.Bytes(1));
        if (!state.ok()) throw DbFailure(state.error());
        for (const Aggregate& a : state->aggregates) {
          const bool asked = query.business_day.empty() || a.key.day.ToText() == query.business_day;
          if (!asked || AggregateStateName(a.state) != "open") continue;
          page.rows.push_back({a.id.value().ToBinary(), last, a.key.day.ToText(), "open",
                               a.amount_minor, currency, "", 0, "", std::int64_t{a.charges}});
        }
      });
  if (!last.empty()) page.next_page_token = kOpenMark + ToHex(AsBytes(last));
}

void CountByState(Tx& tx, const std::string& business_day, AggregatePage& page) {
  tx.Query(
      "SELECT state, COUNT(*) FROM aggregates WHERE (:any_day = 1 OR business_day = :day) "
      "AND state <> 'open' GROUP BY state",
      {{"any_day", std::int64_t{business_day.empty() ? 1 : 0}}, {"day", business_day}}, "ti",
      [&](const Row& row) { page.count_by_state[row.Text(0)] = row.Int(1); });
  std::int64_t open = 0;
  tx.Query("SELECT account, state FROM account_state WHERE open_day IS NOT NULL", {}, "bb",
           [&](const Row& row) {
             const auto state = DecodeState(AccountId(UuidFrom(row.Bytes(0))), row.Bytes(1));
             if (!state.ok()) throw DbFailure(state.error());
             for (const Aggregate& a : state->aggregates) {
               const bool asked = business_day.empty() || a.key.day.ToText() == business_day;
               open += asked && AggregateStateName(a.state) == "open" ? 1 : 0;
             }
           });
  if (open > 0) page.count_by_state["open"] = open;
}

}  // namespace

Result<AggregatePage> ReadAggregates(Tx& tx, const AggregateQuery& query,
                                     const std::string& currency) {
  PLAZA_ASSIGN_OR_RETURN(const Cursor cursor, ParseCursor(query.page_token));
  AggregatePage page;
  CountByState(tx, query.business_day, page);
  const bool wants_closed = !cursor.open && query.state != "open";
  if (wants_closed) {
    ReadClosed(tx, query, cursor, page);
    if (page.rows.size() >= query.page_size) {
      const AggregateRow& last = page.rows.back();
      page.next_page_token = kClosedMark + last.business_day + ToHex(AsBytes(last.aggregate_id));
      return page;
    }
  }
  if (query.state.empty() || query.state == "open") {
    ReadOpen(tx, query, cursor.open ? cursor.id : std::string(), currency, page);
  }
  return page;
}

DenyList ReadDenyList(Tx& tx) {
  DenyList list;
  tx.Query(
      "SELECT token_epoch, token, account, reason, deny_list_epoch, since_ms FROM denied "
      "ORDER BY deny_list_epoch LIMIT :max",
      {{"max", static_cast<std::int64_t>(kDeniedMax)}}, "ibbtii", [&](const Row& row) {
        list.denied.push_back(
            {row.Int(0), row.Bytes(1), row.Bytes(2), row.Text(3), row.Int(4), row.Int(5)});
      });
  list.epoch = tx.QueryOne("SELECT epoch FROM deny_list_epoch WHERE id = 1", {}, "i")->Int(0);
  return list;
}

}  // namespace plaza::clearing
