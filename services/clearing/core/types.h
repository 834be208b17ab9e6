// The values that clearing's rules speak of. Pure.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/civil.h"
#include "libs/base/ids.h"
#include "libs/base/money.h"

namespace plaza::clearing {

// A keyed one-way hash of a card's PAN, under the keys of one token epoch.
struct Token {
  std::uint32_t epoch = 0;
  std::string bytes;
  auto operator<=>(const Token&) const = default;
};

// An accepted tap: what a deferred authorisation may need of it.
struct Tap {
  TapId id;
  Instant event_time;
  Token token;
  std::string chip_data;  // BER-TLV, no PAN in it
};

struct Share {
  OperatorId operator_id;
  std::int64_t amount_minor = 0;
};

// One revision of one leg's charge: differences to the revision before, so amounts have either
// sign.
struct Charge {
  TapId leg;  // the tap that opened it
  std::uint32_t revision = 0;
  Instant event_time;
  Money amount;
  std::vector<Share> shares;         // sum to the amount
  std::int64_t subsidies_minor = 0;  // what payers add: reported, not posted
};

enum class Purpose { kVerification, kAuthorisation, kCapture, kRefund };
std::string_view PurposeName(Purpose purpose);  // "authorisation"

struct AuthorisationRequest {
  Uuid request_id;
  AccountId account;
  AggregateId aggregate;  // nil: a verification
  std::uint32_t attempt = 1;
  Purpose purpose = Purpose::kAuthorisation;
  Token card;
  Money amount;
  TapId tap;
  std::string chip_data;
  Date business_day;
};

struct Answer {
  AggregateId aggregate;
  std::uint32_t attempt = 1;
  Purpose purpose = Purpose::kAuthorisation;
  bool approved = false;  // as the acquirer's gateway saw it; the policy's table of codes decides
  std::string response_code;  // ISO 8583 DE 39
  std::string approval_code;  // DE 38
  Instant event_time;
};

// One token put on the deny list, or taken off it.
struct DenyChange {
  Token token;
  bool denied = true;
  std::string reason;
  AccountId account;
};

// What an account that was linked away tells its survivor, whenever it changes.
struct Handover {
  AccountId from;
  AccountId to;
  std::uint64_t revision = 0;  // counts up; an older one changes nothing
  std::vector<Token> tokens;
  bool owing = false;
  std::string denied_reason;  // empty: not denied
};

}  // namespace plaza::clearing
