#include "services/clearing/rpc/clearing_rpc.h"

#include <algorithm>

#include "plaza/clearing/v1/clearing.pb.h"
#include "services/clearing/limits.h"
#include "services/clearing/store/rebuild.h"
#include "services/clearing/store/views.h"

namespace plaza::clearing {
namespace {

namespace pb = plaza::clearing::v1;

constexpr const char* kService = "plaza.clearing.v1.Clearing";
const rpc::Access kAccountant{{"accountant"}};

// Empty, or a date: else BAD_DATE.
Result<void> CheckDay(const std::string& business_day) {
  if (business_day.empty()) return {};
  PLAZA_RETURN_IF_ERROR(Date::Parse(business_day));
  return {};
}

Result<pb::GetTrialBalanceResponse> TrialBalanceOf(store::Db& db) {
  PLAZA_ASSIGN_OR_RETURN(
      const TrialBalance trial,
      db.Read([](store::Tx& tx) -> Result<TrialBalance> { return ReadTrialBalance(tx); }));
  pb::GetTrialBalanceResponse response;
  std::int64_t sum = 0;
  for (const BalanceRow& row : trial.balances) {
    pb::Balance& balance = *response.add_balances();
    balance.set_account(row.account);
    balance.set_currency(row.currency);
    balance.set_balance_minor(row.balance_minor);
    PLAZA_ASSIGN_OR_RETURN(sum, AddMinor(sum, row.balance_minor));
  }
  response.set_sum_minor(sum);
  response.set_rows(trial.rows);
  return response;
}

Result<pb::ListSettlementsResponse> SettlementsOf(store::Db& db,
                                                  const pb::ListSettlementsRequest& request) {
  PLAZA_RETURN_IF_ERROR(CheckDay(request.business_day()));
  PLAZA_ASSIGN_OR_RETURN(const std::vector<Settlement> settlements,
                         db.Read([&](store::Tx& tx) -> Result<std::vector<Settlement>> {
                           return ReadSettlements(tx, request.business_day());
                         }));
  pb::ListSettlementsResponse response;
  for (const Settlement& s : settlements) {
    pb::Settlement& out = *response.add_settlements();
    out.set_business_day(s.business_day.ToText());
    out.set_operator_id(s.operator_id.value());
    out.set_collection_supplier_id(s.collection_supplier_id);
    out.set_currency(std::string(s.currency.code()));
    out.set_gross_minor(s.gross_minor);
    out.set_refunds_minor(s.refunds_minor);
    out.set_fees_minor(s.fees_minor);
    out.set_carry_in_minor(s.carry_in_minor);
    out.set_net_minor(s.net_minor);
    out.set_payout_minor(s.payout_minor);
    out.set_carry_out_minor(s.carry_out_minor);
    out.set_subsidies_minor(s.subsidies_minor);
  }
  return response;
}

Result<pb::ListAggregatesResponse> AggregatesOf(store::Db& db, const Policy& policy,
                                                const pb::ListAggregatesRequest& request) {
  PLAZA_RETURN_IF_ERROR(CheckDay(request.business_day()));
  AggregateQuery query{request.business_day(), request.state(), request.page_size(),
                       request.page_token()};
  if (query.page_size == 0) query.page_size = kPageSizeDefault;
  query.page_size = std::min(query.page_size, kPageSizeMax);
  PLAZA_ASSIGN_OR_RETURN(const AggregatePage page, db.Read([&](store::Tx& tx) {
    return ReadAggregates(tx, query, std::string(policy.currency.code()));
  }));
  pb::ListAggregatesResponse response;
  for (const AggregateRow& row : page.rows) {
    pb::Aggregate& out = *response.add_aggregates();
    out.set_aggregate_id(row.aggregate_id);
    out.set_account_id(row.account);
    out.set_business_day(row.business_day);
    out.set_state(row.state);
    out.set_amount_minor(row.amount_minor);
    out.set_currency(row.currency);
    out.set_response_code(row.response_code);
    out.set_token_epoch(static_cast<std::uint32_t>(row.token_epoch));
    out.set_token(row.token);
    out.set_charges(static_cast<std::uint32_t>(row.charges));
  }
  response.set_next_page_token(page.next_page_token);
  for (const auto& [state, n] : page.count_by_state)
    (*response.mutable_count_by_state())[state] = n;
  return response;
}

Result<pb::ListDeniedResponse> DeniedOf(store::Db& db) {
  PLAZA_ASSIGN_OR_RETURN(const DenyList list, db.Read([](store::Tx& tx) -> Result<DenyList> {
    return ReadDenyList(tx);
  }));
  pb::ListDeniedResponse response;
  for (const DeniedRow& row : list.denied) {
    pb::Denied& out = *response.add_denied();
    out.set_token_epoch(static_cast<std::uint32_t>(row.token_epoch));
    out.set_token(row.token);
    out.set_account_id(row.account);
    out.set_reason(row.reason);
    out.set_deny_list_epoch(static_cast<std::uint64_t>(row.deny_list_epoch));
    out.set_since_ms(row.since_ms);
  }
  response.set_deny_list_epoch(static_cast<std::uint64_t>(list.epoch));
  return response;
}

Result<pb::RebuildAndCompareResponse> RebuildOf(store::Db& db) {
  PLAZA_ASSIGN_OR_RETURN(
      const RebuildReport report,
      db.Read([](store::Tx& tx) -> Result<RebuildReport> { return RebuildAndCompare(tx); }));
  pb::RebuildAndCompareResponse response;
  response.set_rows(report.rows);
  response.set_shards(report.shards);
  for (const Difference& difference : report.differences) {
    pb::Difference& out = *response.add_differences();
    out.set_what(difference.what);
    out.set_stored(difference.stored);
    out.set_rebuilt(difference.rebuilt);
  }
  return response;
}

}  // namespace

void ClearingRpc::Register(rpc::Server& server) {
  store::Db& db = db_;
  const Policy& policy = policy_;
  server.Handle<pb::GetTrialBalanceRequest, pb::GetTrialBalanceResponse>(
      kService, "GetTrialBalance", kAccountant,
      [&db](rpc::Ctx&, const pb::GetTrialBalanceRequest&) { return TrialBalanceOf(db); });
  server.Handle<pb::ListSettlementsRequest, pb::ListSettlementsResponse>(
      kService, "ListSettlements", kAccountant,
      [&db](rpc::Ctx&, const pb::ListSettlementsRequest& r) { return SettlementsOf(db, r); });
  server.Handle<pb::ListAggregatesRequest, pb::ListAggregatesResponse>(
      kService, "ListAggregates", kAccountant,
      [&db, &policy](rpc::Ctx&, const pb::ListAggregatesRequest& r) {
        return AggregatesOf(db, policy, r);
      });
  server.Handle<pb::ListDeniedRequest, pb::ListDeniedResponse>(
      kService, "ListDenied", kAccountant,
      [&db](rpc::Ctx&, const pb::ListDeniedRequest&) { return DeniedOf(db); });
  server.Handle<pb::RebuildAndCompareRequest, pb::RebuildAndCompareResponse>(
      kService, "RebuildAndCompare", kAccountant,
      [&db](rpc::Ctx&, const pb::RebuildAndCompareRequest&) { return RebuildOf(db); });
}

}  // namespace plaza::clearing
