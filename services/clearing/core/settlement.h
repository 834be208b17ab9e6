// Settling a business day per operator (clearing-simulate, "Settling a day"; basis taken). Pure.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libs/base/result.h"
#include "services/clearing/core/policy.h"
#include "services/clearing/core/posting.h"

namespace plaza::clearing {

// What was posted for an operator on a business day in one shard.
struct OperatorDay {
  Date business_day;
  OperatorId operator_id;
  int shard = 0;
  std::int64_t charged_minor = 0;   // card_receivable → suspense
  std::int64_t returned_minor = 0;  // suspense → card_receivable
  std::int64_t refunded_minor =
      0;  // operator_payable → card_receivable: of charges of earlier days
  std::int64_t subsidies_minor = 0;  // reported, not posted
};

struct Settlement {
  Date business_day;
  OperatorId operator_id;
  std::string collection_supplier_id;
  Currency currency;
  std::int64_t gross_minor = 0;
  std::int64_t refunds_minor = 0;
  std::int64_t fees_minor = 0;
  std::int64_t carry_in_minor = 0;
  std::int64_t net_minor = 0;
  std::int64_t payout_minor = 0;
  std::int64_t carry_out_minor = 0;
  std::int64_t subsidies_minor = 0;
};

// suspense → operator_payable, in the shard of `day`: at the close of the day in the partition that
// owns the shard. Nothing if nothing is left of the day's charges.
std::vector<Posting> Apportion(const Policy& policy, std::span<const OperatorDay> days, Instant at);

// gross = what was apportioned; fees = ⌊gross × basis points / 10,000⌋; net = carry + gross −
// refunds − fees; paid out if above 0 and at least payout_min_minor, else carried. AMOUNT_OVERFLOW.
Result<Settlement> SettleOperator(const Policy& policy, Date business_day, const OperatorId& id,
                                  std::span<const OperatorDay> days, std::int64_t carry_in_minor);
bool AllZero(const Settlement& settlement);
// Fees and the payout, in the operator's own shard.
std::vector<Posting> SettlementPostings(const Settlement& settlement, Instant at);

}  // namespace plaza::clearing
