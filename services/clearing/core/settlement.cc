#include "services/clearing/core/settlement.h"

#include "services/clearing/core/chart.h"

namespace plaza::clearing {
namespace {

constexpr std::int64_t kBasisPoints = 10'000;

Posting AboutOperator(const char* kind, Date day, const OperatorId& id, std::string_view what,
                      const Money& amount, Instant at) {
  Posting p;
  p.kind = kind;
  p.reference = day.ToText() + "/" + id.value();
  p.id = Uuid::V5(id_space::Posting(), p.reference + "/" + std::string(what));
  p.operator_id = id.value();
  p.account = OperatorKey(id);
  p.amount = amount;
  p.business_day = day;
  p.event_time = at;
  p.shard = ShardOf(p.account);
  return p;
}

// ⌊gross × points / 10,000⌋ without leaving 64 bits. Gross is not negative.
std::int64_t Fees(std::int64_t gross, std::int64_t points) {
  return gross / kBasisPoints * points + gross % kBasisPoints * points / kBasisPoints;
}

}  // namespace

std::vector<Posting> Apportion(const Policy& policy, std::span<const OperatorDay> days,
                               Instant at) {
  std::vector<Posting> postings;
  for (const OperatorDay& day : days) {
    const std::int64_t gross = day.charged_minor - day.returned_minor;
    if (gross == 0) continue;
    Posting p =
        AboutOperator(kind::kApportion, day.business_day, day.operator_id,
                      "apportion/" + std::to_string(day.shard), Money(gross, policy.currency), at);
    p.shard = day.shard;
    p.debit = chart::kSuspense;
    p.credit = chart::OperatorPayable(day.operator_id);
    postings.push_back(std::move(p));
  }
  return postings;
}

Result<Settlement> SettleOperator(const Policy& policy, Date business_day, const OperatorId& id,
                                  std::span<const OperatorDay> days, std::int64_t carry_in_minor) {
  Settlement s;
  s.business_day = business_day;
  s.operator_id = id;
  s.currency = policy.currency;
  if (auto supplier = policy.collection_supplier_of.find(id.value());
      supplier != policy.collection_supplier_of.end()) {
    s.collection_supplier_id = supplier->second;
  }
  s.carry_in_minor = carry_in_minor;
  for (const OperatorDay& day : days) {
    PLAZA_ASSIGN_OR_RETURN(s.gross_minor,
                           AddMinor(s.gross_minor, day.charged_minor - day.returned_minor));
    PLAZA_ASSIGN_OR_RETURN(s.refunds_minor, AddMinor(s.refunds_minor, day.refunded_minor));
    PLAZA_ASSIGN_OR_RETURN(s.subsidies_minor, AddMinor(s.subsidies_minor, day.subsidies_minor));
  }
  s.fees_minor = Fees(s.gross_minor, policy.settlement.fee_basis_points);
  PLAZA_ASSIGN_OR_RETURN(s.net_minor, AddMinor(s.carry_in_minor, s.gross_minor));
  PLAZA_ASSIGN_OR_RETURN(s.net_minor, AddMinor(s.net_minor, -s.refunds_minor));
  PLAZA_ASSIGN_OR_RETURN(s.net_minor, AddMinor(s.net_minor, -s.fees_minor));
  const bool pays = s.net_minor > 0 && s.net_minor >= policy.settlement.payout_min_minor;
  s.payout_minor = pays ? s.net_minor : 0;
  s.carry_out_minor = pays ? 0 : s.net_minor;
  return s;
}

bool AllZero(const Settlement& s) {
  return s.gross_minor == 0 && s.refunds_minor == 0 && s.fees_minor == 0 && s.carry_in_minor == 0 &&
         s.subsidies_minor == 0;
}

std::vector<Posting> SettlementPostings(const Settlement& s, Instant at) {
  std::vector<Posting> postings;
  if (s.fees_minor > 0) {
    Posting p = AboutOperator(kind::kFee, s.business_day, s.operator_id, "fees",
                              Money(s.fees_minor, s.currency), at);
    p.debit = chart::OperatorPayable(s.operator_id);
    p.credit = chart::kFees;
    postings.push_back(std::move(p));
  }
  if (s.payout_minor > 0) {
    Posting p = AboutOperator(kind::kPayout, s.business_day, s.operator_id, "payout",
                              Money(s.payout_minor, s.currency), at);
    p.debit = chart::OperatorPayable(s.operator_id);
    p.credit = chart::kBank;
    postings.push_back(std::move(p));
  }
  return postings;
}

}  // namespace plaza::clearing
