// Authorisation requests and their answers: what to do with a request, and what the answer says.
// Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/civil.h"
#include "libs/base/digest.h"
#include "libs/base/ids.h"
#include "libs/base/money.h"
#include "libs/base/result.h"
#include "services/vault/core/card.h"

namespace plaza::vault {

// Numbers are those of plaza.events.v1.Purpose and of the store.
enum class Purpose : std::uint8_t {
  kVerification = 1,
  kAuthorisation = 2,
  kCapture = 3,
  kRefund = 4,
  kReversal = 5,
};
std::string_view PurposeName(Purpose purpose);  // "authorisation"

struct AuthRequest {
  Uuid id;
  AccountId account;
  AggregateId aggregate;  // nil for a verification
  std::uint32_t attempt = 0;
  Purpose purpose = Purpose::kVerification;
  CardKey card;
  Money amount;
  TapId tap;
  Bytes chip_data;  // BER-TLV for the acquirer, none of it a PAN
  std::string business_day;
  Instant event_time;
};

// What the acquirer says.
struct Verdict {
  bool approved = false;
  std::string response_code;  // ISO 8583 DE 39
  std::string approval_code;  // DE 38; empty unless approved
  std::string rrn;            // DE 37
  std::string par;            // of the card, if the acquirer told it
};

struct Answer {
  Uuid request;
  AccountId account;
  AggregateId aggregate;
  std::uint32_t attempt = 0;
  Purpose purpose = Purpose::kVerification;
  Money amount;
  Instant event_time;  // the request's: an answer does not depend on when the card was learned
  bool approved = false;
  std::string response_code;
  std::string approval_code;
  std::string rrn;
  bool operator==(const Answer&) const = default;
};
Answer BuildAnswer(const AuthRequest& request, const Verdict& verdict);

// What makes two requests with one id the same: aggregate, attempt, purpose and amount. The account
// may have moved to its survivor meanwhile, and the tap may be another one.
using Fingerprint = Sha256Digest;
Fingerprint FingerprintOf(const AuthRequest& request);

// What is known of a request's id and card.
struct RequestHistory {
  std::optional<Fingerprint> answered;
  std::optional<Fingerprint> parked;
  bool card_known = false;
};

enum class Step {
  kRefuseConflict,  // the id was used for something else
  kRepeatAnswer,    // never a second authorisation
  kKeepWaiting,     // it is parked already
  kPark,            // until the card's tap comes
  kAskAcquirer,
};
Step NextStep(const Fingerprint& request, const RequestHistory& history);

}  // namespace plaza::vault
