// A ledger posting: both its accounts in one value, so an unbalanced one cannot be written.
#pragma once
#include <string>
#include <string_view>

#include "libs/base/civil.h"
#include "libs/base/digest.h"
#include "libs/base/ids.h"
#include "libs/base/money.h"

namespace plaza::clearing {

struct Posting {
  std::string kind;  // one of kKind… below
  Uuid id;           // follows from what it is about: the same posting has the same id in every run
  std::string reference;    // the leg, the aggregate, or "<business day>/<operator>"
  std::string leg_id;       // empty if it is not about one leg
  std::string operator_id;  // empty if it is not about one operator
  Uuid account;  // whose shard it is in: a rider's account, or OperatorKey() of an operator
  std::string debit;
  std::string credit;
  Money amount;  // above 0
  Date business_day;
  Instant event_time;
  int shard = 0;
};

namespace kind {
inline constexpr const char* kCharge = "charge";  // card_receivable → suspense
inline constexpr const char* kChargeBack =
    "charge_returned";  // suspense → card_receivable, within the day
inline constexpr const char* kShareRefund = "share_refund";  // operator_payable → card_receivable
inline constexpr const char* kCapture = "capture";  // acquirer_receivable → card_receivable
inline constexpr const char* kDebt = "debt";        // debt_receivable → card_receivable
inline constexpr const char* kDebtLowered = "debt_lowered";  // card_receivable → debt_receivable
inline constexpr const char* kRefund = "refund";             // card_receivable → refunds_payable
inline constexpr const char* kRefundPaid = "refund_paid";  // refunds_payable → acquirer_receivable
inline constexpr const char* kApportion = "apportion";     // suspense → operator_payable
inline constexpr const char* kFee = "fee";                 // operator_payable → fees
inline constexpr const char* kPayout = "payout";           // operator_payable → bank
}  // namespace kind

// The account of rows that are about an operator and no rider.
Uuid OperatorKey(const OperatorId& id);

// The bytes of a row that its hash covers (services/clearing/README.md, "The chain"): seq,
// business_day, kind, posting_id, reference, leg_id, operator_id, account, debit, credit, currency,
// amount_minor, event_time_ms, each as its length (4 bytes, big-endian) and its octets; numbers as
// decimal text.
std::string CanonicalBytes(std::int64_t seq, const Posting& posting);

// hash of a row = SHA-256(hash of the row before, 32 zero bytes for the first ‖ canonical bytes).
Sha256Digest ChainHash(const Sha256Digest& previous, std::int64_t seq, const Posting& posting);

}  // namespace plaza::clearing
