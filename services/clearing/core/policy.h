// What the city, its schemes and its acquirer decide (docs/formats/policy.md). A value: read by
// app/policy_file.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "libs/base/ids.h"
#include "libs/base/money.h"
#include "libs/base/zone.h"

namespace plaza::clearing {

enum class CodeClass { kApproved, kRetryable, kFinal };

struct ResponseCodes {
  std::set<std::string, std::less<>> approved;
  std::set<std::string, std::less<>> retryable;
  std::set<std::string, std::less<>> final_codes;
  CodeClass other = CodeClass::kFinal;  // of a code that is in none
  CodeClass ClassOf(std::string_view code) const;
};

struct SettlementPolicy {
  std::int64_t fee_basis_points = 0;
  std::int64_t payout_min_minor = 1;
};

struct Policy {
  ZoneRules zone;
  TimeOfDay cut_off;
  Currency currency;
  bool verify_first_use = false;  // of the one scheme that the gates' kernel speaks
  ResponseCodes response_codes;
  SettlementPolicy settlement;
  std::map<std::string, std::string, std::less<>> collection_supplier_of;  // by operator id

  Date BusinessDay(Instant instant) const { return DayOf(instant, zone, cut_off); }
};

}  // namespace plaza::clearing
