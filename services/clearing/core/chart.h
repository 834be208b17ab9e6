// The chart of accounts (clearing-simulate, "Ledger"). A row debits one and credits another.
#pragma once
#include <string>

#include "libs/base/ids.h"

namespace plaza::clearing::chart {

inline constexpr const char* kCardReceivable =
    "card_receivable";  // charged, not yet at the acquirer
inline constexpr const char* kAcquirerReceivable =
    "acquirer_receivable";                                         // captured, not yet at the bank
inline constexpr const char* kDebtReceivable = "debt_receivable";  // declined
inline constexpr const char* kBank = "bank";
inline constexpr const char* kRefundsPayable = "refunds_payable";
inline constexpr const char* kSuspense = "suspense";  // taken for operators, not yet apportioned
inline constexpr const char* kFees = "fees";

inline constexpr const char* kOperatorPayablePrefix = "operator_payable:";
inline std::string OperatorPayable(const OperatorId& id) {
  return kOperatorPayablePrefix + id.value();
}

}  // namespace plaza::clearing::chart
